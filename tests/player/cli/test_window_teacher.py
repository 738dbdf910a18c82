"""The cast as the window changes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cli.window_teacher import WindowTeacher
from simpsons_play.core.errors import CastError
from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import display_name, use_colours, use_display_names
from simpsons_play.inference.loading import load_classifier, load_model
from simpsons_play.inference.model import Detector
from simpsons_play.window import HeadExample
from tests.strangers import draw_shot

RED_HAIR = Box(242, 99, 386, 302), Box(376, 107, 512, 298), Box(287, 99, 425, 301)
"""The head of the stranger who comes back, in the first, third and last shot."""


@pytest.fixture(scope="module", name="network")
def network_fixture() -> Detector:
    network = load_model(provider="cpu")
    assert isinstance(network, Detector)
    return network


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path) -> Iterator[CastFile]:
    yield CastFile(tmp_path / "cast.json")
    use_display_names({})
    use_colours({})


def head(place: int, *, moved: int = 0) -> HeadExample:
    box = RED_HAIR[place]
    box = Box(box.x_min + moved, box.y_min, box.x_max + moved, box.y_max)
    return HeadExample(draw_shot(2 * place, 6), box, "clip.mp4", 2.0 * place + 0.5)


def test_several_heads_are_taught_in_one_change(network: Detector, file: CastFile) -> None:
    teacher, names = WindowTeacher(file, network), list[tuple[str, ...]]()
    assert teacher.reload() == "" and teacher.usable and teacher.last_change == ""
    with teacher.applied_by(lambda named: names.append(named.labels)):
        assert teacher.teach([head(0), head(1), head(2)], "mr_teeny", display_name="Mr. Teeny")
        assert names == [(*network.labels, "mr_teeny")] == [teacher.labels]
        assert display_name("mr_teeny") == "Mr. Teeny" and teacher.candidates == (*teacher.labels, NOBODY)
        assert teacher.last_change == "Taught Mr. Teeny from 3 pictures"
        assert not teacher.teach([head(0)], "mr_teeny"), "it has this picture already"
        assert teacher.undo() == "Taught Mr. Teeny from 3 pictures" and teacher.last_change == ""
    with pytest.raises(CastError, match="no change to undo"):
        teacher.undo()
    assert names[-1] == network.labels and network.taught is None


def test_a_head_is_found_where_it_is(network: Detector, file: CastFile) -> None:
    """The box that the window shows may be that of a frame before."""
    teacher = WindowTeacher(file, network)
    teacher.teach([head(0)], "otto_mann")
    assert not teacher.teach([head(0, moved=40)], "otto_mann")
    assert len(file.load()["otto_mann"].examples) == 1


def test_a_change_of_another_process_is_not_undone_unseen(network: Detector, file: CastFile) -> None:
    teacher = WindowTeacher(file, network)
    teacher.teach([head(0)], "otto_mann")
    file.update(lambda cast: cast.rename("otto_mann", "Otto"))
    with pytest.raises(CastError, match="another program has changed the cast: Renamed Otto Mann to Otto"):
        teacher.undo()
    assert file.load()["otto_mann"].name == "Otto"
    assert teacher.undo() == "Renamed Otto Mann to Otto"
    file.update(lambda cast: cast.undo())
    with pytest.raises(CastError, match="another program has changed the cast: no change is left"):
        teacher.undo()


def test_changes_of_other_processes_are_read(network: Detector, file: CastFile) -> None:
    teacher = WindowTeacher(file, network)
    teacher.reload()
    WindowTeacher(file, network).teach([head(0)], "otto_mann")
    assert teacher.labels == network.labels
    assert teacher.reload() == "" and teacher.labels == (*network.labels, "otto_mann")
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:100])
    assert "cast.json is not a cast file, or is damaged" in teacher.reload()
    assert not teacher.usable and teacher.labels == network.labels and teacher.reload() == "", "said once"
    with pytest.raises(CastError, match="damaged"):
        teacher.teach([head(0)], "otto_mann")
    assert file.path.read_bytes() == whole[:100]
    file.path.write_bytes(whole)
    assert teacher.reload() == "" and teacher.usable and "otto_mann" in teacher.labels


def test_what_cannot_be_taught_says_why(network: Detector, file: CastFile) -> None:
    for teacher, why in (
        (WindowTeacher(None, network), "No cast is used, as SIMPSONS_CAST is empty"),
        (WindowTeacher(file, load_classifier(provider="cpu")), "This model finds no heads to learn from"),
    ):
        assert teacher.reload() == "" and teacher.unavailable == why and not teacher.last_change
        with pytest.raises(CastError, match=why):
            teacher.teach([head(0)], "otto_mann")
    assert not file.path.exists()
