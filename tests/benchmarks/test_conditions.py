"""What every benchmark prints: the machine and a table."""

from __future__ import annotations

import pytest

from tests.benchmarks.conditions import conditions, processor, spread, table


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("fpu avx2 avx512f avx512_vnni", "Some CPU (VNNI, no AMX; avx2, avx512f, avx512_vnni)"),
        ("avx2 avx_vnni amx_int8", "Some CPU (VNNI, AMX; avx2, avx_vnni, amx_int8)"),
        ("fpu sse2", "Some CPU (no VNNI, no AMX; none of avx2, avx_vnni, avx512f, avx512_vnni, "),
    ],
)
def test_processor_says_what_it_can_do(flags: str, says: str) -> None:
    assert processor(f"model name\t: Some CPU\nflags\t\t: {flags}\n").startswith(says)


def test_a_system_without_cpuinfo_says_that_extensions_are_unknown() -> None:
    assert processor("").endswith(", extensions unknown")


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
