"""Annotated video: every picture at its time, and the sound as it was."""

from collections.abc import Callable
from fractions import Fraction
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.results import FrameResult
from simpsons_play.sinks import VideoWriter, partial_name
from simpsons_play.sinks.video.yuv import YuvConverter
from simpsons_play.sources import Camera, PictureFolder, VideoFile
from tests.media import (
    AVI,
    AVI_B,
    AVI_H264,
    EVERY,
    LATE,
    MKV,
    MOV,
    MP4,
    SIZE,
    TS,
    VFR,
    WEBM8,
    WEBM9,
    X264,
    FakeCapture,
    Recipe,
    Studio,
    length_s,
    make_pictures,
    make_sound,
    number_of,
    numbered,
    sound_packets,
    truncated,
)

LAME_S = 1105 / 48_000
"""How late LAME's sound comes. AVI cannot say so, and ffmpeg reads its reordered pictures late as well."""
EXACT = ("mp4", "mov")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


def copy(
    source: Path,
    path: Path,
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
    stop: int | None = None,
    warn: Callable[[str], object] = lambda line: None,
) -> Path:
    """Writes a video as it is; `stop` interrupts it before that frame."""
    with VideoFile(source, start_s=start_s, duration_s=duration_s) as video:
        sink = VideoWriter(
            path,
            video.info,
            draw=lambda image, _: image,
            media=video.info.media,
            start_s=start_s,
            duration_s=duration_s,
            preset="ultrafast",
            warn=warn,
        )
        try:
            with sink:
                for frame in video:
                    if frame.index == stop:
                        raise KeyboardInterrupt
                    sink.write(frame, FrameResult(frame.index, frame.time_s, False, (), ()))
        except KeyboardInterrupt:
            if stop is None:
                raise
            return partial_name(path)
    return path


def read(path: Path) -> list[tuple[Fraction, int]]:
    with VideoFile(path) as video:
        return [(frame.time, number_of(frame.image)) for frame in video]


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "avi", "webm"])
@pytest.mark.parametrize("recipe", EVERY, ids=lambda recipe: recipe.name)
def test_every_frame_keeps_its_time(recipe: Recipe, ending: str, studio: Studio, tmp_path: Path) -> None:
    source = studio.video(recipe)
    before, after = read(source), read(copy(source, tmp_path / f"out.{ending}"))
    assert [number for _, number in after] == [number for _, number in before]
    apart = max(abs(one - other) for (one, _), (other, _) in zip(before, after, strict=True))
    if ending in EXACT:
        assert apart == 0
    elif ending != "avi":
        assert apart <= Fraction(1, 2000)
    elif recipe is not VFR:  # the first picture begins the file
        assert apart - before[0][0] <= Fraction(1, 1000)
    assert length_s(tmp_path / f"out.{ending}") == pytest.approx(length_s(source), abs=float(1 / recipe.rate))


def test_rate_and_number_of_frames_are_kept(studio: Studio, tmp_path: Path) -> None:
    for ending in ("mp4", "mov", "avi", "mkv", "webm"):
        with VideoFile(copy(studio.video(AVI_B), tmp_path / f"out.{ending}")) as video:
            assert video.info.rate == Fraction(24000, 1001)
            assert video.info.frames in (48, None)


COPIED = [
    (AVI, "mp4"),
    (AVI_B, "mp4"),
    (AVI_B, "avi"),
    (AVI_B, "mkv"),
    (MP4, "mp4"),
    (MP4, "mov"),
    (MP4, "mkv"),
    (MOV, "mov"),
    (MOV, "mkv"),
    (AVI_H264, "avi"),
    (WEBM8, "webm"),
    (WEBM9, "mkv"),
    (WEBM9, "mp4"),
    (VFR, "webm"),
]


@pytest.mark.parametrize(("recipe", "ending"), COPIED, ids=lambda item: getattr(item, "name", item))
def test_supported_sound_is_copied_bit_by_bit(
    recipe: Recipe, ending: str, studio: Studio, tmp_path: Path
) -> None:
    source = studio.video(recipe)
    packets = sound_packets(copy(source, tmp_path / f"out.{ending}"))
    # Matroska cannot say how long the run-up of AAC is that MP4 has before its beginning.
    before_zero = 1 if (recipe, ending) == (MP4, "mkv") else 0
    assert packets == sound_packets(source)[before_zero:]
    assert len(packets) > 50


MULAW = Recipe("mulaw.mov", sound="pcm_mulaw", options=X264)
ENCODED = [
    (MOV, "mp4", "aac"),
    (AVI_B, "webm", "opus"),
    (MP4, "avi", "mp3float"),
    (WEBM8, "mov", "aac"),
    (MULAW, "mkv", "aac"),
]


@pytest.mark.parametrize(("recipe", "ending", "codec"), ENCODED, ids=lambda item: getattr(item, "name", item))
def test_unsupported_sound_is_reencoded(
    recipe: Recipe, ending: str, codec: str, studio: Studio, tmp_path: Path
) -> None:
    source, path = studio.video(recipe), tmp_path / f"out.{ending}"
    copy(source, path)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name == codec
    assert length_s(path, "audio") == pytest.approx(length_s(source, "audio"), abs=0.06)
    expected = LAME_S if recipe is AVI_B else offset_s(source)
    assert offset_s(path) == pytest.approx(expected, abs=0.005 if ending != "avi" else 0.06)


@pytest.fixture(name="tracks")
def tracks_fixture(tmp_path: Path) -> Path:
    """A film with its sound in two languages and two kinds of subtitles."""
    path = tmp_path / "tracks.mkv"
    with av.open(str(path), "w") as out:
        out.metadata["title"] = "Bart the General"
        video: Any = out.add_stream("libx264", rate=25, width=64, height=48, options=dict(X264))
        sounds: list[Any] = [out.add_stream("aac", rate=48_000, layout="mono") for _ in range(2)]
        texts = [out.add_mux_stream("subrip"), out.add_mux_stream("webvtt")]
        for stream, language in zip([*sounds, *texts], ("eng", "fre", "fre", "eng"), strict=True):
            stream.metadata.update(language=language, title=f"{stream.type} {language}")
        out.add_attachment("font.ttf", "font/ttf", b"letters")
        sounds[1].disposition = av.stream.Disposition.default
        for number in range(48):
            picture = av.VideoFrame.from_ndarray(numbered(number), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            out.mux(video.encode(picture))
            for loud, sound in enumerate(sounds, 1):
                tone = av.AudioFrame.from_ndarray(np.full((1, 1920), loud * 0.1, np.float32), "fltp", "mono")
                tone.sample_rate, tone.pts, tone.time_base = 48_000, number * 1920, Fraction(1, 48_000)
                out.mux(sound.encode(tone))
            if number % 10 == 5:
                for text in texts:
                    line = av.Packet(f"line {number}".encode())
                    line.pts = line.dts = number * 40
                    line.duration, line.time_base, line.stream = 200, Fraction(1, 1000), text
                    out.mux(line)
        for stream in (video, *sounds):
            out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("ending", "texts", "left_out"),
    [
        ("mkv", ["subrip", "webvtt"], []),
        ("webm", ["webvtt"], ["subtitles (subrip, fre), font.ttf"]),
        ("mp4", [], ["subtitles (subrip, fre), subtitles (webvtt, eng), font.ttf"]),
    ],
)
def test_every_stream_is_copied_with_its_metadata_or_reported(
    ending: str, texts: list[str], left_out: list[str], tracks: Path, tmp_path: Path
) -> None:
    warnings: list[str] = []
    path = copy(tracks, tmp_path / f"out.{ending}", warn=warnings.append)
    with av.open(str(tracks)) as before, av.open(str(path)) as after:
        assert after.metadata["title"] == "Bart the General"
        assert [stream.codec_context.codec.canonical_name for stream in after.streams.subtitles] == texts
        assert [stream.language for stream in after.streams.audio] == ["eng", "fre"]
        assert after.streams.audio[1].disposition == before.streams.audio[1].disposition
        files = [(file.name, file.data) for file in after.streams.attachments]
        assert files == ([("font.ttf", b"letters")] if ending == "mkv" else [])
        for stream in after.streams.subtitles:
            (same,) = (s for s in before.streams.subtitles if s.language == stream.language)
            assert stream.metadata["title"] == same.metadata["title"]
            assert cues(path, stream.index) == cues(tracks, same.index)
    assert [line.split(": without ")[1] for line in warnings] == left_out


def with_cover(path: Path, *, codec: str = "png") -> Path:
    """A film with chapters, what is said of it, a sound track with a title, and a cover picture."""
    with av.open(str(path), "w") as out:
        out.metadata.update({"title": "Bart the General", "artist": "Groening", "comment": "mine"})
        video: Any = out.add_stream("libx264", rate=25, width=64, height=48, options=dict(X264))
        sound: Any = out.add_stream("aac", rate=48_000, layout="mono")
        sound.metadata.update(title="Commentary", language="fre")
        sound.disposition = av.stream.Disposition.comment
        cover: Any = out.add_stream(codec, rate=1, width=64, height=48)
        cover.pix_fmt = "rgb24" if codec == "png" else "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        out.set_chapters(
            [
                {
                    "id": n,
                    "start": start,
                    "end": end,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": title},
                }
                for n, (title, start, end) in enumerate([("Intro", 0, 1500), ("Main", 1500, 4000)], 1)
            ]
        )
        picture = av.VideoFrame.from_ndarray(numbered(9), format="bgr24").reformat(format=cover.pix_fmt)
        out.mux([*cover.encode(picture), *cover.encode(None)])
        for number in range(100):
            picture = av.VideoFrame.from_ndarray(numbered(number), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            out.mux(video.encode(picture))
            tone = av.AudioFrame.from_ndarray(np.full((1, 1920), 0.1, np.float32), "fltp", "mono")
            tone.sample_rate, tone.pts, tone.time_base = 48_000, number * 1920, Fraction(1, 48_000)
            out.mux(sound.encode(tone))
        out.mux([*video.encode(None), *sound.encode(None)])
    return path


@pytest.mark.parametrize("codec", ["png", "mjpeg"])
@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov", "webm", "avi"])
def test_metadata_chapters_and_cover_art_are_copied_or_reported(
    ending: str, codec: str, tmp_path: Path
) -> None:
    source, warnings = with_cover(tmp_path / "film.mp4", codec=codec), list[str]()
    path = copy(source, tmp_path / f"out.{ending}", warn=warnings.append)
    covered = ending in ("mp4", "mkv")
    with av.open(str(path)) as after:
        said = {key.lower(): value for key, value in after.metadata.items()}
        assert (said["title"], said["artist"], said["comment"]) == ("Bart the General", "Groening", "mine")
        chapters = [(c["metadata"]["title"], float(c["start"] * c["time_base"])) for c in after.chapters()]
        assert chapters == ([] if ending == "avi" else [("Intro", 0.0), ("Main", 1.5)])
        (sound,) = after.streams.audio
        assert "Commentary" in sound.metadata.values() or ending == "mov"
        assert sound.language == (None if ending in ("avi", "mov") else "fre")
        if ending in ("mp4", "mkv"):
            assert sound.disposition & av.stream.Disposition.comment
        covers = [s for s in after.streams.video if s.disposition & av.stream.Disposition.attached_pic]
        assert len(covers) == covered
    if covered:
        assert cover_of(path) == cover_of(source)
    assert any("its cover art" in line for line in warnings) is not covered
    assert any("has the chapters of the source" in line for line in warnings) is (ending != "avi")
    assert len(read(path)) == 100


def cover_of(path: Path) -> bytes:
    with av.open(str(path)) as media:
        (cover,) = (s for s in media.streams.video if s.disposition & av.stream.Disposition.attached_pic)
        return next(bytes(packet) for packet in media.demux(cover) if packet.size)


def test_excerpt_has_its_part_of_chapters_and_subtitles(tracks: Path, tmp_path: Path) -> None:
    film = with_cover(tmp_path / "film.mp4")
    path = copy(film, tmp_path / "piece.mkv", start_s=1.0, duration_s=2.0)
    with av.open(str(path)) as after:
        found = [
            (c["metadata"]["title"], float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]))
            for c in after.chapters()
        ]
    assert found == [("Intro", 0.0, 0.5), ("Main", 0.5, 2.0)]
    # Lines stand from 0.2 s to 0.4 s, from 0.6 s to 0.8 s and so on: the first is on screen at the beginning.
    path = copy(tracks, tmp_path / "cues.mkv", start_s=0.28, duration_s=0.6)
    with av.open(str(path)) as after:
        index = after.streams.subtitles[0].index
    assert [(text, round(at_s, 2), round(length_s, 2)) for text, at_s, length_s in cues(path, index)] == [
        (b"line 5", 0.0, 0.12),
        (b"line 15", 0.32, 0.2),
    ]


def cues(path: Path, index: int) -> list[tuple[bytes, float, float]]:
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(container.streams[index]) if packet.size]
        return [(bytes(p), float(p.pts * p.time_base), float(p.duration * p.time_base)) for p in packets]


def sound_of(path: Path) -> tuple[float, np.ndarray]:
    """When the first sample sounds, in seconds after the first picture, and all samples as mono at 8 kHz."""
    with av.open(str(path)) as container:
        stamp = next(f.pts * f.time_base for f in container.decode(video=0) if f.pts is not None)
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    begin = float(frames[0].pts * frames[0].time_base - stamp)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=8000)
    for frame in frames:
        frame.pts = None
    pieces = [out.to_ndarray()[0] for frame in [*frames, None] for out in resampler.resample(frame)]
    return begin, np.concatenate(pieces)


def offset_s(path: Path, cut_s: float = 0.0) -> float:
    """How much too late the test tone sounds; `cut_s` seconds of the film are missing before it."""
    begin, heard = sound_of(path)
    at = (np.arange(int(8000 * 4.0))) / 8000
    wave = np.sin(2 * np.pi * (200 + 100 * at) * at)
    piece = heard[4000:9000]
    match = np.correlate(wave, piece, "valid")
    return begin + 0.5 - float(np.argmax(match)) / 8000 + cut_s


@pytest.mark.parametrize("recipe", [AVI_B, MP4, MKV, TS, WEBM8], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_sound_stays_in_sync(recipe: Recipe, ending: str, studio: Studio, tmp_path: Path) -> None:
    source = studio.video(recipe)
    expected = LAME_S if recipe is AVI_B else offset_s(source)
    assert offset_s(copy(source, tmp_path / f"out.{ending}")) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("recipe", [MP4, MKV, WEBM8], ids=lambda recipe: recipe.name)
def test_excerpt_has_its_part_of_the_sound(recipe: Recipe, studio: Studio, tmp_path: Path) -> None:
    source, path = studio.video(recipe), tmp_path / "piece.mkv"
    before = read(source)
    copy(source, path, start_s=0.51, duration_s=1.3)
    expected = [(time, number) for time, number in before if 0.51 <= time < 1.81]
    after = read(path)
    assert [number for _, number in after] == [number for _, number in expected]
    first, last = expected[0][0], expected[-1][0]
    assert all(
        abs(one - (other - first)) <= Fraction(1, 1000)
        for (one, _), (other, _) in zip(after, expected, strict=True)
    )
    packets, every = sound_packets(path), sound_packets(source)
    place = every.index(packets[0])
    assert packets == every[place : place + len(packets)]
    assert length_s(path, "audio") == pytest.approx(float(last - first + 1 / recipe.rate), abs=0.045)
    assert offset_s(path, float(first)) == pytest.approx(offset_s(source), abs=0.003)


def test_sound_that_starts_before_or_after_the_video_keeps_its_time(studio: Studio, tmp_path: Path) -> None:
    for name, start_s in (("before", -0.3), ("after", 0.3)):
        recipe = Recipe(f"{name}.mkv", options=X264, sound="aac", rate=Fraction(25), sound_start_s=start_s)
        if start_s < 0:
            recipe = Recipe(
                f"{name}.mkv",
                options=X264,
                sound="aac",
                rate=Fraction(25),
                stamps=[n * 40 + 300 for n in range(48)],
                time_base=Fraction(1, 1000),
            )
        source = studio.video(recipe)
        for ending in ("mp4", "mkv"):
            path = copy(source, tmp_path / f"{name}.{ending}")
            assert sound_packets(path) == sound_packets(source)
            assert offset_s(path) == pytest.approx(offset_s(source), abs=0.003)
            assert abs(offset_s(path) - start_s) < 0.06


def test_sound_of_an_interrupted_run_ends_with_the_video(studio: Studio, tmp_path: Path) -> None:
    path = copy(studio.video(MP4), tmp_path / "out.mp4", stop=20)
    assert len(read(path)) == 20
    assert length_s(path, "audio") == pytest.approx(length_s(path), abs=0.05)


def test_truncated_source_becomes_a_shorter_video(studio: Studio, tmp_path: Path) -> None:
    source = truncated(studio.video(MKV))
    assert len(read(copy(source, tmp_path / "out.mp4"))) == len(read(source))
    assert length_s(tmp_path / "out.mp4") < 1.5


def test_odd_sizes_are_padded_to_even_sizes(tmp_path: Path) -> None:
    info = SourceInfo("drawn", 77, 51, Fraction(25), Fraction(1, 25), frames=2, duration_s=0.08)
    with VideoWriter(tmp_path / "out.mp4", info, draw=lambda image, _: image) as sink:
        for number in range(2):
            sink.write(Frame(numbered(9, (77, 51)), number, Fraction(number, 25)), empty(number))
    with VideoFile(tmp_path / "out.mp4") as video:
        frames = list(video)
    assert frames[0].image.shape == (52, 78, 3)
    assert np.abs(frames[0].image[51].astype(int) - frames[0].image[50]).max() < 12
    assert number_of(frames[0].image[:51, :77]) == 9


@pytest.mark.parametrize("ending", ["mp4", "webm", "avi"])
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (40, 2), (2, 40)])
def test_frames_too_small_for_an_encoder_are_padded(
    size: tuple[int, int], ending: str, tmp_path: Path
) -> None:
    info = SourceInfo("drawn", *size, Fraction(25), Fraction(1, 25), frames=1, duration_s=0.04)
    with VideoWriter(tmp_path / f"out.{ending}", info, draw=lambda image, _: image) as sink:
        sink.write(Frame(np.full((size[1], size[0], 3), 200, np.uint8), 0, Fraction(0)), empty(0))
    with VideoFile(tmp_path / f"out.{ending}") as video:
        (frame,) = video
    assert frame.image.shape[:2] == (max(4, size[1]), max(4, size[0]))
    assert np.abs(frame.image.astype(int) - 200).max() < 12


def test_encoder_error_is_not_reported_as_a_disk_error(tmp_path: Path) -> None:
    info = SourceInfo("drawn", 17_000, 16, Fraction(25), Fraction(1, 25))  # wider than H.264 knows
    image = np.zeros((16, 17_000, 3), np.uint8)
    with pytest.raises(SinkError, match="libx264 cannot encode frames of 17000x16") as caught:
        with VideoWriter(tmp_path / "out.mp4", info, draw=lambda image, _: image) as sink:
            sink.write(Frame(image, 0, Fraction(0)), empty(0))
    assert "free some space" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("ending", "size"), [("mp4", SIZE), ("mkv", SIZE), ("webm", (86, 48))])
def test_pixel_aspect_ratio_is_kept(ending: str, size: tuple[int, int], tmp_path: Path) -> None:
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25), pixel_aspect=Fraction(4, 3))
    with VideoWriter(tmp_path / f"out.{ending}", info, draw=lambda image, _: image) as sink:
        sink.write(Frame(numbered(9), 0, Fraction(0)), empty(0))
    with VideoFile(tmp_path / f"out.{ending}") as video:
        assert (video.info.width, video.info.height) == size
        shown = video.info.width * video.info.pixel_aspect / video.info.height
        assert float(shown) == pytest.approx(64 * 4 / 3 / 48, rel=0.01)


COLOURS = [(blue, green, red) for blue in (0, 255) for green in (0, 255) for red in (0, 255)]
COLOURS += [(grey, grey, grey) for grey in (1, 16, 77, 128, 200, 235, 254)]
COLOURS += [(30, 217, 254)]  # the yellow of Springfield
COLOURS += [tuple(colour) for colour in np.random.default_rng(5).integers(0, 256, (20, 3)).tolist()]


def flat_colours(path: Path) -> tuple[list[np.ndarray], tuple[int, ...]]:
    """The middle of each picture as BGR, by the tagged matrix in exact arithmetic, and the tags."""
    found = []
    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            tags = (picture.colorspace, picture.color_range, picture.color_primaries, picture.color_trc)
            red, blue = (0.2126, 0.0722) if picture.colorspace == 1 else (0.299, 0.114)
            planes = picture.reformat(format="yuv444p").to_ndarray()
            luma, cb, cr = planes[:, picture.height // 2, picture.width // 2].astype(float)
            luma, cb, cr = (luma - 16) / 219, (cb - 128) / 112 * (1 - blue), (cr - 128) / 112 * (1 - red)
            green = luma - (blue * cb + red * cr) / (1 - blue - red)
            found.append(np.clip(np.round(255 * np.array([luma + cb, green, luma + cr])), 0, 255))
    return found, tags


@pytest.mark.parametrize(
    ("size", "tags"), [((576, 432), (6, 1, 1, 1)), ((640, 480), (6, 1, 6, 1)), ((1280, 720), (1, 1, 1, 1))]
)
@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov", "avi", "webm"])
def test_flat_colours_are_preserved(
    ending: str, size: tuple[int, int], tags: tuple[int, ...], tmp_path: Path
) -> None:
    info = SourceInfo("drawn", *size, Fraction(25), Fraction(1, 25))
    path = tmp_path / f"out.{ending}"
    with VideoWriter(path, info, draw=lambda image, _: image) as sink:
        for number, colour in enumerate(COLOURS):
            image = np.full((size[1], size[0], 3), colour, np.uint8)
            sink.write(Frame(image, number, Fraction(number, 25)), empty(number))
    found, said = flat_colours(path)
    assert said == tags
    apart = [np.abs(bgr - colour).max() for bgr, colour in zip(found, COLOURS, strict=True)]
    # libvpx misses flat chroma by one step in some of a thousand colours, which is 3 levels at most.
    assert max(apart) <= (3 if ending == "webm" else 2), COLOURS[int(np.argmax(apart))]
    assert np.mean(apart) < 1


@pytest.mark.parametrize("height", [6, 238, 242, 432, 718, 1080, 1082])
def test_colour_conversion_is_exact_to_rounding(height: int) -> None:
    info = SourceInfo("drawn", 256, height, Fraction(25), Fraction(1, 25))
    image = np.random.default_rng(2).integers(0, 256, (height // 2, 128, 3)).astype(np.uint8)
    image = image.repeat(2, 0).repeat(2, 1)
    for pixel_format in ("yuv420p", "nv12"):
        converter = YuvConverter(info, square_pixels=False)
        converter.pixel_format = pixel_format
        planes = converter.convert(image).reformat(format="yuv420p").to_ndarray()
        red, blue = (0.2126, 0.0722) if height >= 720 else (0.299, 0.114)
        luma = image / 255 @ np.array([blue, 1 - blue - red, red])
        assert np.abs(planes[:height] - (16 + 219 * luma)).max() < 0.6
        for plane, channel, share in ((0, 0, blue), (1, 2, red)):
            chroma = 128 + 112 * (image[..., channel] / 255 - luma)[::2, ::2] / (1 - share)
            found = planes[height:].reshape(2, height // 2, 128)[plane]
            assert np.abs(found - chroma).max() < 0.6


def test_drawn_frame_is_written_and_must_have_the_size_of_the_source(tmp_path: Path) -> None:
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25))
    with VideoWriter(tmp_path / "out.mp4", info, draw=lambda image, result: numbered(99)) as sink:
        sink.write(Frame(numbered(1), 0, Fraction(0)), empty(0))
    assert read(tmp_path / "out.mp4") == [(0, 99)]
    with pytest.raises(ValueError, match="drawn frame"):
        with VideoWriter(tmp_path / "bad.mp4", info, draw=lambda image, _: image[:10]) as sink:
            sink.write(Frame(numbered(1), 0, Fraction(0)), empty(0))
    assert not (tmp_path / "bad.mp4").exists()


@pytest.mark.parametrize("name", ["out.gif", "out", "out.txt"])
def test_unknown_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25))
    with pytest.raises(SinkError, match=r"\.mp4, \.m4v"):
        VideoWriter(tmp_path / name, info, draw=lambda image, _: image).__enter__()
    assert list(tmp_path.iterdir()) == []


def test_source_is_never_overwritten(studio: Studio) -> None:
    source = studio.video(MP4)
    before = source.read_bytes()
    with pytest.raises(SinkError, match="is the source itself"):
        copy(source, source)
    assert source.read_bytes() == before


def test_sound_can_be_copied_from_a_file_without_video(tmp_path: Path) -> None:
    sound = make_sound(tmp_path / "sound.mp3")
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25))
    with VideoWriter(tmp_path / "out.mp4", info, draw=lambda image, _: image, media=sound) as sink:
        for number in range(25):
            sink.write(Frame(numbered(number), number, Fraction(number, 25)), empty(number))
    assert sound_packets(tmp_path / "out.mp4") == sound_packets(sound)


def test_source_without_sound_is_accepted(studio: Studio, tmp_path: Path) -> None:
    copy(studio.video(LATE), tmp_path / "out.mp4")
    assert sound_packets(tmp_path / "out.mp4") == []


def test_run_without_frames_leaves_no_file(tmp_path: Path) -> None:
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25))
    with VideoWriter(tmp_path / "out.mp4", info, draw=lambda image, _: image):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm", "avi"])
def test_frames_of_a_burst_have_different_times(ending: str, tmp_path: Path) -> None:
    tick = Fraction(1, 90_000)
    info = SourceInfo("live", *SIZE, Fraction(25), tick, live=True)
    with VideoWriter(tmp_path / f"out.{ending}", info, draw=lambda image, _: image) as sink:
        for number in range(60):
            burst, place = divmod(number, 20)
            sink.write(Frame(numbered(number), number, burst + place * tick), empty(number))
    with av.open(str(tmp_path / f"out.{ending}")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    shown = [packet.pts for packet in packets]
    assert len(packets) == len(set(shown)) == 60
    decoded = [packet.dts for packet in packets if packet.dts is not None]
    assert all(one < other for one, other in pairwise(decoded))
    assert [number for _, number in read(tmp_path / f"out.{ending}")] == list(range(60))


def empty(index: int) -> FrameResult:
    return FrameResult(index, index / 25, False, (), ())


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "webm"])
def test_pictures_and_cameras_become_videos(ending: str, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", [f"{number}.png" for number in range(4)])
    sources = {
        "pictures": PictureFolder(tmp_path / "pictures", picture_s=0.5),
        "camera": Camera(0, capture=lambda _: FakeCapture(4), clock=count(0, 41_000_000).__next__),
    }
    for name, source in sources.items():
        path = tmp_path / f"{name}.{ending}"
        with source, VideoWriter(path, source.info, draw=lambda image, _: image) as sink:
            for frame in source:
                sink.write(frame, empty(frame.index))
        assert [number for _, number in read(path)] == [0, 1, 2, 3]
        assert length_s(path) == pytest.approx(2.0 if name == "pictures" else 0.156, abs=0.04)
