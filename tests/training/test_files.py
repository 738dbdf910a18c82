import os
from pathlib import Path

import pytest

from simpsons_play.core.errors import DataError, SinkError
from simpsons_training.figures import new_figure, png
from simpsons_training.files import make_output_folder, write_atomic
from tests.disk import full_disk


def test_links_are_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "disk" / "real.csv", tmp_path / "out.csv"
    target.parent.mkdir()
    link.symlink_to("disk/real.csv")
    for text in ("one", "two"):
        write_atomic(link, text)
        assert link.is_symlink() and target.read_text() == text
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["disk", "out.csv", "real.csv"]


def test_long_file_names_and_devices_are_supported(tmp_path: Path) -> None:
    path = write_atomic(tmp_path / f"{'a' * 250}.html", "words")
    assert path.read_text() == "words" and list(tmp_path.iterdir()) == [path]
    (tmp_path / "null.csv").symlink_to(os.devnull)
    write_atomic(tmp_path / "null.csv", "words")
    assert Path(os.devnull).is_char_device()


def test_write_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"a\.csv cannot be written: file too large"), full_disk(1000):
        write_atomic(tmp_path / "a.csv", "x" * 5000)
    with pytest.raises(SinkError, match="there is no folder"):
        write_atomic(tmp_path / "gone" / "a.csv", "x")
    assert not list(tmp_path.iterdir())


def test_output_into_the_picture_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "characters" / "bart").mkdir(parents=True)
    for output in (tmp_path, tmp_path / "characters" / ".." / "characters"):
        with pytest.raises(DataError, match="is the picture folder; give another output folder"):
            make_output_folder(output, tmp_path)
    make_output_folder(tmp_path / "report", tmp_path)


@pytest.mark.filterwarnings("error")
def test_names_in_figures_may_have_letters_that_the_font_lacks() -> None:
    figure, axes = new_figure()
    axes.set_title("\N{DOUGHNUT} \u8377\u99ac")
    assert png(figure)


def test_figures_do_not_parse_names_as_math() -> None:
    figure, axes = new_figure()
    axes.barh(["$\\frac$", "a$b$c"], [1, 2])
    axes.set_title("$\\x$")
    assert png(figure).startswith(b"\x89PNG")
