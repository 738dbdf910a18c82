"""The examples in the docstrings of sources."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from simpsons_play import sources
from simpsons_play.sources import demux, file_type, sound, tone_map, video
from tests.commands import SAMPLE


@pytest.mark.parametrize(
    "module", [sources, demux, file_type, sound, tone_map, video], ids=lambda module: module.__name__
)
def test_examples_are_right(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SAMPLE.parent.parent)
    result = doctest.testmod(module)
    assert result.attempted and not result.failed
