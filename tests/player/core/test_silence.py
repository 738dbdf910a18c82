"""Libraries are loaded without their messages, and log to the right stream afterwards."""

from __future__ import annotations

import logging
import sys

import pytest

from simpsons_play.core.silence import captured_output


def test_what_is_written_in_the_block_is_captured(capsys: pytest.CaptureFixture[str]) -> None:
    with captured_output() as captured:
        sys.stdout.write("out\n")
        sys.stderr.write("err\n")
        assert captured() == "out\nerr\n"
    assert capsys.readouterr() == ("", "")


def test_a_log_handler_that_is_created_in_the_block_logs_to_the_real_stream(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with captured_output() as captured:
        handlers = logging.StreamHandler(), logging.StreamHandler(sys.stdout)
        handlers[0].emit(logging.makeLogRecord({"msg": "while loading"}))
        assert captured() == "while loading\n"
    for handler, text in zip(handlers, ("a warning", "a line"), strict=True):
        handler.emit(logging.makeLogRecord({"msg": text}))
    assert capsys.readouterr() == ("a line\n", "a warning\n")


def test_blocks_can_be_nested(capsys: pytest.CaptureFixture[str]) -> None:
    with captured_output() as outer:
        with captured_output() as inner:
            handler = logging.StreamHandler()
            sys.stdout.write("inner\n")
            assert inner() == "inner\n"
        handler.emit(logging.makeLogRecord({"msg": "outer"}))
        assert outer() == "outer\n"
    handler.emit(logging.makeLogRecord({"msg": "after"}))
    assert capsys.readouterr() == ("", "after\n")


def test_the_streams_are_restored_after_an_error() -> None:
    streams = sys.stdout, sys.stderr
    with pytest.raises(KeyboardInterrupt), captured_output():
        raise KeyboardInterrupt
    assert (sys.stdout, sys.stderr) == streams
