"""The public API for training, and the progress that notebooks show."""

from __future__ import annotations

import dataclasses
import doctest
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simpsons_training as st
from simpsons_training import notebook
from simpsons_training.progress import counted_steps, measured_steps, training_watcher
from simpsons_training.storage import EpochResult
from tests.commands import environment
from tests.training.drawn import write_drawings
from tests.training.pictures import write_pictures

DOCS = Path(__file__).parents[2] / "docs" / "api-training.md"
EPOCH = EpochResult(1, 0.5, 0.4, 0.9, 0.8, 0.001, 3.0, 0.7)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (root := tmp_path_factory.mktemp("drawn") / "PICTURES").mkdir()
    return write_drawings(root, each=16)


@pytest.mark.slow
def test_the_examples_in_the_docs_give_what_they_show(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(DOCS), module_relative=False, optionflags=options)
    assert failed == 0 and tried > 20


def test_every_public_name_is_documented_and_can_be_imported() -> None:
    page = DOCS.read_text("utf-8")
    for name in st.__all__:
        assert getattr(st, name) is not None
        assert name in page, f"docs/api-training.md does not mention {name}"
    assert dir(st) == st.__all__
    with pytest.raises(AttributeError, match="has no attribute 'fit'"):
        st.fit  # type: ignore[attr-defined]  # noqa: B018


def test_importing_it_loads_nothing_heavy_and_reading_no_keras(folder: Path) -> None:
    code = f"""
import sys
import simpsons_training as st
print([m for m in ("numpy", "cv2", "keras", "tensorflow", "rich") if m in sys.modules])
st.read_pictures({str(folder)!r})
print([m for m in ("keras", "tensorflow", "PySide6") if m in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env=environment()
    )
    assert (done.stdout.splitlines(), done.stderr) == (["[]", "[]"], "")


def test_pictures_that_cannot_be_read_are_left_out_with_a_warning(tmp_path: Path) -> None:
    root = write_pictures(tmp_path, each=3)
    (root / "bart_simpson" / "broken.png").write_bytes(b"no picture")
    with pytest.warns(st.SimpsonsWarning, match=r"1 of 7 pictures cannot be read .*broken\.png"):
        pictures = st.read_pictures(root, progress=False)
    assert len(pictures.to_pandas()) == 6


def test_an_inspection_warns_of_what_cannot_be_used(tmp_path: Path) -> None:
    root = write_pictures(tmp_path, each=3)
    (root / "bart_simpson" / "broken.png").write_bytes(b"no picture")
    (root / "krusty_the_clown").mkdir()
    shutil.copy(next((root / "bart_simpson").glob("*[0-9].png")), root / "krusty_the_clown" / "one.png")
    with pytest.warns(st.SimpsonsWarning) as warned:
        study = st.inspect_pictures(root, progress=False)
    messages = [str(warning.message) for warning in warned]
    assert any(re.match(r"1 of 8 pictures cannot be read .*broken\.png", text) for text in messages)
    assert any("too few pictures to" in text and "krusty_the_clown (1)" in text for text in messages)
    assert {warning.filename for warning in warned} == {__file__}
    assert [path.name for path in study.pictures.unreadable] == ["broken.png"]


def test_an_inspection_of_a_picture_set_keeps_its_split(folder: Path) -> None:
    pictures = st.read_pictures(folder, split="random", seed=5, progress=False)
    study = st.inspect_pictures(pictures, progress=False)
    assert study.pictures.pictures == pictures.pictures
    assert (study.pictures.record, study.pictures.how_split) == (pictures.record, pictures.how_split)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*near duplicate:simpsons_play.core.errors.SimpsonsWarning")
def test_pictures_and_networks_can_be_given_in_several_ways(folder: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"preset": "article-four-conv", "size_px": 32, "epochs": 1, "progress": False}
    run = st.train([folder], tmp_path / "run", seed=3, **options)
    pictures = st.read_pictures(folder, seed=3, progress=False)
    expected = run.epochs[-1].val_accuracy
    networks = run, run.folder, run.folder.path, str(run.folder.last)
    for network in networks:
        evaluation = st.evaluate(network, pictures, output=tmp_path / "report", progress=False)
        assert evaluation.accuracy == st.evaluate(network, folder, progress=False).accuracy == expected
    more = st.train(folder, tmp_path / "more", start_from=run, epochs=1, progress=False)
    assert more.folder.last.is_file()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*near duplicate:simpsons_play.core.errors.SimpsonsWarning")
def test_a_given_split_is_kept_and_one_that_is_not_that_of_the_training_warns(
    tmp_path: Path,
) -> None:
    root = write_pictures(tmp_path, each=6)
    options: dict[str, Any] = {"split": "random", "val_share": 0.5, "progress": False}
    pictures, other = (st.read_pictures(root, seed=seed, **options) for seed in (1, 2))
    run = st.train(
        pictures, tmp_path / "run", preset="article-four-conv", size_px=32, epochs=1, progress=False
    )
    evaluation = st.evaluate(run, pictures, backgrounds=False, progress=False)
    assert {p.path for p in evaluation.predictions.pictures} == {
        p.path for p in pictures.pictures if p.split == "val"
    }
    with pytest.warns(st.SimpsonsWarning, match="was trained with another split of these pictures"):
        evaluation = st.evaluate(run, other, backgrounds=False, progress=False)
    assert {p.path for p in evaluation.predictions.pictures} == {
        p.path for p in other.pictures if p.split == "val"
    }
    with pytest.raises(ValueError, match="a PictureSet is split already"):
        st.evaluate(run, pictures, split="random")
    with pytest.raises(st.DataError, match=r"already contains a run; add resume=True to continue it"):
        st.train(pictures, tmp_path / "run")
    with pytest.warns(st.SimpsonsWarning, match="was trained with seed 1, not seed 2"):
        st.evaluate(run, root, seed=2, progress=False)


def test_other_objects_are_refused_in_one_line(folder: Path, tmp_path: Path) -> None:
    pictures = st.read_pictures(folder, progress=False)
    study: Any = st.DatasetStudy(None)  # type: ignore[arg-type]
    pictures_or = "expected folders of pictures, or one PictureSet alone, not "
    with pytest.raises(TypeError, match=f"{pictures_or}DatasetStudy"):
        st.train(study)
    with pytest.raises(TypeError, match=f"{pictures_or}PictureSet"):
        st.inspect_pictures(pictures, folder)
    with pytest.raises(TypeError, match="expected folders of pictures, not PictureSet"):
        st.read_pictures(pictures)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a run folder or a TrainResult, not PictureSet"):
        st.evaluate(pictures, folder)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="give at least one folder"):
        st.read_pictures()


@pytest.mark.slow
def test_networks_can_be_evaluated_one_after_the_other_without_messages(folder: Path, tmp_path: Path) -> None:
    code = f"""
import logging
import simpsons_training as st
pictures = st.read_pictures({str(folder)!r}, progress=False)
run = st.train(pictures, "run", preset="article-four-conv", size_px=32, epochs=1, progress=False)
for _ in range(5):
    st.evaluate(run.folder.last, {str(folder)!r}, progress=False)
logging.getLogger("tensorflow").warning("another warning")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), cwd=tmp_path
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
    assert done.stderr == "WARNING:tensorflow:another warning\n"


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What a notebook shows: the successive contents of each output, as plain text."""
    outputs: list[list[str]] = []

    class Handle:
        def __init__(self, content: dict[str, str]) -> None:
            self.texts = [content["text/plain"]]
            outputs.append(self.texts)

        def update(self, content: dict[str, str], *, raw: bool) -> None:
            self.texts.append(content["text/plain"])

    def display(content: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        assert raw and display_id
        return Handle(content)

    ipython: Any = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    monkeypatch.setattr(notebook, "_INTERVAL_S", 0.0)
    return outputs


def test_a_notebook_shows_a_bar_that_disappears(cell: list[list[str]]) -> None:
    with counted_steps(True, "Evaluating", 2, unit="pictures") as step:
        step()
        step()
    bar = ["Evaluating: 0 of 2 pictures", "Evaluating: 1 of 2 pictures", "Evaluating: 2 of 2 pictures", ""]
    assert cell == [bar]


def test_a_notebook_shows_a_table_of_epochs_that_stays(cell: list[list[str]]) -> None:
    with training_watcher(True, 1) as watcher:
        assert watcher is not None
        watcher.on_picture()
        watcher.on_begin(0, 2, 2)
        watcher.on_step(1, 1, 0.5)
        watcher.on_epoch(EPOCH, is_best=True)
    (texts,) = cell
    assert texts[:3] == ["Reading pictures: 1", "Epoch 1 of 2", "Epoch 1 of 2, loss 0.500"]
    assert texts[-1].splitlines()[1].split() == [
        "1",
        "0.5000",
        "0.7000",
        "0.4000",
        "0.9000",
        "0.8000",
        "3",
        "best",
    ]


def test_a_script_without_a_terminal_shows_no_bar(capfd: pytest.CaptureFixture[str]) -> None:
    with counted_steps(True, "Evaluating", 2, unit="pictures") as step:
        step()
    with training_watcher(False, 1) as watcher:
        assert watcher is None
    assert capfd.readouterr() == ("", "")


def test_a_function_receives_the_progress() -> None:
    seen: list[tuple[str, float, float | None]] = []

    def progress(title: str, done: float, total: float | None) -> None:
        seen.append((title, done, total))

    with measured_steps(progress, "Training", 3, unit="epochs") as show:
        show(0.5)
    with training_watcher(progress, 1) as watcher:
        assert watcher is not None
        watcher.on_picture()
        watcher.on_begin(0, 2, 4)
        watcher.on_step(1, 1, 0.5)
        watcher.on_epoch(EPOCH, is_best=False)
    assert seen == [
        ("Training", 0.5, 3),
        ("Reading pictures", 1, 1),
        ("Training", 0, 2),
        ("Training", 0.25, 2),
        ("Training", 1, 2),
    ]


@pytest.mark.slow
def test_a_training_that_is_stopped_gives_its_epochs_and_a_warning(folder: Path, tmp_path: Path) -> None:
    def stop(title: str, done: float, total: float | None) -> None:
        if title == "Training" and done > 1:
            raise KeyboardInterrupt

    pictures, options = st.read_pictures(folder), {"preset": "article-four-conv", "size_px": 32, "epochs": 2}
    with pytest.warns(st.SimpsonsWarning, match="stopped after epoch 1 of 2; resume=True continues"):
        run = st.train(pictures, tmp_path / "run", progress=stop, **options)
    assert run.interrupted and run.folder.best.is_file() and len(run.to_pandas()) == 1
    assert "1 epoch, stopped" in repr(run)
    whole = st.train(pictures, tmp_path / "run", progress=False, resume=True, **options)
    assert not whole.interrupted and whole.to_pandas()["epoch"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"preset": "resnet"}, "preset resnet is none of article-four-conv"),
        ({"activation": "elu"}, "activation applies to the article's networks"),
        ({"preset": "article-four-conv", "activation": "tanh"}, "activation tanh is none of relu, elu"),
        ({"precision": "float16"}, "precision float16 is none of float32, bfloat16"),
        ({"size_px": 16}, "size_px 16 is not between 32 and 512"),
        ({"epochs": 0}, "epochs 0 is not above 0"),
        ({"learning_rate": float("nan")}, "learning_rate nan is not above 0"),
    ],
)
def test_arguments_that_are_no_choice_are_refused_before_anything_is_written(
    options: dict[str, Any], words: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        st.train(st.read_pictures(folder), tmp_path / "run", **options)
    assert list(tmp_path.iterdir()) == []


def test_numbers_may_be_those_of_numpy(folder: Path, tmp_path: Path) -> None:
    pictures = st.read_pictures(folder, seed=np.int64(1), val_share=np.float32(0.5), progress=False)
    sizes = {"epochs": np.int64(1), "size_px": np.int32(32), "batch_size": np.int64(8)}
    options = {"preset": "article-four-conv", "learning_rate": np.float32(0.001), "drawings": np.int64(0)}
    run = st.train(pictures, tmp_path / "run", seed=np.uint8(3), progress=False, **sizes, **options)
    evaluation = st.evaluate(run, pictures, threshold=np.float32(0.5), progress=False)
    assert evaluation.accuracy == run.epochs[-1].val_accuracy


@pytest.mark.parametrize(
    ("function", "options", "words"),
    [
        ("train", {"epochs": "8"}, "epochs '8' is not an integer"),
        ("train", {"epochs": 2.0}, "epochs 2.0 is not an integer"),
        ("train", {"learning_rate": "0.1"}, "learning_rate '0.1' is not a number"),
        ("read_pictures", {"val_share": "0.1"}, "val_share '0.1' is not a number"),
        ("inspect_pictures", {"size_px": 32.5}, "size_px 32.5 is not an integer"),
        ("inspect_pictures", {"seed": "1"}, "seed '1' is not an integer"),
    ],
)
def test_what_is_no_number_is_named(function: str, options: dict[str, Any], words: str, folder: Path) -> None:
    with pytest.raises(TypeError, match=re.escape(words)):
        getattr(st, function)(folder, **options)


@pytest.mark.parametrize(
    ("function", "options", "words"),
    [
        ("read_pictures", {"split": "scene"}, "split scene is none of given, scenes, random"),
        ("read_pictures", {"val_share": 1.0}, "val_share 1.0 is not between 0 and 1"),
        ("read_pictures", {"seed": -1}, "seed -1 is not at least 0"),
        ("inspect_pictures", {"folds": 1}, "folds 1 is not at least 2"),
        ("inspect_pictures", {"epochs": 0}, "epochs 0 is not at least 1"),
        ("inspect_pictures", {"size_px": 8}, "size_px 8 is not between 32 and 512"),
        ("evaluate", {"part": "test"}, "part test is none of val, train, all"),
        ("evaluate", {"split": "scene"}, "split scene is none of"),
        ("evaluate", {"threshold": 60}, "threshold 60 is not between 0 and 1"),
    ],
)
def test_values_that_are_out_of_range_are_refused(
    function: str, options: dict[str, Any], words: str, folder: Path
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        getattr(st, function)(folder, **options)


def test_pictures_that_no_network_can_learn_from_are_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "characters" / "bart_simpson", tmp_path / "one" / "bart_simpson")
    one = st.inspect_pictures(tmp_path / "one", progress=False).pictures
    with pytest.raises(st.DataError, match=r"of 1 character, but at least two .* with start_from"):
        st.train(one, tmp_path / "run")
    pictures = st.read_pictures(folder, progress=False)
    train = tuple(picture for picture in pictures.pictures if picture.split == "train")
    with pytest.raises(st.DataError, match="no readable pictures of known characters in the split 'val'"):
        st.train(dataclasses.replace(pictures, pictures=train), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_missing_network_is_an_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(st.ModelError, match="is not a file"):
        st.evaluate(tmp_path / "gone.keras", folder)
    with pytest.raises(st.DataError, match=r"^start_from .*gone\.keras: no such file"):
        st.train(st.read_pictures(folder), tmp_path / "run", start_from=tmp_path / "gone.keras")
