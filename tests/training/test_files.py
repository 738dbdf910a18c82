from pathlib import Path

from simpsons_training.files import write_whole


def test_what_a_link_leads_to_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "disk" / "real.csv", tmp_path / "out.csv"
    target.parent.mkdir()
    link.symlink_to("disk/real.csv")
    for text in ("one", "two"):
        write_whole(link, text)
        assert link.is_symlink() and target.read_text() == text
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["disk", "out.csv", "real.csv"]
