"""What every benchmark prints: the machine and a table."""

from __future__ import annotations

import pytest

from simpsons_play.core.resources import Processor
from tests.benchmarks.conditions import conditions, processor_line, spread, table


@pytest.mark.parametrize(
    ("features", "says"),
    [
        (("avx2", "avx512f", "avx512_vnni"), "(VNNI, no AMX; avx2, avx512f, avx512_vnni)"),
        (("avx2", "avx_vnni", "amx_int8"), "(VNNI, AMX; avx2, avx_vnni, amx_int8)"),
        ((), "(no VNNI, no AMX; none of avx2, avx_vnni, avx512f, avx512_vnni, amx_int8, asimddp, i8mm)"),
    ],
)
def test_processor_line_says_what_it_can_do(features: tuple[str, ...], says: str) -> None:
    assert processor_line(Processor("Some CPU", 2, features)) == f"Some CPU, 2 cores {says}"


def test_extensions_may_be_unknown() -> None:
    assert processor_line(Processor("Some CPU", 2, None)) == "Some CPU, 2 cores, extensions unknown"


def test_conditions_name_a_package_that_is_missing() -> None:
    assert "no-such-package not installed" in conditions("no-such-package")[1]


def test_markdown_table_keeps_a_bar_inside_a_cell() -> None:
    text = table(("what", "fps"), [("a|b", "7")], markdown=True)
    assert text == "| what | fps |\n| --- | --- |\n| a\\|b | 7 |"


def test_text_table_aligns_numbers_at_the_right() -> None:
    text = table(("what", "fps"), [("ours", "100"), ("theirs", "7")], markdown=False)
    assert text.splitlines() == ["what    fps", "ours    100", "theirs    7"]


def test_spread_is_the_median_and_the_range() -> None:
    assert spread([3, 1, 2]) == "2.0 (1.0 to 3.0)"
    assert spread([1234.5], 0) == "1,234"
    assert spread([]) == "-"
