"""Classifiers that other programs wrote to ONNX."""

from __future__ import annotations

import json
import os

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto
from tests.export.onnx_networks import NAMES, SIZE_PX, classifier, labelled_pictures, picture, save

from simpsons_export.conventions.convention import UNIT, InputConvention
from simpsons_export.conventions.input_shape import InputShape
from simpsons_export.convert import export
from simpsons_export.options import SourceOptions
from simpsons_export.outputs import Outputs
from simpsons_export.wrapping import wrap
from simpsons_play.core.errors import ExportError
from simpsons_play.inference.loading import load_classifier

LABELLED = SourceOptions(labels=NAMES)


def as_its_author_runs_it(model, images, *, scale=255.0, dtype=np.float32, nhwc=False):
    """One picture after the other, RGB from 0 to 1."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    values = images[..., ::-1] / scale if nhwc else (images[..., ::-1] / scale).transpose(0, 3, 1, 2)
    name = session.get_inputs()[0].name
    found = [session.run(["output"], {name: one[None].astype(dtype)})[0] for one in values]
    return np.concatenate(found).reshape(len(images), -1).astype(np.float64)


def softmax(values):
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("built", "runs"),
    [
        ({}, {}),
        ({"batch": None}, {}),
        ({"head": "Reshape"}, {}),
        ({"head": "Reshape", "batch": None}, {}),  # declares any number, but was traced for one
        ({"head": "token"}, {}),
        ({"head": "mixed"}, {}),
        ({"head": "quantised"}, {}),
        ({"head": "quantised", "batch": None}, {}),
        ({"head": "none"}, {}),
        ({"batch": 4}, {}),
        ({"layout": "NHWC"}, {"nhwc": True}),
        ({"kind": "half"}, {"dtype": np.float16}),
        ({"kind": "double"}, {"dtype": np.float64}),
        ({"kind": "uint8"}, {"dtype": np.uint8, "scale": 1}),
        ({"scale": 1 / 255}, {"scale": 1}),
        ({"opset": 7}, {}),
        ({"opset": 11}, {}),
        ({"opset": 13, "activation": "LogSoftmax"}, {}),
        ({"opset": 21}, {}),
        ({"input_name": "pictures"}, {}),
    ],
    ids=str,
)
def test_the_export_equals_the_file_as_its_author_runs_it(tmp_path, images, run_onnx, built, runs):
    model = classifier(**built)
    path = save(model, tmp_path / "net.onnx")
    if built.get("batch") == 4:
        with pytest.raises(ExportError, match="takes only batches of 4; export it again"):
            export(path, options=LABELLED)
        return
    result = export(path, options=LABELLED)
    expected = softmax(as_its_author_runs_it(model, images, **runs))
    rounds = built.get("kind") == "half" or built.get("head") == "quantised"
    tolerance = 2e-3 if rounds else 1e-5
    for count in (1, 7, 9):
        actual = run_onnx(result.path, images[:count])
        np.testing.assert_allclose(actual, expected[:count], atol=tolerance)


def test_what_the_wrapper_calls_its_own_may_be_a_name_in_the_file(tmp_path, images, run_onnx):
    model = classifier(activation="Softmax")
    for node, name in zip(model.graph.node[:3], ("probabilities", "values", "pictures/0/Cast"), strict=True):
        for other in model.graph.node:
            other.input[:] = [name if one == node.output[0] else one for one in other.input]
        node.output[0] = name
    result = export(save(model, tmp_path / "net.onnx"), options=LABELLED)
    np.testing.assert_allclose(run_onnx(result.path, images), as_its_author_runs_it(model, images), atol=1e-5)


def test_nodes_may_be_in_any_order(tmp_path, images, run_onnx):
    """As converters to half precision leave them."""
    model = classifier(head="mixed")
    nodes = list(model.graph.node)[::-1]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    result = export(save(model, tmp_path / "net.onnx"), options=LABELLED)
    expected = softmax(as_its_author_runs_it(model, images))
    np.testing.assert_allclose(run_onnx(result.path, images), expected, atol=1e-5)


@pytest.mark.parametrize("activation", ["Softmax", "Sigmoid"])
def test_probabilities_stay_what_they_are(tmp_path, images, run_onnx, activation):
    model = classifier(activation=activation)
    result = export(save(model, tmp_path / "net.onnx"), options=LABELLED)
    np.testing.assert_allclose(run_onnx(result.path, images), as_its_author_runs_it(model, images), atol=1e-5)


@pytest.mark.parametrize(
    ("head", "scans"),
    [("Flatten", False), ("Reshape", False), ("token", False), ("mixed", True), ("quantised", True)],
)
def test_only_what_cannot_be_repaired_runs_picture_by_picture(tmp_path, head, scans):
    result = export(save(classifier(head=head), tmp_path / "net.onnx"), options=LABELLED)
    operations = {node.op_type for node in onnx.load(result.path).graph.node}
    assert ("Scan" in operations) == scans


def test_first_convolution_takes_the_scaling(tmp_path):
    """As for a Keras network; an operation between would cost time."""
    model = classifier()
    del model.graph.node[0]  # the Clip
    model.graph.node[0].input[0] = "input"
    result = export(save(model, tmp_path / "net.onnx"), options=LABELLED)
    operations = [node.op_type for node in onnx.load(result.path).graph.node]
    assert operations[:3] == ["Transpose", "Cast", "Conv"]


@pytest.mark.parametrize(("domain", "folds"), [("", True), ("com.microsoft.nchwc", False)])
def test_only_standard_convolutions_take_the_scaling(domain, folds):
    """onnxruntime stores optimized networks with kernels in an order of its own, in its own domain."""
    model = classifier()
    del model.graph.node[0]  # the Clip
    model.graph.node[0].input[0] = "input"
    model.graph.node[0].domain = domain
    shape, convention = InputShape(SIZE_PX, SIZE_PX, 3, "NCHW"), InputConvention("RGB", UNIT)
    wrapped = wrap(model, shape, convention, Outputs.LOGITS, labels=3, temperature=1)
    (conv,) = (node for node in wrapped.graph.node if node.op_type == "Conv")
    assert conv.input[1].endswith("/folded") == folds


@pytest.mark.parametrize(
    ("built", "tolerance"), [({}, 1e-4), ({"kind": "half"}, 5e-3), ({"head": "quantised"}, 5e-3)], ids=str
)
def test_networks_that_round_may_differ_more(tmp_path, built, tolerance):
    path = save(classifier(**built), tmp_path / "net.onnx")
    assert export(path, options=LABELLED).parity.tolerance == tolerance
    assert export(path, options=LABELLED, tolerance=0.1).parity.tolerance == 0.1


@pytest.mark.parametrize(("scale", "bytes_"), [(1.0, False), (1 / 255, True)])
def test_labelled_pictures_tell_the_input_convention(tmp_path, scale, bytes_):
    read = []
    path = save(classifier(scale=scale), tmp_path / "net.onnx")
    folder = labelled_pictures(tmp_path / "data")
    result = export(path, options=LABELLED, pictures=folder, on_read=read.append)
    assert read[0].convention.color_order == "RGB"
    assert (read[0].convention.scaling.name == "0 to 255") == bytes_
    assert (result.accuracy.source, result.accuracy.exported) == (1.0, 1.0)
    assert result.accuracy.framework == "onnxruntime"
    assert load_classifier(result.path).card.labels == NAMES


def test_external_weights_become_one_file(tmp_path, images, run_onnx):
    model = classifier()
    path = tmp_path / "net.onnx"
    onnx.save(model, path, save_as_external_data=True, location="net.onnx.data", size_threshold=0)
    assert (tmp_path / "net.onnx.data").is_file()
    result = export(path, tmp_path / "alone.onnx", options=LABELLED)
    (tmp_path / "net.onnx.data").unlink()
    expected = softmax(as_its_author_runs_it(classifier(), images))
    np.testing.assert_allclose(run_onnx(result.path, images), expected, atol=1e-5)


def test_links_to_weights_are_followed_as_hugging_face_stores_them(tmp_path, images, run_onnx):
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshot"
    blobs.mkdir()
    snapshot.mkdir()
    weights = "net.onnx.data"
    onnx.save(classifier(), blobs / "1", save_as_external_data=True, location=weights, size_threshold=0)
    os.rename(blobs / weights, blobs / "2")
    (snapshot / "net.onnx").symlink_to("../blobs/1")
    (snapshot / weights).symlink_to("../blobs/2")
    result = export(snapshot / "net.onnx", options=LABELLED)
    expected = softmax(as_its_author_runs_it(classifier(), images))
    np.testing.assert_allclose(run_onnx(result.path, images), expected, atol=1e-5)


def test_weights_that_end_too_early_are_told(tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(classifier(), path, save_as_external_data=True, location="w.bin", size_threshold=0)
    (tmp_path / "w.bin").write_bytes(bytes(3))
    with pytest.raises(ExportError, match="ends within weight_0"):
        export(path, options=LABELLED)


def test_versions_of_the_format_that_onnxruntime_does_not_know_yet_are_lowered(tmp_path):
    model = classifier()
    model.ir_version = 99
    assert onnx.load(export(save(model, tmp_path / "net.onnx"), options=LABELLED).path).ir_version == 10


def test_weights_outside_the_folder_are_not_read(tmp_path):
    (tmp_path / "inner").mkdir()
    path = tmp_path / "inner" / "net.onnx"
    onnx.save(classifier(), path, save_as_external_data=True, location="w.bin", size_threshold=0)
    os.rename(tmp_path / "inner" / "w.bin", tmp_path / "w.bin")
    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        tensor.external_data[0].value = "../w.bin"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ExportError, match="outside its own folder"):
        export(path, options=LABELLED)


def test_of_several_outputs_that_with_one_value_for_each_label_counts(tmp_path, images, run_onnx):
    model = classifier(second_output=5)
    result = export(save(model, tmp_path / "net.onnx"), options=LABELLED)
    expected = softmax(as_its_author_runs_it(model, images))
    np.testing.assert_allclose(run_onnx(result.path, images), expected, atol=1e-5)
    with pytest.raises(ExportError, match=r"returns aux \(N, 5\), output \(N, 3\), .*\(N, 4\)"):
        export(tmp_path / "net.onnx", options=SourceOptions(labels=(*NAMES, "abe")))


def test_two_outputs_for_the_same_labels_are_an_assumption(tmp_path):
    path = save(classifier(second_output=3), tmp_path / "net.onnx")
    assert export(path, options=LABELLED).assumed[0] == "its result is the output 'output' and not aux"


def test_of_two_outputs_for_the_same_labels_that_which_names_more_pictures_right_counts(tmp_path):
    model = classifier(second_output=3, output_name="other")
    for value in (*model.graph.node[-1].output, model.graph.output[0].name):
        assert value == "aux"
    model.graph.node[-1].output[0] = model.graph.output[0].name = "logits"
    path = save(model, tmp_path / "net.onnx")
    assert export(path, options=LABELLED).assumed[0] == "its result is the output 'logits' and not other"
    result = export(path, options=LABELLED, pictures=labelled_pictures(tmp_path / "data"))
    assert result.assumed[0] == "its result is the output 'other' and not logits"
    assert result.accuracy.exported == 1.0


def test_pictures_of_any_size_need_that_of_the_training(tmp_path, images, run_onnx):
    model = classifier(size_px=None)
    path = save(model, tmp_path / "net.onnx")
    with pytest.raises(ExportError, match=r"takes input float \(1, 3, height, width\): .* --size-px"):
        export(path, options=LABELLED)
    result = export(path, options=SourceOptions(labels=NAMES, size_px=SIZE_PX))
    expected = softmax(as_its_author_runs_it(model, images))
    np.testing.assert_allclose(run_onnx(result.path, images), expected, atol=1e-5)
    for dim, name in zip(model.graph.input[0].type.tensor_type.shape.dim, "bchw", strict=True):
        dim.dim_param = name  # as Optimum exports, with any number of channels
    open_ = save(model, tmp_path / "open.onnx")
    result = export(open_, options=SourceOptions(labels=NAMES, size_px=SIZE_PX))
    np.testing.assert_allclose(run_onnx(result.path, images), expected, atol=1e-5)
    sized = save(classifier(size_px=None, imgsz="[32, 32]"), tmp_path / "sized.onnx")
    assert export(sized, options=LABELLED).card.size_px == 32


def test_labels_and_convention_next_to_the_file_are_used(tmp_path):
    path = save(classifier(), tmp_path / "net.onnx")
    config = {"label_names": NAMES, "pretrained_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    read = []
    result = export(path, on_read=read.append)
    assert result.card.labels == NAMES
    assert read[0].read == "network in ONNX by pytorch, labels from label_names in config.json"
    assert read[0].convention.scaling.scale == pytest.approx((2 / 255,) * 3)
    assert any("as config.json says" in clause for clause in result.assumed)


def test_stated_convention_gives_way_to_labelled_pictures(tmp_path):
    path = save(classifier(names=str(dict(enumerate(NAMES)))), tmp_path / "net.onnx")
    (tmp_path / "config.json").write_text(json.dumps({"mean": [9.0] * 3, "std": [0.01] * 3}))
    read = []
    export(path, pictures=labelled_pictures(tmp_path / "data"), on_read=read.append)
    accuracies = {str(trial.convention): trial.accuracy for trial in read[0].search.trials}
    assert accuracies["RGB, mean 9,9,9 and deviation 0.01,0.01,0.01"] < accuracies[str(read[0].convention)]


@pytest.mark.parametrize(
    ("built", "words"),
    [
        ({"head": "mixed"}, "no operation that can be quantised"),
        ({"kind": "half"}, "cannot be quantised"),
    ],
    ids=str,
)
def test_what_cannot_be_quantised_is_told(tmp_path, built, words):
    path = save(classifier(**built), tmp_path / "net.onnx")
    folder = labelled_pictures(tmp_path / "data")
    with pytest.raises(ExportError, match=words):
        export(path, options=LABELLED, pictures=folder, int8=True)
    assert not path.with_suffix(".int8.onnx").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not an ONNX network, or is incomplete"),
        (b"no network at all", "is not an ONNX network, or is incomplete"),
        (b"<!doctype html>", "is not an ONNX network, or is incomplete"),
    ],
)
def test_damaged_files_are_told(tmp_path, content, words):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(ExportError, match=words):
        export(path, options=LABELLED)


def test_networks_without_pictures_are_told(tmp_path):
    model = classifier()
    model.graph.input.append(onnx.helper.make_tensor_value_info("mask", onnx.TensorProto.FLOAT, [1]))
    with pytest.raises(ExportError, match=r"takes input float \(1, 3, 32, 32\), mask float \(1\); only"):
        export(save(model, tmp_path / "net.onnx"), options=LABELLED)


def returning(*outputs, dims=(1, 3, 32, 32), kind=TensorProto.FLOAT):
    """A network that returns constants: name, values."""
    constants = [onnx.numpy_helper.from_array(np.asarray(values), f"{name}_0") for name, values in outputs]
    nodes = [onnx.helper.make_node("Identity", [f"{name}_0"], [name]) for name, _ in outputs]
    graph = onnx.helper.make_graph(
        nodes,
        "main_graph",
        [onnx.helper.make_tensor_value_info("input", kind, dims)],
        [
            onnx.helper.make_tensor_value_info(n, c.data_type, c.dims)
            for (n, _), c in zip(outputs, constants, strict=True)
        ],
        constants,
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


FLOATS = np.zeros((1, 5), np.float32)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            returning(("best", np.zeros(1, np.int64))),
            r"best int64 \(1\), .* export its logits or probabilities",
        ),
        (returning(("top", FLOATS)), "give one label for each output"),
        (returning(("out", FLOATS[0])), "with results of two dimensions, the first for the pictures"),
        (
            returning(("out", np.zeros((1, 3, 64, 64), np.float32))),
            "neither a classifier nor a YOLO detector",
        ),
        (
            returning(("a", np.zeros((1, 20, 11), np.float32)), ("b", np.zeros((1, 20, 4), np.float32))),
            "a detector of another kind than YOLO, which cannot be played",
        ),
        (returning(("out", FLOATS), dims=(3, 32, 32)), r"export it for \(1, C, H, W\)"),
    ],
    ids=["best label", "best five", "no batch", "pictures", "DETR", "no batch in the input"],
)
def test_what_is_no_classifier_is_told_what_it_is(tmp_path, model, words):
    with pytest.raises(ExportError, match=words):
        export(save(model, tmp_path / "net.onnx"), options=LABELLED)


def test_the_classes_of_detr_are_no_yolo_of_fewer_classes(tmp_path):
    model = returning(("a", np.zeros((1, 20, 7), np.float32)), ("b", np.zeros((1, 20, 4), np.float32)))
    path = save(model, tmp_path / "net.onnx")
    for options in (LABELLED, SourceOptions()):
        with pytest.raises(ExportError, match="a detector of another kind than YOLO"):
            export(path, options=options)


def test_networks_in_double_precision_without_operations_are_told(tmp_path):
    model = classifier(kind="double")
    model.graph.node[0].attribute[0].i = TensorProto.DOUBLE
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            values = onnx.numpy_helper.to_array(tensor).astype(np.float64)
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    with pytest.raises(ExportError, match=r"cannot be run by onnxruntime .*; export it in float32"):
        export(save(model, tmp_path / "net.onnx"), options=LABELLED)


def test_dictionaries_of_scikit_learn_become_probabilities(tmp_path, images, run_onnx):
    model = classifier(activation="Softmax", batch=None)
    expected = as_its_author_runs_it(model, images)
    model.graph.node[-1].output[0] = "values"
    labels = {"classlabels_strings": list(NAMES)}
    model.graph.node.append(
        onnx.helper.make_node("ZipMap", ["values"], ["output"], domain="ai.onnx.ml", **labels)
    )
    model.opset_import.append(onnx.helper.make_opsetid("ai.onnx.ml", 1))
    values = onnx.helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    mapping = onnx.helper.make_map_type_proto(TensorProto.STRING, values)
    model.graph.output[0].type.CopyFrom(onnx.helper.make_sequence_type_proto(mapping))
    result = export(save(model, tmp_path / "net.onnx"), options=LABELLED)
    np.testing.assert_allclose(run_onnx(result.path, images), expected, atol=1e-5)


@pytest.mark.slow
def test_the_command_wraps_and_the_player_plays(tmp_path, command):
    from tests.commands import simpsons

    path = save(classifier(names=str(list(NAMES))), tmp_path / "net.onnx")
    folder = labelled_pictures(tmp_path / "data")
    result = command(path, "--pictures", folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert "accuracy: 100.0% in onnxruntime, 100.0% through the export, 24 pictures" in result.stdout
    wrapped = tmp_path / "net.play.onnx"
    before = path.read_bytes()
    again = command(wrapped, "--threshold", "0.7")
    assert (again.returncode, again.stderr) == (0, "")
    changed = load_classifier(tmp_path / "net.play.play.onnx").card
    assert (changed.threshold, changed.labels) == (0.7, NAMES)
    for arguments, words in (((), "is an export already: play it"), (("--scale", "2"), "export its source")):
        refused = command(wrapped, *arguments)
        assert refused.returncode == 1 and words in refused.stderr
    cropped = command(
        wrapped, "--crop", "0.875", "--interpolation", "nearest", "-o", tmp_path / "cropped.onnx"
    )
    assert "\npictures: middle 87.5%, nearest\n" in cropped.stdout
    refused = command(wrapped, "--crop", "1", "--pictures", folder)
    assert (
        refused.returncode == 2
        and "leave out --pictures, or export its source again with it" in refused.stderr
    )
    overwriting = command(path, "-o", path)
    assert overwriting.returncode == 1 and "would be overwritten" in overwriting.stderr
    assert path.read_bytes() == before

    random = np.random.default_rng(1)
    film = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (96, 96))
    for _ in range(10):
        film.write(picture("marge_simpson", random, size_px=(96, 96)))
    film.release()
    model, table = wrapped, tmp_path / "out.csv"
    played = simpsons("play", tmp_path / "film.avi", "--model", model, "--predictions", table)
    assert played.returncode == 0, played.stderr
    assert "marge_simpson" in table.read_text()
