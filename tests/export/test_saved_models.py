"""SavedModels of any Keras, tf.Module and TensorFlow 1 compute what the networks of their authors do."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from tests.export.legacy_files import build, pictures, randomize

from simpsons_export.options import SourceOptions
from simpsons_export.sources import load_file
from simpsons_play.core.errors import ExportError

LABELS = ("bart", "homer", "lisa", "moe", "ned")


def load(path, **options):
    return load_file(path, SourceOptions(labels=LABELS, **options))


def assert_same(loaded, expected, inputs=None):
    """In TensorFlow and in ONNX."""
    import onnxruntime

    inputs = pictures() if inputs is None else inputs
    np.testing.assert_allclose(loaded.source.run(inputs), expected, rtol=1e-4, atol=1e-4)
    session = onnxruntime.InferenceSession(
        loaded.source.to_onnx().SerializeToString(), providers=["CPUExecutionProvider"]
    )
    np.testing.assert_allclose(session.run(None, {"values": inputs})[0], expected, rtol=1e-3, atol=1e-3)


@keras.saving.register_keras_serializable("tests")
class Halve(keras.layers.Layer):
    """A layer that only its author has; the constant is captured by the graph."""

    def __init__(self, **options):
        super().__init__(**options)
        self.factor = tf.constant([0.5, 0.25, 0.125])

    def call(self, x):
        return x * self.factor


def network():
    return build(
        Halve(),
        layers.Conv2D(4, 3, activation="gelu"),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(5),
    )


def test_the_export_of_keras_3_with_a_layer_of_its_own(tmp_path):
    model = network()
    model.export(tmp_path / "net", verbose=False)
    loaded = load(tmp_path / "net")
    assert_same(loaded, model.predict(pictures(), verbose=0))
    assert loaded.read == "SavedModel, output output_0 of the signature serving_default"
    assert loaded.source.name == "net"


def test_tensorflow_saves_networks_of_any_version(tmp_path):
    model = network()
    tf.saved_model.save(model, tmp_path / "net")
    assert_same(load(tmp_path / "net"), model.predict(pictures(), verbose=0))


class Net(tf.Module):
    """A network without Keras, with several signatures and outputs as tf.estimator writes them."""

    def __init__(self):
        super().__init__()
        self.weights = tf.Variable(np.random.default_rng(3).normal(0, 0.01, (192, 5)).astype(np.float32))

    def logits(self, x):
        return tf.reshape(tf.cast(x, tf.float32), (-1, 192)) @ self.weights

    @tf.function
    def estimate(self, x):
        logits = self.logits(x)
        classes = tf.argmax(logits, axis=1)
        return {
            "class_ids": classes,
            "logits": logits,
            "probabilities": tf.nn.softmax(logits),
            "z": logits * 2,
        }

    @tf.function
    def one(self, x):
        return {"out": self.logits(x)}

    @tf.function
    def examples(self, x):
        return {"out": self.logits(tf.io.decode_raw(x, tf.uint8))}

    @tf.function
    def several(self, x):
        return {"a": self.logits(x), "b": self.logits(x) * 2}

    @tf.function
    def read(self, x):
        return {
            "out": self.logits(x) + tf.cast(tf.strings.length(tf.io.read_file("/etc/hostname")), tf.float32)
        }


SPEC = tf.TensorSpec((None, 8, 8, 3), tf.uint8, name="image")


def save(folder, **signatures):
    net = Net()
    text = tf.TensorSpec((None,), tf.string)
    traced = {
        key: getattr(net, name).get_concrete_function(text if name == "examples" else SPEC)
        for key, name in signatures.items()
    }
    tf.saved_model.save(net, folder, signatures=traced)
    return net


def test_signature_and_output_are_chosen(tmp_path):
    integers = np.rint(pictures())
    net = save(tmp_path / "estimator", serving_default="estimate", classify="examples")
    loaded = load(tmp_path / "estimator")
    assert loaded.read == "SavedModel, output probabilities of the signature serving_default"
    assert_same(loaded, net.estimate(integers.astype(np.uint8))["probabilities"].numpy(), integers)
    net = save(tmp_path / "only", mine="one", classify="examples")
    loaded = load(tmp_path / "only")
    assert loaded.read == "SavedModel, output out of the signature mine"
    assert_same(loaded, net.one(integers.astype(np.uint8))["out"].numpy(), integers)


def test_tensorflow_1(tmp_path):
    weights = np.random.default_rng(3).normal(0, 0.01, (192, 5)).astype(np.float32)
    v1 = tf.compat.v1
    with v1.Graph().as_default(), v1.Session() as session:
        pixels = v1.placeholder(tf.float32, (None, 8, 8, 3))
        variable = v1.get_variable("w", initializer=weights)
        logits = tf.reshape(pixels, (-1, 192)) @ variable
        session.run(v1.global_variables_initializer())
        signature = v1.saved_model.build_signature_def(
            {"x": v1.saved_model.build_tensor_info(pixels)},
            {"logits": v1.saved_model.build_tensor_info(logits)},
        )
        builder = v1.saved_model.Builder(str(tmp_path / "old"))
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()
    assert_same(load(tmp_path / "old"), pictures().reshape(-1, 192) @ weights)


@pytest.mark.parametrize(
    ("signatures", "message"),
    [
        (
            {"classify": "examples"},
            r"no signature to choose \(classify takes string \(None,\)\); save it with",
        ),
        (
            {"a": "one", "b": "one"},
            r"no signature to choose \(a takes uint8 \(None, 8, 8, 3\); b takes uint8",
        ),
        ({}, r"no signature to choose \(none; Keras writes one"),
        (
            {"serving_default": "several"},
            r"serving_default has no output to choose \(a float32 \(None, 5\), b float32 \(None, 5\)\)",
        ),
        (
            {"serving_default": "read"},
            r"accesses files or Python \(ReadFile\); if you trust it, give --unsafe",
        ),
    ],
)
def test_what_cannot_be_chosen_is_listed(tmp_path, signatures, message):
    save(tmp_path / "net", **signatures)
    with pytest.raises(ExportError, match=message) as caught:
        load(tmp_path / "net")
    assert "\n" not in str(caught.value)


def test_graphs_that_read_files_load_with_unsafe(tmp_path):
    save(tmp_path / "net", serving_default="read")
    assert load(tmp_path / "net", unsafe=True).source.outputs == 5


def test_damaged_folders_are_one_line(tmp_path):
    randomize(network()).export(tmp_path / "net", verbose=False)
    with pytest.raises(ExportError, match="contains its own network; leave out --network six_conv"):
        load(tmp_path / "net", network="six_conv")
    (tmp_path / "net" / "variables" / "variables.index").unlink()
    with pytest.raises(ExportError, match=r"net cannot be read: .*matching files") as caught:
        load(tmp_path / "net")
    assert "\n" not in str(caught.value)
    (tmp_path / "net" / "saved_model.pb").write_bytes(b"\xff" * 100)
    with pytest.raises(ExportError, match="is not a readable SavedModel"):
        load(tmp_path / "net")


def test_the_command_exports_a_folder(command, tmp_path):
    network().export(tmp_path / "net", verbose=False)
    (tmp_path / "net" / "assets" / "labels.txt").write_text("\n".join(LABELS))
    done = command(tmp_path / "net")
    assert done.returncode == 0, done.stderr
    assert "labels from labels.txt in assets" in done.stdout
    assert (tmp_path / "net.onnx").is_file()
