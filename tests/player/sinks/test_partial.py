"""Output files under temporary names: symbolic links stay and are not truncated."""

from pathlib import Path

import pytest

from simpsons_play.core.errors import SinkError
from simpsons_play.sinks.partial import PartialFile, partial_name
from tests.commands import SAMPLE, assert_one_error_line, simpsons


def written(path: Path, text: str, *, complete: bool = True) -> None:
    file = PartialFile(path)
    file.create()
    file.write_text(text)
    file.commit(complete=complete)


@pytest.mark.parametrize("there", [True, False])
def test_symbolic_links_are_followed(tmp_path: Path, there: bool) -> None:
    target, link, far = tmp_path / "disk" / "real.srt", tmp_path / "out.srt", tmp_path / "far.srt"
    target.parent.mkdir()
    if there:
        target.write_text("old")
    link.symlink_to("disk/real.srt")
    far.symlink_to("out.srt")
    for name in (link, far):
        written(name, f"new {name}")
        assert target.read_text() == f"new {name}" and not target.is_symlink()
        assert link.is_symlink() and far.is_symlink()
    written(link, "part", complete=False)
    assert partial_name(target).read_text() == "part" and target.read_text() == f"new {far}"
    assert {path.name for path in tmp_path.rglob("*")} == {
        *("disk", "real.srt", "real.partial.srt", "out.srt", "far.srt")
    }


def test_dangling_links_and_loops_are_one_line_errors(tmp_path: Path) -> None:
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.symlink_to(other)
    other.symlink_to(one)
    with pytest.raises(SinkError, match="leads to itself"):
        PartialFile(one)
    lost = tmp_path / "lost.csv"
    lost.symlink_to("gone/x.csv")
    with pytest.raises(SinkError, match=r"there is no folder .*gone; create it first"):
        PartialFile(lost).create()
    assert_one_error_line(simpsons("play", SAMPLE, "--predictions", one), "leads to itself")


def test_link_under_the_temporary_name_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "out.srt.part").symlink_to(precious)
    written(tmp_path / "out.srt", "new")
    assert precious.read_text() == "mine" and (tmp_path / "out.srt").read_text() == "new"


def test_video_and_report_follow_symbolic_links(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out.mp4").symlink_to("disk/real.mp4")
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "totals.csv").symlink_to("../disk/totals")
    done = simpsons("play", SAMPLE, "--duration", 1, "-o", tmp_path / "out.mp4", "--report", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mp4").is_symlink() and (tmp_path / "r" / "totals.csv").is_symlink()
    assert (tmp_path / "disk" / "real.mp4").stat().st_size > 1000
    assert (tmp_path / "disk" / "totals").read_text().startswith("label,")
    assert f"{tmp_path}/out.mp4" in done.stderr
