"""Training of the embedder, from pictures to an .onnx file that the player loads."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import simpsons_training.embedding.train as training
from simpsons_export.embedder import export_embedder, is_embedder
from simpsons_export.files import KERAS, file_kind
from simpsons_export.int8 import embedder as embedder_int8
from simpsons_export.int8 import proof as int8_proof
from simpsons_play.cli.main import main
from simpsons_play.core.errors import DataError, ExportError
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.results import Detections
from simpsons_play.inference.head_crops import example_box, head_views
from simpsons_play.inference.loading import load_embedder
from simpsons_training.dataset import PictureSet
from simpsons_training.embedding.augment import augmented_head
from simpsons_training.embedding.batches import HeadBatches
from simpsons_training.embedding.config import EmbedderConfig
from simpsons_training.embedding.heads import STORED_PX, Heads, find_heads, head_of
from simpsons_training.embedding.train import EmbedderEpoch, set_aside, train_embedder
from simpsons_training.table import Picture
from tests.data import DATA, PICTURES
from tests.training.pictures import write_pictures

CONFIG = EmbedderConfig(
    size_px=32, dimensions=8, steps=4, steps_per_epoch=2, batch_size=12, strangers=2, references=3
)
NAMES = ("homer_simpson", "bart_simpson", "otto_mann")
LABELS = ("bart_simpson", "homer_simpson")


def heads(*, each: int = 12, scenes: int = 4) -> Heads:
    """Noise around a colour of each character's own."""
    random = np.random.default_rng(0)
    crops = random.integers(0, 120, (len(NAMES) * each, STORED_PX, STORED_PX, 3), np.uint8)
    who = [name for name in NAMES for _ in range(each)]
    for crop, name in zip(crops, who, strict=True):
        crop[..., NAMES.index(name)] += 120
    return Heads(
        crops,
        tuple(who),
        tuple(f"{name}-{i % scenes}" for name in NAMES for i in range(each)),
        ("train",) * len(who),
        np.array([name != "otto_mann" for name in who]),
        random.integers(0, 255, (3, STORED_PX, STORED_PX, 3), np.uint8),
        0,
    )


class Watcher:
    def __init__(self) -> None:
        self.epochs: list[EmbedderEpoch] = []
        self.steps = 0

    def on_stage(self, title: str, total: int) -> None:
        pass

    def on_step(self) -> None:
        self.steps += 1

    def on_epoch(self, result: EmbedderEpoch) -> None:
        self.epochs.append(result)


@pytest.fixture(scope="module", name="trained")
def trained_fixture(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Watcher]:
    pictures = PictureSet(LABELS, (Picture(Path("a.jpg"), "otto_mann", False, "s", "train"),), "by scene")
    watcher = Watcher()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "find_heads", lambda pictures, **options: heads())
        path = train_embedder(pictures, tmp_path_factory.mktemp("run") / "a", config=CONFIG, watcher=watcher)
    return path, watcher


def test_training_saves_a_network_that_can_be_exported(trained: tuple[Path, Watcher], tmp_path: Path) -> None:
    path, watcher = trained
    assert watcher.steps == 4 and [epoch.epoch for epoch in watcher.epochs] == [1, 2]
    assert all(np.isfinite(epoch.loss) for epoch in watcher.epochs)
    assert file_kind(path) == KERAS and is_embedder(path)
    result = export_embedder(path, tmp_path / "e.onnx")
    assert result.max_difference < 1e-4 and result.pictures > 10
    embedder = load_embedder(tmp_path / "e.onnx", provider="cpu")
    assert (embedder.dimensions, embedder.card.size_px) == (8 + 112 + 80, 32), "three layers are joined"
    assert re.fullmatch(r"embedder-[0-9a-f]{8}", embedder.id), "its embeddings are no other network's"
    assert embedder.card.labels == tuple(sorted(NAMES))
    assert set(embedder.card.reference_labels) == {*LABELS, NOBODY}, "others are not in the way of a cast"
    assert np.linalg.norm(embedder.references, axis=1) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("steps", "taken"), [(1, 1), (3, 4), (5, 6)])
def test_few_steps_are_a_short_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, taken: int
) -> None:
    """Not an epoch of the usual length, beyond the steps that were asked for."""
    monkeypatch.setattr(training, "find_heads", lambda pictures, **options: heads())
    lengths: list[int] = []
    monkeypatch.setattr(
        training.keras.Model,
        "fit",
        lambda model, batches, **options: lengths.append(options["epochs"] * len(batches)),
    )
    config = dataclasses.replace(CONFIG, steps=steps)
    train_embedder(PictureSet(LABELS, (), "by scene"), tmp_path / "a", config=config, watcher=Watcher())
    assert lengths == [taken]


def test_held_out_characters_are_given_by_name(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path, each=4)
    done = CliRunner().invoke(main, ["train-embedder", str(folder), "--hold-out", "Bart Simson"])
    assert (
        done.exit_code == 2
        and "there are no pictures of Bart Simson; did you mean bart_simpson?" in done.stderr
    )


def test_a_wrong_export_is_not_written(
    trained: tuple[Path, Watcher], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ExportError, match="differs from its source"):
        export_embedder(trained[0], tmp_path / "e.onnx", tolerance=-1)
    assert list(tmp_path.iterdir()) == []


def test_the_command_exports_embedders(trained: tuple[Path, Watcher], tmp_path: Path) -> None:
    out = tmp_path / "e.onnx"
    result = CliRunner().invoke(main, ["export", str(trained[0]), "-o", str(out)])
    assert result.exit_code == 0 and "max |difference| of embeddings" in result.output
    result = CliRunner().invoke(main, ["export", str(trained[0]), "-o", str(out), "--labels", "a,b"])
    assert result.exit_code == 2 and "is an embedder" in result.output


@pytest.fixture(name="labelled")
def labelled_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pictures with characters, in which the heads of `heads` are found."""
    monkeypatch.setattr(embedder_int8, "find_heads", lambda pictures: heads())
    folder = tmp_path / "pictures"
    folder.mkdir()
    return write_pictures(folder, each=4)


def test_an_embedder_in_eight_bits_tells_the_same_heads_apart(
    trained: tuple[Path, Watcher], tmp_path: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8_proof, "MAX_LOSS", 1.0)
    exact = export_embedder(trained[0], tmp_path / "e.onnx", pictures=labelled)
    result = export_embedder(trained[0], tmp_path / "e.int8.onnx", pictures=labelled, int8=True)
    assert exact.int8_proof is None and result.int8_proof is not None
    assert result.int8_proof.pictures == 36 and result.int8_proof.rows[0][0] == "nearest reference"
    assert result.size_bytes < 0.6 * exact.size_bytes
    one, other = (load_embedder(export.path, provider="cpu") for export in (exact, result))
    assert one.id == other.id, "a cast can be used with both"
    assert (one.references == other.references).all()
    views = head_views(heads().crops[0], example_box(heads().crops[0]), 32)
    assert (one.embed_views(views) * other.embed_views(views)).sum(axis=1) == pytest.approx(1, abs=0.05)


def test_an_embedder_that_is_worse_in_eight_bits_is_not_written(
    trained: tuple[Path, Watcher], tmp_path: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8_proof, "MAX_LOSS", -2.0)
    with pytest.raises(ExportError, match=r"in eight bits, the character is named in .* nothing was written"):
        export_embedder(trained[0], tmp_path / "e.onnx", pictures=labelled, int8=True)
    assert not list(tmp_path.glob("*.onnx*"))


def test_heads_of_one_character_are_asked_in_pairs_from_scenes_in_use() -> None:
    found, config = heads(), dataclasses.replace(CONFIG, strangers=0)
    batches = HeadBatches(found, NAMES, config, without={"otto_mann-0"})
    (crops, targets), (again, _) = batches[0], batches[0]
    assert crops.shape == (12, 32, 32, 3) and crops.dtype == np.uint8 and (crops == again).all()
    who = targets["cosines"]
    assert (who[::2] == who[1::2]).all() and set(who) <= {0, 1, 2}
    batches.start_epoch(1)
    assert not (batches[0][0] == crops).all()
    used = {int(i) for scene in batches._by_scene[2] for i in scene}
    assert {found.scenes[i] for i in used} == {"otto_mann-1", "otto_mann-2", "otto_mann-3"}


def test_strangers_match_only_their_own_variant() -> None:
    _, targets = HeadBatches(heads(), NAMES, CONFIG, without=())[0]
    assert targets["embeddings"][-4:].tolist() == [-1, -1, -2, -2]


def test_whitening_makes_directions_count_by_what_they_tell() -> None:
    random = np.random.default_rng(0)
    centres = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    labels = ["a", "b"] * 200
    rows = centres[[0, 1] * 200] + random.normal(size=(400, 3)) * [0.01, 0.01, 0.5]
    matrix = training.whitening(rows.astype(np.float32), labels)
    assert np.allclose(matrix, matrix.T, atol=1e-5)
    spread = np.std((rows - centres[[0, 1] * 200]) @ matrix, axis=0)
    assert spread[2] == pytest.approx(1, abs=0.25) and (spread[:2] < 0.2).all()
    apart = np.linalg.norm((centres[0] - centres[1]) @ matrix)
    assert apart > 5


def test_references_are_of_whole_scenes_of_known_characters() -> None:
    found = heads(each=40, scenes=20)
    aside = set_aside(found, CONFIG)
    assert {found.characters[i] for i in aside} == set(LABELS) and len(set(aside.tolist())) == len(aside)
    scenes = {found.scenes[i] for i in aside}
    left = {s for s in found.scenes if s not in scenes}
    assert all(sum(s.startswith(name) for s in left) >= 10 for name in LABELS)


def test_the_head_of_a_character_is_found_among_others() -> None:
    boxes = np.array([[0, 0, 10, 10], [20, 0, 60, 40], [70, 0, 90, 20]], np.float32)
    rows = np.array([[0.9, 0.0], [0.0, 0.95], [0.1, 0.2]], np.float32)
    seen = Detections(boxes, np.full(3, 0.9, np.float32), rows)
    assert [head_of(name, seen, LABELS) for name in NAMES] == [1, 0, 2]
    unsure = Detections(boxes, seen.scores, np.full((3, 2), 0.1, np.float32))
    assert head_of("homer_simpson", unsure, LABELS) is None and head_of("otto_mann", unsure, LABELS) == 1
    empty = Detections(boxes[:0], seen.scores[:0], rows[:0])
    assert head_of("otto_mann", empty, LABELS) is None


def test_variants_of_a_head_differ_but_show_it() -> None:
    crop, random = heads().crops[0], np.random.default_rng(1)
    variants = [augmented_head(crop, 32, random) for _ in range(60)]
    assert {(v.shape, v.dtype.name) for v in variants} == {((32, 32, 3), "uint8")}
    strongest = np.bincount([int(v.mean(axis=(0, 1)).argmax()) for v in variants], minlength=3)
    assert strongest[0] > 50 and len({v.tobytes() for v in variants}) == 60


def test_too_few_characters_are_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = dataclasses.replace(heads(), characters=("otto_mann",) * 36)
    monkeypatch.setattr(training, "find_heads", lambda pictures, **options: one)
    pictures = PictureSet(LABELS, (), "by scene")
    with pytest.raises(DataError, match="heads of 1 characters were found"):
        train_embedder(pictures, tmp_path / "a", config=CONFIG, watcher=Watcher())


@pytest.mark.skipif(not PICTURES.is_file(), reason="needs pictures of the show")
def test_heads_are_found_in_real_pictures() -> None:
    files = sorted((DATA / "others" / "otto_mann").iterdir())[:6]
    pictures = [Picture(file, "otto_mann", False, file.name, "train") for file in files]
    found = find_heads(pictures)
    assert len(found.characters) + found.without == 6 and len(found.characters) >= 5
    assert found.crops.shape[1:] == (STORED_PX, STORED_PX, 3) and not found.known.any()
