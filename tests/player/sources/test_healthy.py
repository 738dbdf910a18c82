"""Undamaged files with unusual contents: every frame is shown, at the right time, without a warning."""

from __future__ import annotations

import dataclasses
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from simpsons_play.core.errors import SourceError
from simpsons_play.sources import open_source
from simpsons_play.sources.standard_input import StandardInput
from tests.media import (
    AVI,
    FILM,
    MKV,
    MP4,
    WEBM8,
    X264,
    Recipe,
    Studio,
    cut_without_encoding,
    damaged,
    joined,
    make_video,
    number_of,
    numbered,
)
from tests.player.sources.reading import read

RATE = Fraction(25)
STEP_S = 0.04
TS_25 = Recipe("part.ts", sound="mp2", options={**X264, "bf": "2"}, rate=RATE)
VOB = Recipe("part.vob", "mpeg2video", "mp2", options={"g": "12", "bf": "2", "b": "3000000"}, rate=RATE)
MPG = dataclasses.replace(VOB, name="part.mpg")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("start_s", [0.5, 1.0, 1.27])
def test_a_cut_without_encoding_is_complete(
    ending: str, start_s: float, studio: Studio, tmp_path: Path
) -> None:
    whole = studio.video(dataclasses.replace(MP4, name="whole.mp4", rate=RATE, frames=75))
    found, info, warnings = read(cut_without_encoding(whole, tmp_path / f"cut.{ending}", start_s))
    assert warnings == []
    assert info.frames in (None, len(found))
    if ending == "mkv":  # no edit lists: all packets from the key frame on are shown
        assert found[0][1] % 12 == 0
        assert [number for _, number in found] == list(range(found[0][1], 75))
    else:
        assert [number for _, number in found] == list(range(round(np.ceil(start_s / STEP_S)), 75))
        assert found[0][0] < STEP_S
        assert found[-1][0] - found[0][0] == pytest.approx((len(found) - 1) * STEP_S, abs=0.002)


@pytest.mark.parametrize("recipe", [TS_25, VOB, MPG], ids=lambda recipe: recipe.name)
def test_a_clock_that_restarts_is_continued(recipe: Recipe, studio: Studio, tmp_path: Path) -> None:
    part = studio.video(recipe)
    path = joined(tmp_path / f"twice{part.suffix}", part, part, part)
    found, info, warnings = read(path)
    assert warnings == []
    assert [number for _, number in found] == [*range(48)] * 3
    times = [time_s for time_s, _ in found]
    steps = np.diff(times)
    assert steps.min() > 0.03
    assert steps.max() < 0.12  # the sound of a part may be up to one packet longer than its video
    assert info.duration_s == pytest.approx(times[-1] + STEP_S, abs=0.06)
    # Seeking yields the same frames as reading from the start.
    for number in (20, 60, 100, 140):
        sought, _, _ = read(path, start_s=times[number], duration_s=0.2)
        assert [n for _, n in sought] == [n for _, n in found[number : number + len(sought)]]
        assert [t for t, _ in sought] == pytest.approx(times[number : number + len(sought)], abs=1e-6)
        assert len(sought) >= 4


@pytest.mark.parametrize("offset_s", [20_000, 95_400, 12, -1])
def test_a_clock_that_jumps_is_continued(offset_s: int, studio: Studio, tmp_path: Path) -> None:
    later = dataclasses.replace(
        TS_25, name=f"later{offset_s}.ts", muxing={"output_ts_offset": str(offset_s + 2)}
    )
    first = dataclasses.replace(TS_25, name=f"first{offset_s}.ts", muxing={"output_ts_offset": "2"})
    path = joined(tmp_path / "jump.ts", studio.video(first), studio.video(later))
    found, info, warnings = read(path)
    assert warnings == []
    assert [number for _, number in found] == [*range(48)] * 2
    assert max(np.diff([time_s for time_s, _ in found])) < 0.12
    assert info.duration_s == pytest.approx(found[-1][0] + STEP_S, abs=0.06)


def test_a_short_pause_of_a_clock_is_kept(studio: Studio, tmp_path: Path) -> None:
    first = dataclasses.replace(TS_25, name="early.ts", muxing={"output_ts_offset": "2"})
    later = dataclasses.replace(TS_25, name="late.ts", muxing={"output_ts_offset": "9"})
    found, _, _ = read(joined(tmp_path / "pause.ts", studio.video(first), studio.video(later)))
    assert found[48][0] - found[0][0] == pytest.approx(7.0, abs=0.001)


def test_a_clock_that_overflows_is_continued(studio: Studio) -> None:
    """The 33-bit clock of MPEG overflows after 26.5 hours: here in the middle of the file."""
    recipe = dataclasses.replace(TS_25, name="full.ts", muxing={"output_ts_offset": "95441.6"})
    found, info, warnings = read(studio.video(recipe))
    assert warnings == []
    assert [number for _, number in found] == [*range(48)]
    assert max(np.diff([time_s for time_s, _ in found])) < 0.05
    assert info.duration_s == pytest.approx(48 / 25, abs=0.1)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov", "ts", "flv", "avi"])
def test_video_that_starts_after_the_sound_has_later_times(ending: str, studio: Studio) -> None:
    recipe = Recipe(
        f"offset.{ending}",
        "mpeg4" if ending == "avi" else "libx264",
        "libmp3lame" if ending in ("avi", "flv") else "aac",
        options={"g": "12", "bf": "2", "b": "2000000"},
        rate=RATE,
        stamps=[50 + n for n in range(48)],
        time_base=Fraction(1, 25),
        sound_rate=44_100 if ending == "flv" else 48_000,
    )
    found, info, warnings = read(studio.video(recipe))
    assert warnings == []
    assert [number for _, number in found] == list(range(48))
    assert found[0][0] == pytest.approx(2.0, abs=0.03)  # the priming samples of an encoder may come first
    assert info.duration_s == pytest.approx(2.0 + 48 / 25, abs=0.08)
    sought, _, _ = read(studio.video(recipe), start_s=1.0, duration_s=1.5)
    assert sought == found[: len(sought)]
    assert len(sought) == sum(time_s < 2.5 - 1e-6 for time_s, _ in found)


def test_sound_that_outlasts_the_video_is_not_a_missing_end(studio: Studio) -> None:
    for name, sound in (("tail.mkv", "aac"), ("tail.ts", "mp2"), ("tail.flv", "libmp3lame")):
        recipe = Recipe(
            name, "libx264", sound, options=X264, rate=RATE, frames=25, sound_tail_s=20.0, sound_rate=44_100
        )
        found, _, warnings = read(studio.video(recipe))
        assert len(found) == 25
        assert warnings == [], name


@pytest.mark.parametrize("sound", [None, "aac"])
@pytest.mark.parametrize("ending", ["mkv", "mp4", "mov"])
def test_a_long_pause_is_not_damage(ending: str, sound: str | None, studio: Studio) -> None:
    recipe = Recipe(
        f"pause_{sound}.{ending}",
        sound=sound,
        options={**X264, "g": "250"},
        rate=RATE,
        stamps=[n if n < 24 else n + 250 for n in range(48)],
        time_base=Fraction(1, 25),
    )
    found, _, warnings = read(studio.video(recipe))
    assert len(found) == 48
    assert warnings == []


def test_dropped_frames_of_an_avi_are_not_damage(studio: Studio) -> None:
    recipe = dataclasses.replace(
        AVI,
        name="dropped.avi",
        rate=RATE,
        stamps=[n if n < 24 else n + 75 for n in range(48)],
        time_base=Fraction(1, 25),
    )
    found, info, warnings = read(studio.video(recipe))
    assert warnings == []
    assert info.frames == len(found) == 48
    assert found[24][0] - found[23][0] == pytest.approx(76 * STEP_S)


def test_an_avi_with_an_incomplete_header_is_complete(studio: Studio, tmp_path: Path) -> None:
    """ffmpeg writes 2^30 frames into an AVI header and corrects it at the end, if the output can seek."""
    data = bytearray(studio.video(dataclasses.replace(AVI, name="piped.avi")).read_bytes())
    place = data.index(b"avih") + 8 + 16
    data[place : place + 4] = (1 << 30).to_bytes(4, "little")
    place = data.index(b"strh") + 8 + 32
    data[place : place + 4] = (1 << 30).to_bytes(4, "little")
    path = tmp_path / "piped.avi"
    path.write_bytes(data)
    found, info, warnings = read(path)
    assert [number for _, number in found] == list(range(48))
    assert warnings == []
    assert info.frames in (None, 48)
    assert info.duration_s is None or info.duration_s < 3


def test_statistics_of_another_file_are_ignored(studio: Studio, tmp_path: Path) -> None:
    """The statistics of mkvmerge stay in the metadata when ffmpeg copies a part of the file."""
    path = tmp_path / "stale.mkv"
    with av.open(str(studio.video(MKV))) as source, av.open(str(path), "w") as out:
        stream = source.streams.video[0]
        copied = out.add_stream_from_template(stream)
        copied.metadata.update({"NUMBER_OF_FRAMES-eng": "34000", "DURATION-eng": "00:22:40.000000000"})
        for packet in source.demux(stream):
            if packet.size:
                packet.stream = copied
                out.mux(packet)
    found, info, warnings = read(path)
    assert (len(found), info.frames, warnings) == (48, None, [])
    assert info.duration_s == pytest.approx(48 / 25, abs=0.05)


def test_a_recording_that_starts_between_key_frames_is_complete(studio: Studio, tmp_path: Path) -> None:
    for recipe in (TS_25, VOB):
        data = studio.video(recipe).read_bytes()
        path = tmp_path / f"middle_{recipe.name}"
        cut = len(data) // 3 // 188 * 188 if recipe is TS_25 else len(data) // 3 // 2048 * 2048
        path.write_bytes(data[cut:])
        found, _, warnings = read(path)
        assert warnings == [], recipe.name
        assert [number for _, number in found] == list(range(found[0][1], 48))


@pytest.mark.parametrize("recipe", [AVI, MP4], ids=lambda recipe: recipe.name)
def test_damaged_frames_are_reported(recipe: Recipe, studio: Studio) -> None:
    _, _, warnings = read(damaged(studio.video(recipe)))
    assert len(warnings) == 1
    assert "is damaged: 1 of 48 frames" in warnings[0]


@pytest.mark.parametrize("recipe", [MKV, WEBM8], ids=lambda recipe: recipe.name)
def test_a_missing_part_is_reported(recipe: Recipe, studio: Studio) -> None:
    found, _, warnings = read(damaged(studio.video(recipe)))
    assert len(found) < 40
    assert len(warnings) == 1
    assert "has no frames between" in warnings[0]


@pytest.mark.parametrize("rate", [RATE, Fraction(30), FILM], ids=str)
@pytest.mark.parametrize(
    ("ending", "codec"), [("h264", "libx264"), ("m2v", "mpeg2video"), ("hevc", "libx265")]
)
def test_raw_streams_start_at_zero_and_keep_their_rate(
    ending: str, codec: str, rate: Fraction, studio: Studio
) -> None:
    options = {"x265-params": "log-level=0"} if codec == "libx265" else {"g": "12", "bf": "2"}
    recipe = Recipe(f"raw{float(rate):.0f}.{ending}", codec, options=options, rate=rate)
    found, info, warnings = read(studio.video(recipe))
    assert warnings == []
    assert [number for _, number in found] == list(range(48))
    assert info.rate == rate
    assert [time_s for time_s, _ in found] == pytest.approx([float(n / rate) for n in range(48)], abs=1e-4)


def test_a_film_with_soft_telecine_keeps_its_times(studio: Studio, tmp_path: Path) -> None:
    """Soft telecine: 24 frames per second, every other one flagged to be shown for three fields."""
    rate = Fraction(30000, 1001)
    recipe = Recipe(
        "film.m2v", "mpeg2video", options={"g": "12", "bf": "0", "flags": "+ildct+ilme"}, rate=rate
    )
    data, number = bytearray(studio.video(recipe).read_bytes()), 0
    place = data.find(b"\0\0\1\xb5")
    while place >= 0:
        if data[place + 4] >> 4 == 8:  # the extension of a picture (ISO/IEC 13818-2, 6.2.3.1)
            first, repeated = [(1, 1), (0, 0), (0, 1), (1, 0)][number % 4]
            data[place + 7] = data[place + 7] & 0x7D | first << 7 | repeated << 1
            data[place + 8] |= 0x80  # both fields are from the same moment
            number += 1
        place = data.find(b"\0\0\1\xb5", place + 4)
    path = tmp_path / "film.m2v"
    path.write_bytes(data)
    found, _, warnings = read(path)
    assert warnings == []
    assert [number for _, number in found] == list(range(48))
    steps = np.diff([time_s for time_s, _ in found])[:-1]  # the last frame has no successor
    assert steps == pytest.approx([float((3 - number % 2) / 2 / rate) for number in range(46)], abs=1e-4)
    for number in (13, 30, 41):
        sought, _, _ = read(path, start_s=found[number][0], duration_s=0.2)
        assert sought == found[number : number + len(sought)]


def test_h264_in_an_avi_counted_in_fields_keeps_its_rate(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "fields.avi"
    with av.open(str(studio.video(TS_25))) as source:
        with av.open(str(path), "w") as out:
            stream = source.streams.video[0]
            copied = out.add_stream_from_template(stream)
            copied.time_base = Fraction(1, 50)
            for number, packet in enumerate(p for p in source.demux(stream) if p.dts is not None):
                packet.pts, packet.dts, packet.duration = 2 * number, 2 * number, 2
                packet.time_base, packet.stream = Fraction(1, 50), copied
                out.mux(packet)
    found, info, warnings = read(path)
    assert warnings == []
    assert [number for _, number in found] == list(range(48))
    assert info.rate == 25
    assert [time_s for time_s, _ in found] == pytest.approx([n / 25 for n in range(48)], abs=1e-6)


def test_starting_beyond_the_end_reports_the_length(studio: Studio, tmp_path: Path) -> None:
    part = studio.video(TS_25)
    path = joined(tmp_path / "two.ts", part, part)
    with pytest.raises(SourceError, match=r"is 3\.[89]\d* s long, but the start is at 5 s"):
        read(path, start_s=5.0)


def test_a_stream_that_appears_later_is_ignored(studio: Studio, tmp_path: Path) -> None:
    silent = studio.video(dataclasses.replace(TS_25, name="silent.ts", sound=None))
    found, _, warnings = read(joined(tmp_path / "grown.ts", silent, studio.video(TS_25)))
    assert warnings == []
    assert [number for _, number in found] == [*range(48)] * 2


def test_numbers_on_large_pictures_can_be_read() -> None:
    assert number_of(numbered(77, (640, 360))) == 77


def test_make_video_writes_the_requested_sound(tmp_path: Path) -> None:
    recipe = Recipe("tail.mkv", options=X264, sound="aac", rate=RATE, frames=5, sound_tail_s=1.0)
    with av.open(str(make_video(tmp_path, recipe))) as container:
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(1.2, abs=0.05)


def test_an_avi_from_a_pipe_is_complete(studio: Studio, tmp_path: Path) -> None:
    """The length of a pipe is unknown, so the placeholder in the header must be recognised."""
    data = bytearray(studio.video(dataclasses.replace(AVI, name="piped.avi")).read_bytes())
    for place in (data.index(b"avih") + 24, data.index(b"strh") + 40):
        data[place : place + 4] = (1 << 30).to_bytes(4, "little")
    path = tmp_path / "placeholder.avi"
    path.write_bytes(data)
    with path.open("rb") as file, StandardInput(descriptor=file.fileno()) as video:
        assert [number_of(frame.image) for frame in video] == list(range(48))
    assert video.warnings == []


def test_a_later_part_of_a_fragmented_mp4_is_complete(studio: Studio, tmp_path: Path) -> None:
    """A segment of HLS or DASH after its header: ffmpeg reports its end instead of its length."""
    recipe = Recipe(
        "part.mp4",
        sound="aac",
        options={**X264, "bf": "0"},
        rate=RATE,
        frames=96,
        muxing={"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "2000000"},
    )
    data = studio.video(recipe).read_bytes()
    first, last = data.index(b"moof") - 4, data.rindex(b"moof") - 4
    path = tmp_path / "later.mp4"
    path.write_bytes(data[:first] + data[last:])
    found, info, warnings = read(path)
    assert found
    assert warnings == []
    assert info.duration_s is not None and info.duration_s < 2.5
    assert [number for _, number in found] == list(range(96 - len(found), 96))


def test_an_avi_whose_header_overstates_its_sound_is_complete(studio: Studio, tmp_path: Path) -> None:
    data = bytearray(studio.video(dataclasses.replace(AVI, name="long_header.avi")).read_bytes())
    place = data.index(b"auds") + 32
    length = int.from_bytes(data[place : place + 4], "little")
    data[place : place + 4] = (3 * length).to_bytes(4, "little")
    path = tmp_path / "long.avi"
    path.write_bytes(data)
    for start_s in (0.0, 1.0):
        found, _, warnings = read(path, start_s=start_s)
        assert found
        assert warnings == []


def test_h264_with_b_frames_in_asf_keeps_its_frames_and_times(studio: Studio) -> None:
    recipe = Recipe("b.asf", sound="libmp3lame", options={**X264, "bf": "2"}, rate=RATE)
    found, _, warnings = read(studio.video(recipe))
    assert warnings == []
    assert [number for _, number in found] == list(range(48))
    assert np.diff([time_s for time_s, _ in found]) == pytest.approx([STEP_S] * 47, abs=0.002)


def test_a_stream_of_jpegs_is_a_video(studio: Studio) -> None:
    path = studio.video(Recipe("raw.mjpeg", "mjpeg", pixels="yuvj420p", rate=RATE, options={"b": "6000000"}))
    with open_source(str(path)) as video:
        assert [number_of(frame.image) for frame in video] == list(range(48))


def test_a_nut_whose_clock_starts_late_is_complete(studio: Studio) -> None:
    """Its header has the end of the file instead of its length."""
    stamps = [250 + number for number in range(48)]
    recipe = Recipe("late.nut", options=X264, rate=RATE, stamps=stamps, time_base=Fraction(1, 25))
    found, info, warnings = read(studio.video(recipe))
    assert warnings == []
    assert [number for _, number in found] == list(range(48))
    assert info.duration_s == pytest.approx(48 / 25, abs=0.042)


@pytest.mark.parametrize(
    ("edits", "shown"),
    [
        ([(1, 0.4)], range(10, 35)),
        ([(0.4, 0), (0.4, 1)], [*range(10), *range(25, 35)]),
        ([(0.4, 0), (0.4, 0), (0.4, 0)], [*range(10)] * 3),
    ],
    ids=["one", "two", "the same again"],
)
def test_only_the_parts_in_an_edit_list_are_shown(
    edits: list[tuple[float, float]], shown: list[int], studio: Studio, tmp_path: Path
) -> None:
    """As an editor that cuts without copying writes it: the length of each part, and where it starts."""
    recipe = Recipe("edited.mp4", options=X264, rate=RATE)  # its index comes last, so it may grow
    data = bytearray(studio.video(recipe).read_bytes())
    scale = struct.unpack_from(">I", data, data.index(b"mvhd") + 16)[0]
    ticks = struct.unpack_from(">I", data, data.index(b"mdhd") + 16)[0]
    entries = [struct.pack(">IiI", round(lasts * scale), round(at * ticks), 1 << 16) for lasts, at in edits]
    place = data.index(b"elst") - 4
    length = struct.unpack_from(">I", data, place)[0]
    table = struct.pack(">I4sII", 16 + 12 * len(edits), b"elst", 0, len(edits)) + b"".join(entries)
    data[place : place + length] = table
    for name in (b"moov", b"trak", b"edts"):
        at = data.index(name) - 4
        struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + len(table) - length)
    path = tmp_path / "edited.mp4"
    path.write_bytes(data)
    found, info, warnings = read(path)
    assert [number for _, number in found] == list(shown)
    assert warnings == []
    assert info.frames == len(found)
    assert info.duration_s == pytest.approx(len(found) * STEP_S, abs=0.05)
    sought, _, warnings = read(path, start_s=found[7][0])
    assert sought == found[7:]
    assert warnings == []


def test_a_long_pause_in_a_transport_stream_is_kept(studio: Studio) -> None:
    """The first frame after the pause is shown later than the next ones are decoded."""
    stamps = [number if number < 30 else number + 1500 for number in range(48)]
    recipe = Recipe(
        "pause.ts", options={**X264, "bf": "2"}, rate=RATE, stamps=stamps, time_base=Fraction(1, 25)
    )
    found, _, warnings = read(studio.video(recipe))
    assert [number for _, number in found] == list(range(48))
    assert [time_s for time_s, _ in found] == pytest.approx([stamp * STEP_S for stamp in stamps], abs=0.002)
    assert warnings == []


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
@pytest.mark.parametrize("default", [0, 1])
def test_the_default_video_stream_is_shown(default: int, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"angles.{ending}"
    with av.open(str(path), "w") as out:
        angles: list[Any] = [
            out.add_stream("libx264", rate=25, width=64, height=48, pix_fmt="yuv420p") for _ in range(2)
        ]
        angles[default].disposition = Disposition.default
        for number in range(5):
            for angle, stream in enumerate(angles):
                image = numbered(100 * angle + number)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
        for stream in angles:
            out.mux(stream.encode(None))
    found, _, warnings = read(path)
    assert [number for _, number in found] == [100 * default + number for number in range(5)]
    assert warnings == []
