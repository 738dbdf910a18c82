"""Models with external weights."""

import hashlib
import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from simpsons_play.core.errors import ModelError
from simpsons_play.inference import onnx_file
from simpsons_play.inference.loading import load_classifier, load_model
from simpsons_play.inference.onnx_file import model_files, model_sha256, weights_files
from tests.commands import SAMPLE, assert_one_error_line, simpsons
from tests.fakes import COLOURS, LABELS, flat, write_colour_model, write_model_with_data


def test_weights_are_read_from_the_folder_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    path = write_model_with_data(tmp_path / "models" / "m.onnx", tmp_path / "models" / "w.data")
    (tmp_path / "w.data").write_bytes(b"\x00\x00\x00\x00")  # of another model, in the working directory
    monkeypatch.chdir(tmp_path)
    for name in (path, Path("models/m.onnx")):
        classifier = load_classifier(name, provider="cpu")
        pictures = np.stack([flat(COLOURS[label], width=16, height=16) for label in LABELS])
        assert classifier.classify(pictures).diagonal().min() > 0.99
    monkeypatch.chdir(tmp_path / "models")
    assert load_classifier(Path("m.onnx"), provider="cpu").card.network == "colours"
    assert model_files(path) == (path, path.with_name("w.data"))


@pytest.mark.parametrize("location", ["../w.data", "{}/w.data", "sub/../../w.data", "..\\w.data"])
def test_weights_in_other_folders_are_refused(tmp_path: Path, location: str) -> None:
    (tmp_path / "models").mkdir()
    location = location.format(tmp_path)
    path = write_model_with_data(tmp_path / "models" / "m.onnx", tmp_path / "w.data", location=location)
    with pytest.raises(ModelError, match="outside its own folder") as caught:
        load_classifier(path, provider="cpu")
    assert "\n" not in str(caught.value)


def test_links_out_of_the_folder_are_refused_unless_the_model_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "models").mkdir()
    write_model_with_data(tmp_path / "blobs" / "1", tmp_path / "blobs" / "2", location="w.data")
    link = tmp_path / "models" / "m.onnx"
    (tmp_path / "models" / "w.data").symlink_to("../blobs/2")
    link.write_bytes((tmp_path / "blobs" / "1").read_bytes())
    with pytest.raises(ModelError, match="outside its own folder"):
        model_files(link)
    link.unlink()
    link.symlink_to("../blobs/1")
    assert model_files(link) == (link, link.with_name("w.data"))


def test_missing_weights_are_one_line(tmp_path: Path) -> None:
    path = write_model_with_data(tmp_path / "m.onnx", tmp_path / "w.data")
    (tmp_path / "w.data").unlink()
    done = simpsons("play", SAMPLE, "--model", path, "--no-window")
    assert_one_error_line(done, "m.onnx stores weights in 'w.data', which is missing")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("", "in a file without a name; export it again"),
        (".", "in '.', which is not a file"),
        ("pipe", "in 'pipe', which is not a file"),
        ("huge", "in 'huge', which is larger than 16 GiB"),
    ],
)
def test_weights_that_are_not_regular_files_are_refused(location: str, why: str, tmp_path: Path) -> None:
    path = write_model_with_data(tmp_path / "m.onnx", tmp_path / "w.data", location="?")
    model = onnx.load(path, load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        entry.value = location if entry.key == "location" else entry.value
    path.write_bytes(model.SerializeToString())
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(1 << 40)
    with pytest.raises(ModelError, match=why) as caught:
        model_files(path)
    assert "\n" not in str(caught.value)


def test_weights_are_found_anywhere_in_the_graph(tmp_path: Path) -> None:
    def outside(name: str) -> onnx.TensorProto:
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[1], raw_data=b"1234")
        onnx.external_data_helper.set_external_data(tensor, name)
        tensor.external_data.add(key="checksum", value="location")
        return tensor

    names = [f"{n}.data" for n in range(6)]
    inner = helper.make_graph([], "inner", [], [], [outside(names[0])])
    nodes = [
        helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner),
        helper.make_node("Constant", [], ["c"], value=outside(names[1])),
        helper.make_node("Many", [], ["d"], values=[outside(names[2])]),
    ]
    graph = helper.make_graph(nodes, "outer", [], [], [outside(names[3])])
    graph.sparse_initializer.add(values=outside(names[4]))
    model = helper.make_model(graph)
    function = model.functions.add(name="f")
    function.node.append(helper.make_node("Constant", [], ["c"], value=outside(names[5])))
    helper.set_model_props(model, {"location": "Springfield"})
    for name in names:
        (tmp_path / name).write_bytes(b"")
    found = weights_files(tmp_path / "m.onnx", model.SerializeToString())
    assert sorted(path.name for path in found) == names


def test_hash_includes_external_weights(tmp_path: Path) -> None:
    plain = write_colour_model(tmp_path / "plain.onnx")
    assert model_sha256(plain) == hashlib.sha256(plain.read_bytes()).hexdigest()
    path = write_model_with_data(tmp_path / "m.onnx", tmp_path / "w.data")
    before = model_sha256(path)
    (tmp_path / "w.data").write_bytes(b"\x00\x00\x80\x3f")
    assert model_sha256(path) != before
    keras = tmp_path / "m.keras"
    keras.write_bytes(b"PK" + path.read_bytes())
    assert model_sha256(keras) == hashlib.sha256(keras.read_bytes()).hexdigest()


def test_files_that_are_not_models_are_read_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in (os.urandom(5000), b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x3a"):
        assert weights_files(tmp_path / "m.onnx", content) == ()
    with pytest.raises(ModelError, match=r"/dev/zero is not a file"):
        load_classifier(Path("/dev/zero"))
    monkeypatch.setattr(onnx_file, "_MAX_FIELDS", 3)
    with pytest.raises(ModelError, match="more than 3 fields"):
        load_classifier(write_colour_model(tmp_path / "m.onnx"))
    monkeypatch.setattr(onnx_file, "MAX_BYTES", 100)
    with pytest.raises(ModelError, match="larger than"):
        load_classifier(tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "other",
            r"model \S+other is a folder; give an \.onnx file, or leave it out to use the included model$",
        ),
        (
            "run",
            r"is a folder; export its network with `simpsons export \S+last\.keras`, and give \S+last\.onnx$",
        ),
        ("run/last.keras", r"is a Keras file; convert it with `simpsons export \S+last\.keras` and give"),
    ],
)
def test_the_remedy_names_the_file_to_give(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "last.keras").write_bytes(b"PK")
    with pytest.raises(ModelError, match=words):
        load_model(tmp_path / name)
