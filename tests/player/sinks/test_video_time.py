"""Frames and sound of an annotated video keep the times of the source."""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.results import FrameResult
from simpsons_play.sinks import VideoWriter
from simpsons_play.sources.demux import Demuxer
from tests.media import (
    SIZE,
    X264,
    Recipe,
    Studio,
    length_s,
    make_video,
    numbered,
)
from tests.player.sinks.video_kit import (
    ENDINGS,
    SOUND_RATE,
    assert_tone,
    decode_sound,
    max_time_difference,
    read,
    record,
)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", ["mkv", "mp4"])
def test_sound_that_starts_two_seconds_before_the_video(
    kind: str, ending: str, studio: Studio, tmp_path: Path
) -> None:
    stamps = [2000 + 40 * number for number in range(48)]
    recipe = Recipe(
        f"late.{kind}",
        sound="libopus" if kind == "mkv" else "aac",
        options=X264,
        rate=Fraction(25),
        stamps=stamps,
        time_base=Fraction(1, 1000),
    )
    source = studio.video(recipe)
    path, _ = record(source, tmp_path / f"out.{ending}")
    before, after = read(source), read(path)
    assert before[0] == (2, 0)
    dropped = 2.0 if ending == "avi" else 0.0  # AVI stores no times: it begins with the first frame
    assert [number for _, number in after] == list(range(48))
    assert max_time_difference([(time - Fraction(dropped), n) for time, n in before], after) <= Fraction(
        1, 2000
    )
    sound = decode_sound(path)
    for at_s in (0.5, 1.4) if dropped else (0.5, 1.5, 2.5, 3.4):
        assert_tone(sound, at_s, tone_s=at_s + dropped)


@pytest.mark.parametrize("ending", ENDINGS)
def test_sound_that_starts_after_the_video(ending: str, studio: Studio, tmp_path: Path) -> None:
    recipe = Recipe("after.mp4", sound="aac", options=X264, rate=Fraction(25), sound_start_s=0.7)
    path, _ = record(studio.video(recipe), tmp_path / f"out.{ending}")
    assert read(path)[0] == (0, 0)
    sound = decode_sound(path)
    assert np.abs(sound[: int(0.6 * SOUND_RATE)]).max(initial=0) < 0.02
    assert_tone(sound, 1.2, tone_s=0.5)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "webm"])
@pytest.mark.parametrize("start_s", [0.51, 2.51])
def test_sound_and_video_of_an_excerpt_start_together(
    start_s: float, ending: str, studio: Studio, tmp_path: Path
) -> None:
    stamps = [2000 + 40 * number for number in range(48)]
    recipe = Recipe(
        "late.mkv",
        sound="libopus",
        options=X264,
        rate=Fraction(25),
        stamps=stamps,
        time_base=Fraction(1, 1000),
    )
    source = studio.video(recipe)
    path, _ = record(source, tmp_path / f"out.{ending}", start_s=start_s, duration_s=2.2)
    before, after = read(source, start_s=start_s, duration_s=2.2), read(path)
    # If the first frame is late, the sound before it is kept.
    zero_s = 0.51 if start_s < 2 else 2.52
    assert [number for _, number in after] == [number for _, number in before]
    moved = [(time - Fraction(zero_s).limit_denominator(100), number) for time, number in before]
    assert max_time_difference(moved, after) <= Fraction(25, 1000), "a packet of sound at most"
    offset_s = float(after[0][0] - moved[0][0])
    assert_tone(decode_sound(path), 0.4, tone_s=zero_s + 0.4 - offset_s, within_s=0.003)


def part(folder: Path, name: str, *, sound: str = "aac", frames: int = 50, **muxing: str) -> Path:
    recipe = Recipe(
        name, sound=sound, options={**X264, "bf": "0"}, rate=Fraction(25), frames=frames, muxing=muxing
    )
    return make_video(folder, recipe)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("jump", ["restarts", "leaps"])
def test_output_is_continuous_when_the_clock_restarts_or_leaps(
    jump: str, ending: str, tmp_path: Path
) -> None:
    one = part(tmp_path, "one.ts")
    other = part(tmp_path, "far.ts", output_ts_offset="20000") if jump == "leaps" else one
    if jump == "leaps":
        other = tmp_path / "leapt.ts"
        leap(one, other, 20_000)
    source = tmp_path / "both.ts"
    source.write_bytes(one.read_bytes() + other.read_bytes())
    path, warnings = record(source, tmp_path / f"out.{ending}")
    before, after = read(source), read(path)
    assert [number for _, number in after] == [*range(50), *range(50)]
    begin = before[0][0] if ending == "avi" else 0
    assert max_time_difference([(time - begin, number) for time, number in before], after) <= Fraction(1, 50)
    assert length_s(path) == pytest.approx(4.0, abs=0.1)
    sound, joint_s = decode_sound(path), float(after[50][0])
    first_s = float(after[0][0])
    for at_s in (0.5, 1.5):
        assert_tone(sound, at_s + first_s, tone_s=at_s + tone_lag(one), within_s=0.03)
        assert_tone(sound, joint_s + at_s, tone_s=at_s + tone_lag(one), within_s=0.03)
    assert warnings == []


def tone_lag(path: Path) -> float:
    """Position of the tone at the first frame, in seconds."""
    with Demuxer(path) as media:
        sound = media.container.streams.audio[0]
        begin = media.time_of(sound.start_time or 0, sound.time_base or Fraction(0))
    return float(read(path)[0][0] - begin) - 1024 / 48_000  # the preroll of AAC


def leap(source: Path, path: Path, by_s: int) -> None:
    """Copy a transport stream with its clock shifted."""
    with av.open(str(source)) as media, av.open(str(path), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in media.streams}
        for packet in media.demux():
            if packet.size and packet.pts is not None and packet.dts is not None:
                ticks = round(by_s / packet.time_base)
                packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
                packet.stream = copies[packet.stream.index]
                out.mux(packet)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("rate", "stamps"),
    [
        (Fraction(1, 60), [0, 60_000, 120_000]),  # a slide show
        (Fraction(1, 1), [0, 1000, 2000, 3000]),
        (Fraction(1000), list(range(40))),
        (Fraction(25), [0]),
        (Fraction(20), [0, 40, 41, 300, 2300, 2340]),
    ],
    ids=["slides", "1 fps", "1000 fps", "single", "varying"],
)
def test_frames_of_any_rate_keep_their_times(
    rate: Fraction, stamps: list[int], ending: str, tmp_path: Path
) -> None:
    tick = Fraction(1, 1000)
    info = SourceInfo("drawn", *SIZE, rate, tick, frames=len(stamps))
    path = tmp_path / f"out.{ending}"
    with VideoWriter(path, info, marks=lambda size, _: ()) as sink:
        for number, stamp in enumerate(stamps):
            frame = Frame(numbered(number), number, stamp * tick)
            sink.write(frame, FrameResult(number, frame.time_s, False, (), ()))
    after = read(path)
    assert [number for _, number in after] == list(range(len(stamps)))
    if ending != "avi":
        assert [time for time, _ in after] == [stamp * tick for stamp in stamps]
    else:  # on the frame grid, at least one frame apart
        assert max_time_difference([(stamp * tick, 0) for stamp in stamps], after) <= 2 / rate


def test_avi_supports_gaps_longer_than_its_muxer(tmp_path: Path) -> None:
    stamps = [0, 1, 130_000, 130_001]
    info = SourceInfo("drawn", *SIZE, Fraction(1000), Fraction(1, 1000))
    with VideoWriter(tmp_path / "out.avi", info, marks=lambda size, _: ()) as sink:
        for number, stamp in enumerate(stamps):
            frame = Frame(numbered(number), number, Fraction(stamp, 1000))
            sink.write(frame, FrameResult(number, frame.time_s, False, (), ()))
    times = {number: time for time, number in reversed(read(tmp_path / "out.avi"))}
    assert times == {number: Fraction(stamp, 1000) for number, stamp in enumerate(stamps)}


def test_ffprobe_reads_the_same_times(studio: Studio, tmp_path: Path) -> None:
    """Another program reads the times of sound that starts before the video."""
    recipe = Recipe(
        "late.mp4",
        sound="aac",
        options=X264,
        rate=Fraction(25),
        stamps=[2000 + 40 * n for n in range(48)],
        time_base=Fraction(1, 1000),
    )
    path, _ = record(studio.video(recipe), tmp_path / "out.mp4")
    arguments = ["-v", "error", "-show_entries", "stream=codec_type,start_time", "-of", "csv=p=0"]
    try:
        output = subprocess.run(
            ["ffprobe", *arguments, str(path)], capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        pytest.skip("no ffprobe here")
    assert {"audio,0.000000", "video,2.000000"} <= set(output.stdout.split())
