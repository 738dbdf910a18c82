"""Predictions as JSON Lines."""

import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region, RunInfo
from simpsons_play.sinks import PredictionsJsonlWriter

INFO = SourceInfo("episode.avi", 576, 432, Fraction(24000, 1001), Fraction(1001, 24000))
RUN = RunInfo(INFO, "four_conv.onnx", "CPUExecutionProvider", ("bart_simpson", "homer_simpson"), 0.55)
LEFT = Region("left", Box(0, 10, 288, 432))
FULL = Region("full", Box(0, 0, 576, 432))
FRAME = Frame(np.zeros((432, 576, 3), np.uint8), 0, Fraction(1001, 24000))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_file_has_the_documented_format(tmp_path: Path) -> None:
    nobody = Prediction(FULL, None, 0.123456, (("homer_simpson", 0.123456), ("bart_simpson", 0.1)))
    top = (("bart_simpson", np.float32(0.97)), ("homer_simpson", 0.00004))  # the second is 0.0 when written
    bart = Prediction(LEFT, "bart_simpson", float(np.float32(0.97)), top)
    result = FrameResult(
        0, 1001 / 24000, True, (nobody, bart), (Caption(LEFT, "bart_simpson", 0.91239),), True
    )
    with PredictionsJsonlWriter(tmp_path / "out.jsonl", RUN) as sink:
        sink.write(FRAME, result)
    assert lines(tmp_path / "out.jsonl") == [
        {
            "type": "header",
            "version": 1,
            "source": "episode.avi",
            "model": "four_conv.onnx",
            "provider": "CPUExecutionProvider",
            "labels": ["bart_simpson", "homer_simpson"],
            "width": 576,
            "height": 432,
            "rate": "24000/1001",
            "threshold": 0.55,
        },
        {
            "type": "frame",
            "index": 0,
            "time_s": 0.041708,
            "cut": True,
            "regions": [
                {
                    "name": "full",
                    "box": [0, 0, 576, 432],
                    "label": None,
                    "probability": 0.1235,
                    "top": [["homer_simpson", 0.1235], ["bart_simpson", 0.1]],
                },
                {
                    "name": "left",
                    "box": [0, 10, 288, 432],
                    "label": "bart_simpson",
                    "probability": 0.97,
                    "top": [["bart_simpson", 0.97]],
                },
            ],
            "captions": [{"region": "left", "label": "bart_simpson", "probability": 0.9124}],
        },
        {"type": "footer", "frames": 1, "seconds": 0.041708, "complete": True, "warnings": []},
    ]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_footer_marks_stopped_runs_as_incomplete(error: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(error), PredictionsJsonlWriter(tmp_path / "out.jsonl", RUN) as sink:
        for number in range(3):
            sink.write(FRAME, FrameResult(number, float(number / INFO.rate), False, (), ()))
        raise error
    footer = lines(tmp_path / "out.partial.jsonl")[-1]
    assert footer == {"type": "footer", "frames": 3, "seconds": 0.125125, "complete": False, "warnings": []}


def test_file_without_frames_is_valid(tmp_path: Path) -> None:
    with PredictionsJsonlWriter(tmp_path / "out.jsonl", RUN):
        pass
    assert [line["type"] for line in lines(tmp_path / "out.jsonl")] == ["header", "footer"]


def test_lines_are_written_immediately(tmp_path: Path) -> None:
    with PredictionsJsonlWriter(tmp_path / "out.jsonl", RUN) as sink:
        sink.write(FRAME, FrameResult(0, 0.0, True, (), ()))
        assert [line["type"] for line in lines(tmp_path / "out.jsonl.part")] == ["header", "frame"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
def test_devices_are_written_to_directly() -> None:
    with pytest.raises(SinkError, match="/dev/full cannot be written: no space left"):
        PredictionsJsonlWriter("/dev/full", RUN).__enter__()
    assert os.path.exists("/dev/full")
    assert not os.path.exists("/dev/full.part")
