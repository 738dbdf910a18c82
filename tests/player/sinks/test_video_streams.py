"""Streams, metadata, chapters and cover art of the source in annotated video."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.media import (
    X264,
    numbered,
)
from tests.player.sinks.video_kit import copy_video, read


@pytest.fixture(name="multilingual")
def multilingual_fixture(tmp_path: Path) -> Path:
    """A video with sound in two languages and two kinds of subtitles."""
    path = tmp_path / "multilingual.mkv"
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
    ending: str, texts: list[str], left_out: list[str], multilingual: Path, tmp_path: Path
) -> None:
    warnings: list[str] = []
    path = copy_video(multilingual, tmp_path / f"out.{ending}", warn=warnings.append)
    with av.open(str(multilingual)) as before, av.open(str(path)) as after:
        assert after.metadata["title"] == "Bart the General"
        assert [stream.codec_context.codec.canonical_name for stream in after.streams.subtitles] == texts
        assert [stream.language for stream in after.streams.audio] == ["eng", "fre"]
        assert after.streams.audio[1].disposition == before.streams.audio[1].disposition
        files = [(file.name, file.data) for file in after.streams.attachments]
        assert files == ([("font.ttf", b"letters")] if ending == "mkv" else [])
        for stream in after.streams.subtitles:
            (same,) = (s for s in before.streams.subtitles if s.language == stream.language)
            assert stream.metadata["title"] == same.metadata["title"]
            assert cues(path, stream.index) == cues(multilingual, same.index)
    assert [line.split(": without ")[1] for line in warnings] == left_out


def make_film_with_metadata(path: Path, *, codec: str = "png") -> Path:
    """A video with metadata, chapters, a titled sound stream and cover art."""
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
    source, warnings = make_film_with_metadata(tmp_path / "film.mp4", codec=codec), list[str]()
    path = copy_video(source, tmp_path / f"out.{ending}", warn=warnings.append)
    covered = ending in ("mp4", "mkv")
    with av.open(str(path)) as after:
        metadata = {key.lower(): value for key, value in after.metadata.items()}
        assert (metadata["title"], metadata["artist"], metadata["comment"]) == (
            "Bart the General",
            "Groening",
            "mine",
        )
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


def test_excerpt_has_its_part_of_chapters_and_subtitles(multilingual: Path, tmp_path: Path) -> None:
    film = make_film_with_metadata(tmp_path / "film.mp4")
    path = copy_video(film, tmp_path / "piece.mkv", start_s=1.0, duration_s=2.0)
    with av.open(str(path)) as after:
        found = [
            (c["metadata"]["title"], float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]))
            for c in after.chapters()
        ]
    assert found == [("Intro", 0.0, 0.5), ("Main", 0.5, 2.0)]
    # Cues last from 0.2 s to 0.4 s, from 0.6 s to 0.8 s and so on: the excerpt begins within the first one.
    path = copy_video(multilingual, tmp_path / "cues.mkv", start_s=0.28, duration_s=0.6)
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
