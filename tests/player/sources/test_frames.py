"""Pictures as frames of a video, animated pictures, and pictures in every format."""

from __future__ import annotations

import os
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import click
import cv2
import numpy as np
import pytest

from simpsons_play.cli.params import Rate
from simpsons_play.core.errors import SourceError
from simpsons_play.sources import FrameSequence, PictureFolder, VideoFile, expand, open_source
from simpsons_play.sources import animation as animations
from simpsons_play.sources.animation import Animation, is_animated
from simpsons_play.sources.images import page_count, read_image
from simpsons_play.sources.network import NetworkSource
from tests.commands import assert_one_error_line, simpsons
from tests.fakes import write_colour_model
from tests.media import make_pictures, number_of, numbered

FILM = Fraction(24000, 1001)


@pytest.fixture(name="frames")
def frames_fixture(tmp_path: Path) -> Path:
    """Ten frames, numbered from 3."""
    folder = tmp_path / "frames"
    made = make_pictures(folder, [f"x{number}.png" for number in range(10)])
    for number, path in enumerate(made):
        path.rename(folder / f"f_{number + 3:05d}.png")
    return folder


@pytest.mark.parametrize("what", ["", "f_%05d.png", "f_*.png"])
def test_pictures_are_frames_of_a_video_at_the_given_rate(what: str, frames: Path) -> None:
    (frames / "f_7.png").write_bytes(b"another sequence") if what == "f_%05d.png" else None
    name = str(frames / what) if what else str(frames)
    (found,) = expand([name], as_frames=True)
    with open_source(found, fps=FILM) as source:
        info = source.info
        shown = list(source)
    assert isinstance(source, FrameSequence)
    assert (info.rate, info.frames, info.stills, info.can_seek) == (FILM, 10, False, True)
    assert info.duration_s == pytest.approx(float(10 / FILM))
    assert [number_of(frame.image) for frame in shown] == list(range(10))
    assert [frame.time for frame in shown] == [number / FILM for number in range(10)]
    assert {frame.name for frame in shown} == {""} and source.warnings == []


def test_a_range_of_frames_is_read(frames: Path) -> None:
    with open_source(str(frames), fps=Fraction(25), start_s=0.12, duration_s=0.08) as source:
        shown = [(frame.index, frame.time, number_of(frame.image)) for frame in source]
        assert source.info.frames == 2
    assert shown == [(0, Fraction(3, 25), 3), (1, Fraction(4, 25), 4)]
    with pytest.raises(SourceError, match=r"is 0\.4 s long"):
        open_source(str(frames), fps=Fraction(25), start_s=0.4).__enter__()


def test_missing_or_damaged_frames_do_not_shift_the_others(frames: Path) -> None:
    (frames / "f_00005.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (frames / "f_00010.png").unlink()
    with open_source(str(frames / "f_%05d.png")) as source:
        assert source.info.rate == 25
        shown = [(frame.time * 25, number_of(frame.image)) for frame in source]
    assert shown == [(0, 0), (1, 1), (3, 3), (4, 4), (5, 5), (6, 6), (7, 8), (8, 9)]
    assert len(source.warnings) == 2
    assert source.warnings[0].endswith("f_%05d.png: 1 number is missing between the first and the last frame")
    assert "f_00005.png was skipped" in source.warnings[1]


def test_without_a_rate_a_pattern_expands_to_pictures(frames: Path) -> None:
    found = expand([str(frames / "f_*.png")])
    assert len(found) == 10 and isinstance(open_source(found[0]), PictureFolder)
    assert isinstance(open_source(str(frames)), PictureFolder)


def test_an_escaped_character_in_an_address_is_not_a_frame_number() -> None:
    assert isinstance(open_source("http://host/%d0.mp4"), NetworkSource)


def test_a_rate_is_only_for_pictures(frames: Path) -> None:
    (frames / "film.mkv").touch()
    for name in (str(frames / "film.mkv"), "0", "-", "rtsp://host/1", str(frames / "f_00003.png")):
        with pytest.raises(SourceError, match="--fps is only for a folder or sequence"):
            open_source(name, fps=FILM)
    with pytest.raises(SourceError, match="no picture matches"):
        open_source(str(frames / "g_%d.png")).__enter__()
    with pytest.raises(SourceError, match="cannot be read"):
        open_source(str(frames / "no" / "g_%d.png")).__enter__()


def test_rates_are_exact() -> None:
    read = Rate().convert
    rates = {"25": 25, "24000/1001": FILM, "23.976": FILM, "23.98": FILM, "29.97": Fraction(30000, 1001)}
    rates |= {"59.94": Fraction(60000, 1001), "12.5": Fraction(25, 2), "0.5": Fraction(1, 2), "24": 24}
    assert {text: read(text, None, None) for text in rates} == rates
    assert read(23.976, None, None) == FILM and read(25, None, None) == 25
    for text in ("0", "-25", "x", "1/0", "nan", "inf", "1e9", "", "25 fps", "1e999999999", "9" * 5000):
        with pytest.raises(click.BadParameter):
            read(text, None, None)


def test_the_command_records_frames_as_one_video(frames: Path, tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    out = tmp_path / "out.mp4"
    options = ("--no-window", "--model", model, "--fps", "23.976", "-o", out)
    done = simpsons("play", frames / "f_*.png", *options)
    assert done.returncode == 0 and done.stdout.startswith("10 frames in "), done.stderr
    with VideoFile(out) as video:
        assert video.info.rate == FILM and len(list(video)) == 10
    assert_one_error_line(
        simpsons("play", out, "--no-window", "--fps", "25"),
        "--fps is only for a folder or sequence of pictures",
    )
    frame = (frames / "f_00003.png").rename(frames / "f_00003.mp4")
    kept = frame.read_bytes()
    clash = (*options[:-1], frame)
    assert_one_error_line(simpsons("play", frames / "f_0000*", *clash), "would be overwritten")
    assert frame.read_bytes() == kept


def animate(path: Path, durations: tuple[int, ...] = (40, 80, 120, 40, 200)) -> Path:
    """Write an animation of numbered frames, each with its duration in milliseconds."""
    animation = cv2.Animation()
    opaque = np.full((48, 64, 1), 255, np.uint8)
    animation.frames = [np.concatenate([numbered(n), opaque], 2) for n in range(len(durations))]
    animation.durations = list(durations)
    options = [cv2.IMWRITE_WEBP_QUALITY, 101] if path.suffix == ".webp" else []
    assert cv2.imwriteanimation(str(path), animation, options)
    return path


@pytest.mark.parametrize("end", ["gif", "webp", "png", "apng", "avif"])
def test_animated_pictures_are_videos_with_their_own_timing(end: str, tmp_path: Path) -> None:
    path = animate(tmp_path / f"a.{end}")
    assert is_animated(path)
    with open_source(str(path)) as source:
        assert isinstance(source, Animation if end in ("webp", "avif") else VideoFile)
        assert not source.info.stills and not source.info.live
        shown = [(round(frame.time_s * 1000), number_of(frame.image)) for frame in source]
    assert shown == [(0, 0), (40, 1), (120, 2), (240, 3), (280, 4)]
    assert source.warnings == []
    with open_source(str(path), start_s=0.12, duration_s=0.13) as source:
        assert [number_of(frame.image) for frame in source] == [2, 3]
    if end not in ("png",):
        assert expand([str(tmp_path)]) == [str(path)]


@pytest.mark.parametrize("end", ["gif", "png", "avif", "webp"])
def test_transparent_areas_of_animations_are_white(end: str, tmp_path: Path) -> None:
    picture = np.zeros((48, 64, 4), np.uint8)
    animation = cv2.Animation()
    animation.frames = [picture.copy(), picture.copy()]
    for number, frame in enumerate(animation.frames):
        frame[:, number * 32 : number * 32 + 32] = (10, 20, 200, 255)
    animation.durations = [100, 100]
    assert cv2.imwriteanimation(str(tmp_path / f"a.{end}"), animation)
    with open_source(str(tmp_path / f"a.{end}")) as source:
        frames = list(source)
    for frame, white, red in zip(frames, (50, 10), (10, 50), strict=True):
        assert frame.image[24, white].min() > 250
        assert frame.image[24, red, 2] > frame.image[24, red, 0] + 80


def test_an_animated_webp_has_a_length(tmp_path: Path) -> None:
    with open_source(str(animate(tmp_path / "a.webp"))) as source:
        assert (source.info.frames, source.info.duration_s) == (5, 0.48)
    with open_source(str(animate(tmp_path / "b.webp", (0, 5, 20)))) as source:
        assert [frame.time_s for frame in source] == [0, 0.1, 0.2]
    with pytest.raises(SourceError, match=r"is 0\.48 s long"):
        open_source(str(tmp_path / "a.webp"), start_s=1).__enter__()
    data = bytearray((tmp_path / "a.webp").read_bytes())
    place = data.rindex(b"ANMF")
    data[place + 40 : place + 60] = bytes(20)
    (tmp_path / "hurt.webp").write_bytes(data)
    with open_source(str(tmp_path / "hurt.webp")) as source:
        assert [number_of(frame.image) for frame in source] == [0, 1, 2, 3]
    assert "is damaged: 1 of 5 frames" in source.warnings[0]
    (tmp_path / "a.webp").write_bytes(data[:60])
    with pytest.raises(SourceError, match="cannot be decoded"):
        open_source(str(tmp_path / "a.webp")).__enter__()


@pytest.mark.parametrize("end", ["gif", "webp", "png", "avif"])
def test_still_pictures_are_not_animations(end: str, tmp_path: Path) -> None:
    path = tmp_path / f"one.{end}"
    path.write_bytes(cv2.imencode(f".{end}", numbered(1234))[1].tobytes())
    assert not is_animated(path)
    with open_source(str(path)) as source:
        assert source.info.stills and [number_of(frame.image) for frame in source] == [1234]


def encoded(codec: str, layout: str) -> bytes:
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 64, 48, layout, Fraction(1, 25)
    picture = av.VideoFrame.from_ndarray(numbered(1234), format="bgr24").reformat(format=layout)
    picture.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])


KINDS = {
    "bmp": ("bmp", "bgra"),
    "dib": ("bmp", "rgb565le"),
    "tga": ("targa", "bgra"),
    "pcx": ("pcx", "rgb24"),
    "sgi": ("sgi", "rgb24"),
    "qoi": ("qoi", "rgba"),
    "exr": ("exr", "gbrpf32le"),
    "pam": ("pam", "rgb24"),
    "ppm": ("ppm", "rgb24"),
    "pgm": ("pgm", "gray"),
    "jfif": ("mjpeg", "yuvj420p"),
    "jp2": ("jpeg2000", "rgb24"),
    "tif": ("tiff", "rgba"),
}


@pytest.mark.parametrize("end", [*KINDS, "avif", "hdr", "ras"])
def test_every_picture_format_is_decoded(end: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{end}"
    content = encoded(*KINDS[end]) if end in KINDS else cv2.imencode(f".{end}", numbered(1234))[1].tobytes()
    path.write_bytes(content)
    assert expand([str(tmp_path)]) == [str(tmp_path)]
    with open_source(str(tmp_path)) as source:
        assert [number_of(frame.image) for frame in source] == [1234]
    with open_source(str(path)) as source:
        assert source.info.stills
    path.write_bytes(b"\1" * 20)
    with pytest.raises(SourceError, match="cannot be read: it is damaged"):
        open_source(str(path)).__enter__()


def test_a_transparent_palette_colour_becomes_white(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)
    rows = zlib.compress(b"\0\0\0\1\1" * 4)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", b"\xff\0\0\0\xff\0"),
        (b"tRNS", b"\0\xff"),
        (b"IDAT", rows),
        (b"IEND", b""),
    )
    path = tmp_path / "p.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks))
    image = read_image(path)
    assert image is not None
    assert image[0, 0].tolist() == [255, 255, 255] and image[0, 3].tolist() == [0, 255, 0]


def test_only_the_first_page_of_a_tiff_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    assert cv2.imwritemulti(str(path), [numbered(number) for number in (7, 8, 9)])
    assert page_count(path) == 3
    with open_source(str(path)) as source:
        assert [number_of(frame.image) for frame in source] == [7]
    assert source.warnings == [f"{path} contains 3 pictures; only the first one is shown"]
    looped = bytearray(struct.pack("<2sHIHI", b"II", 42, 8, 0, 8))
    path.write_bytes(looped)
    assert page_count(path) == 1


def test_unsupported_formats_are_reported(tmp_path: Path) -> None:
    make_pictures(tmp_path, ["a.png"])
    for name in ("b.jxl", "c.JXL", "d.svg", "._e.png", ".f.png", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"\xff\x0a\0\0")
    messages: list[str] = []
    assert expand([str(tmp_path)], tell=messages.append) == [str(tmp_path)]
    assert messages == [f"{tmp_path}: 2 .jxl files, 1 .svg file skipped (unsupported format)"]
    with open_source(str(tmp_path)) as source:
        assert [frame.name for frame in source] == ["a.png"]
    with pytest.raises(SourceError, match="it is a JPEG XL picture, an unsupported format"):
        open_source(str(tmp_path / "b.jxl")).__enter__()


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
def test_a_pipe_is_not_a_frame_of_a_sequence(tmp_path: Path) -> None:
    for number in (1, 3):
        cv2.imwrite(str(tmp_path / f"f_{number}.png"), numbered(number))
    os.mkfifo(tmp_path / "f_2.png")
    with open_source(str(tmp_path / "f_%d.png")) as source:
        assert [number_of(frame.image) for frame in source] == [1, 3]
    assert source.warnings == [
        f"{tmp_path}/f_%d.png: 1 number is missing between the first and the last frame"
    ]


@pytest.mark.parametrize("width", ["0999999999", "0" + "9" * 5000])
def test_an_absurd_number_width_is_a_one_line_error(width: str, frames: Path) -> None:
    with pytest.raises(SourceError, match="no picture matches"):
        open_source(str(frames / f"f_%{width}d.png")).__enter__()


def test_impossible_camera_numbers_are_a_one_line_error() -> None:
    for name in ("9" * 5000, "99999999999999999999"):
        with pytest.raises(SourceError, match="no camera has a number with"):
            open_source(name)


def test_the_memory_of_an_animation_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moving = cv2.Animation()
    moving.frames = [np.full((32, 32, 4), number * 60, np.uint8) for number in range(4)]
    moving.durations = [100] * 4
    path = tmp_path / "a.avif"
    path.write_bytes(cv2.imencodeanimation(".avif", moving)[1].tobytes())
    with open_source(str(path)) as source:
        assert len(list(source)) == 4
    monkeypatch.setattr(animations, "_MAX_DECODED_BYTES", 3 * 32 * 32 * 4)
    with pytest.raises(SourceError, match=r"a\.avif: its frames take more than 12 KiB of memory"):
        open_source(str(path)).__enter__()
