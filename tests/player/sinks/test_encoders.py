"""Choice of the H.264 encoder, with and without hardware encoders."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.results import FrameResult
from simpsons_play.sinks import VideoWriter
from simpsons_play.sinks.video import frame_encoder
from simpsons_play.sinks.video.encoders import X264, Encoder, encoder_for, thread_type_for
from simpsons_play.sources import VideoFile
from tests.commands import SAMPLE, assert_one_error_line, simpsons
from tests.media import SIZE, number_of, numbered

RATE = Fraction(24000, 1001)
MISSING = Encoder("h264_of_another_vendor")
FAILING = Encoder("mpeg4", pixel_format="nv12")  # it only takes yuv420p
WORKING = Encoder("mpeg4", options={"qscale": "{crf}"})


def chosen(choice: str, *hardware: Encoder) -> Encoder:
    return encoder_for(choice, width=64, height=48, rate=RATE, hardware=hardware)


def test_first_working_hardware_encoder_is_chosen(capfd: pytest.CaptureFixture[str]) -> None:
    assert chosen("auto", MISSING, FAILING, WORKING, X264) is WORKING
    assert chosen("hardware", FAILING, WORKING) is WORKING
    assert WORKING.options_for(20) == {"qscale": "20"}
    assert capfd.readouterr() == ("", "")


def test_x264_buffers_fewer_large_frames() -> None:
    usual = {"crf": "20", "preset": "veryfast"}
    assert X264.options_for(20, pixels=2560 * 1440) == usual
    large = X264.options_for(20, pixels=3840 * 2160)
    assert large == {**usual, "rc-lookahead": "2", "bf": "0", "x264-params": "sync-lookahead=0"}


def test_threads_share_only_large_frames() -> None:
    assert thread_type_for(2560 * 1440) == "FRAME"
    assert thread_type_for(3840 * 2160) == "SLICE"


def test_x264_is_the_fallback() -> None:
    assert chosen("auto", MISSING, FAILING) is X264
    assert chosen("software", WORKING) is X264
    with pytest.raises(SinkError, match="tried h264_of_another_vendor, mpeg4"):
        chosen("hardware", MISSING, FAILING)


@pytest.mark.parametrize("height", [48, 720])
def test_encoders_with_interleaved_chroma_get_the_same_picture(
    height: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interleaved = Encoder("libx264", pixel_format="nv12", options={"crf": "{crf}"})
    monkeypatch.setattr(frame_encoder, "encoder_for", lambda choice, **kwargs: interleaved)
    size = (SIZE[0] * height // SIZE[1], height)
    info = SourceInfo("drawn", *size, RATE, 1 / RATE, frames=5)
    with VideoWriter(tmp_path / "out.mp4", info, marks=lambda size, _: (), encoder="hardware") as sink:
        for number in range(5):
            frame = Frame(numbered(number, size), number, number / RATE)
            sink.write(frame, FrameResult(number, frame.time_s, False, (), ()))
    with VideoFile(tmp_path / "out.mp4") as source:
        frames = [frame.image for frame in source]
    assert [number_of(image) for image in frames] == list(range(5))
    assert np.abs(frames[0].astype(int) - numbered(0, size)).mean() < 4


def test_command_reports_missing_hardware_encoder(tmp_path: Path) -> None:
    done = simpsons("play", SAMPLE, "-o", tmp_path / "o.mp4", "--encoder", "hardware", "--duration", 0.2)
    if done.returncode == 0:
        with av.open(str(tmp_path / "o.mp4")) as written:
            assert written.streams.video[0].codec_context.name == "h264"
    else:
        assert_one_error_line(done, "no hardware encoder works", "--encoder")
        assert not list(tmp_path.iterdir())
