"""The examples in the docstrings of sources."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from simpsons_play import sources
from simpsons_play.core import assets
from simpsons_play.sources import demux, file_type, sound, tone_map, video


@pytest.mark.parametrize(
    "module", [assets, sources, demux, file_type, sound, tone_map, video], ids=lambda module: module.__name__
)
def test_examples_are_right(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted and not result.failed
