"""Files that are replaced in one step."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.core.atomic_file import atomic_file, target_of
from simpsons_play.core.errors import SinkError


def test_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path, part = tmp_path / "a.txt", tmp_path / "a.part"
    path.write_text("old")
    with atomic_file(path, temporary=part) as temporary:
        assert temporary == part
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_error_keeps_the_old_file_and_removes_the_temporary_one(
    error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), atomic_file(path, temporary=tmp_path / "a.part") as temporary:
        temporary.write_text("new")
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_link_under_the_temporary_name_is_replaced(tmp_path: Path) -> None:
    precious, part = tmp_path / "precious", tmp_path / "a.part"
    precious.write_text("mine")
    part.symlink_to(precious)
    with atomic_file(tmp_path / "a.txt", temporary=part) as temporary:
        temporary.write_text("new")
    assert precious.read_text() == "mine"
    assert (tmp_path / "a.txt").read_text() == "new" and not (tmp_path / "a.txt").is_symlink()


def test_targets_of_links_need_not_exist(tmp_path: Path) -> None:
    link, loop = tmp_path / "link", tmp_path / "loop"
    link.symlink_to("missing")
    loop.symlink_to("loop")
    assert target_of(link) == tmp_path / "missing" and target_of(tmp_path / "a") == tmp_path / "a"
    with pytest.raises(SinkError, match="leads to itself"):
        target_of(loop)


def test_permissions_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.touch()
    path.chmod(0o660)
    with atomic_file(path, temporary=tmp_path / "a.part") as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new" and path.stat().st_mode & 0o777 == 0o660


def test_a_write_protected_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr("os.access", lambda name, mode: False)  # as for users other than root
    with pytest.raises(PermissionError, match="it is write-protected"):
        with atomic_file(path, temporary=tmp_path / "a.part") as temporary:
            temporary.write_text("new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
