"""Python code in a network runs only if the user says so; every way out in the refusals works."""

from __future__ import annotations

import base64
import json
import marshal

import keras
import numpy as np
import pytest
from keras import layers
from tests.export.legacy_files import (
    arrays_of,
    build,
    call,
    functional,
    layer,
    picture_input,
    pictures,
    randomize,
    sequential,
    write_archive,
    write_hdf5,
)

from simpsons_export.options import SourceOptions
from simpsons_export.sources import load_file
from simpsons_play.core.errors import ExportError

LABELS = ("bart", "homer", "lisa", "moe", "ned")


def scale(x, top=127.5):
    return tf.cast(x, "float32") / top - 1  # noqa: F821 - the global that code in such files expects


def dumped(function=scale, defaults=(127.5,)):
    return [base64.encodebytes(marshal.dumps(function.__code__)).decode(), list(defaults), None]


def reference():
    return build(layers.Rescaling(1 / 127.5, offset=-1), layers.Flatten(), layers.Dense(5, name="dense"))


def with_lambda(function, **config):
    first = layer("Lambda", "prepare", function=function, batch_input_shape=[None, 8, 8, 3], **config)
    return sequential(first, layer("Flatten", "flatten"), layer("Dense", "dense", units=5))


OLD = {
    "function_type": "lambda",
    "module": "__main__",
    "output_shape": None,
    "output_shape_type": "raw",
    "arguments": {},
}


def load(path, **options):
    return load_file(path, SourceOptions(labels=LABELS, **options)).source.model


def assert_same(model, wanted):
    expected = wanted.predict(pictures(), verbose=0)
    np.testing.assert_allclose(model.predict(pictures(), verbose=0), expected, atol=1e-5)


@pytest.mark.parametrize(("suffix", "layout"), [(".h5", "Keras 2"), (".keras", "Keras 3")])
def test_code_runs_only_with_unsafe(tmp_path, suffix, layout):
    wanted = reference()
    code, defaults, closure = dumped()
    inner = {"code": code, "defaults": defaults, "closure": closure}
    function = dumped() if layout == "Keras 2" else {"class_name": "__lambda__", "config": inner}
    config = with_lambda(function, **OLD)
    if suffix == ".h5":
        path = write_hdf5(tmp_path / "m.h5", config, arrays_of(wanted))
    else:
        path = write_archive(tmp_path / "m.keras", config, wanted)
    with pytest.raises(
        ExportError,
        match=r"layer 'prepare' is a Lambda layer, .* --unsafe; else put a layer .*Rescaling.*model\.export",
    ):
        load(path)
    assert_same(load(path, unsafe=True), wanted)


def test_the_code_of_a_file_is_not_even_unpacked(tmp_path, monkeypatch):
    path = write_hdf5(tmp_path / "m.h5", with_lambda(dumped(), **OLD), arrays_of(reference()))
    monkeypatch.setattr(marshal, "loads", lambda *_: pytest.fail("the code was unpacked"))
    with pytest.raises(ExportError, match="--unsafe"):
        load(path)


def test_the_ways_out_of_a_lambda_layer_work(tmp_path):
    """Another layer in its place, or a SavedModel, which contains the computation."""
    replaced = reference()
    replaced.save(tmp_path / "replaced.keras")
    assert_same(load(tmp_path / "replaced.keras"), replaced)
    pixels = keras.Input((8, 8, 3))
    x = layers.Lambda(lambda x: x / 127.5 - 1)(pixels)
    wanted = randomize(keras.Model(pixels, layers.Dense(5)(layers.Flatten()(x))))
    wanted.save(tmp_path / "lambda.keras")
    with pytest.raises(ExportError, match="Lambda"):
        load(tmp_path / "lambda.keras")
    wanted.export(tmp_path / "folder", verbose=False)
    assert_same(load(tmp_path / "folder"), wanted)
    assert_same(load(tmp_path / "lambda.keras", unsafe=True), wanted)


def test_code_that_ends_python_is_one_line(tmp_path):
    """Code of another version of Python can crash it; this stands for it."""

    def crash(x, top=0):
        exec(str(top))

    path = write_hdf5(
        tmp_path / "m.h5",
        with_lambda(dumped(crash, ["import os; os._exit(3)"]), **OLD),
        arrays_of(reference()),
    )
    with pytest.raises(
        ExportError, match=r"\(prepare_code\) crashes in Python 3\..*another version wrote it.*model\.export"
    ):
        load(path, unsafe=True)


@pytest.mark.parametrize("broken", ["bm8gY29kZQ==\n", "\u1234"])
def test_code_that_is_none_is_one_line(tmp_path, broken):
    path = write_hdf5(tmp_path / "m.h5", with_lambda([broken, None, None], **OLD), arrays_of(reference()))
    with pytest.raises(
        ExportError, match=r"\(prepare_code\) cannot be loaded in Python .*model\.export"
    ) as caught:
        load(path, unsafe=True)
    assert "\n" not in str(caught.value)


def test_code_that_fails_is_one_line_with_its_layer(tmp_path):
    def fails(x, top=0):
        return x / missing  # noqa: F821

    path = write_hdf5(tmp_path / "m.h5", with_lambda(dumped(fails, [0]), **OLD), arrays_of(reference()))
    with pytest.raises(ExportError, match=r"\(prepare_code\) does not run in Python .*model\.export"):
        load(path, unsafe=True)


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize(
    ("class_name", "function"),
    [
        ("Lambda", "preprocess"),
        ("Lambda", {"class_name": "function", "config": "preprocess", "module": "builtins"}),
    ],
)
def test_functions_that_are_only_named_are_refused(tmp_path, class_name, function, unsafe):
    path = write_hdf5(tmp_path / "m.h5", with_lambda(function, **OLD), arrays_of(reference()))
    with pytest.raises(ExportError, match="the code of its function 'preprocess' is not in the file"):
        load(path, unsafe=unsafe)


def test_named_activations_in_lambda_layers_are_known(tmp_path):
    wanted = build(layers.Activation("tanh"), layers.Flatten(), layers.Dense(5, name="dense"))
    path = write_hdf5(tmp_path / "m.h5", with_lambda("tanh", **OLD), arrays_of(wanted))
    assert_same(load(path), wanted)


@pytest.mark.parametrize("class_name", ["TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"])
def test_other_layers_with_code_are_refused(tmp_path, class_name):
    config = functional(
        picture_input(), layer(class_name, "outside", call("input_1"), filepath="/x", module="y")
    )
    with pytest.raises(ExportError, match=f"layer 'outside' is a {class_name} layer"):
        load(write_hdf5(tmp_path / "m.h5", config, {}), unsafe=True)


def test_the_command_refuses_and_runs_code(command, tmp_path):
    path = write_hdf5(
        tmp_path / "m.h5",
        with_lambda(dumped(), **OLD),
        arrays_of(reference()),
        class_names=json.dumps(LABELS),
    )
    refused = command(path)
    assert refused.returncode == 1 and not refused.stdout
    assert refused.stderr.count("\n") == 1 and "layer 'prepare' is a Lambda layer" in refused.stderr
    done = command(path, "--unsafe")
    assert done.returncode == 0, done.stderr
    assert (
        "labels from class_names in m.h5" in done.stdout
        and "labels: bart, homer, lisa, moe, ned" in done.stdout
    )
