"""Exports return the same results as their sources and have a model card."""

from __future__ import annotations

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf

from simpsons_export.convert import export
from simpsons_export.options import SourceOptions
from simpsons_export.source import OPSET, VALUES, KerasSource
from simpsons_play.core.errors import ExportError
from simpsons_play.inference.model_card import ModelCard


def op_types(path):
    return [node.op_type for node in onnx.load(path).graph.node]


def read_card(path):
    return ModelCard.from_metadata({entry.key: entry.value for entry in onnx.load(path).metadata_props})


@pytest.mark.parametrize(
    ("name", "color_order"),
    [("four_conv", "BGR"), ("six_conv", "RGB"), pytest.param("springfield", "RGB", marks=pytest.mark.slow)],
)
def test_every_network_equals_its_export(
    save_keras, make_network, folder, images, run_onnx, name, color_order
):
    source = save_keras(name, color_order=color_order)
    result = export(source, pictures=folder)
    assert result.path == source.with_suffix(".onnx")
    assert result.size_bytes == result.path.stat().st_size
    assert result.parity.pictures == result.parity.agreeing == 9
    assert result.parity.max_difference < 1e-5
    seen = images if color_order == "BGR" else images[..., ::-1]
    expected = make_network(name).predict(seen.astype(np.float32), verbose=0)
    actual = run_onnx(result.path, images)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 1e-3, "the outputs must differ between pictures"
    if name == "springfield":
        ops = op_types(result.path)
        assert not {"BatchNormalization", "Gather", "Sub", "Pad", "Identity"} & set(ops)
        assert (ops.count("Transpose"), ops.count("Conv")) == (1, 39)


def _classifier(layer):
    """A network that begins with a layer."""
    pictures = keras.Input((16, 16, 3))
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 4)(layer(pictures)))
    return keras.Model(pictures, keras.layers.Dense(2, activation="softmax")(x))


def test_discretization_becomes_operations_of_onnx():
    model = _classifier(keras.layers.Discretization([-0.5, 0.25, 0.5]))
    source = KerasSource(model)
    values = np.random.default_rng(1).choice(np.float32([-1, -0.5, 0.2, 0.25, 0.5, 2]), (3, 16, 16, 3))
    session = onnxruntime.InferenceSession(source.to_onnx().SerializeToString())
    np.testing.assert_allclose(session.run(None, {VALUES: values})[0], source.run(values), atol=1e-5)


def test_convolutions_with_groups():
    """Keras compiles them, as those of ConvNeXt."""
    source = KerasSource(_classifier(keras.layers.Conv2D(6, 3, groups=3)))
    values = np.random.default_rng(1).random((3, 16, 16, 3), np.float32)
    session = onnxruntime.InferenceSession(source.to_onnx().SerializeToString())
    np.testing.assert_allclose(session.run(None, {VALUES: values})[0], source.run(values), atol=1e-5)


@pytest.mark.parametrize("names", [["character"], ["character", "box"]])
def test_outputs_in_a_dictionary(names):
    whole = _classifier(keras.layers.Identity())
    box = keras.layers.Dense(4)(whole.layers[-2].output)
    outputs = {name: {"character": whole.output, "box": box}[name] for name in names}
    source = KerasSource(keras.Model(whole.input, outputs), labels=2)
    values = np.random.default_rng(1).random((3, 16, 16, 3), np.float32)
    session = onnxruntime.InferenceSession(source.to_onnx().SerializeToString())
    np.testing.assert_allclose(source.run(values), whole.predict(values, verbose=0), atol=1e-6)
    np.testing.assert_allclose(session.run(None, {VALUES: values})[0], source.run(values), atol=1e-5)


def test_operations_that_onnx_lacks_are_named():
    lgamma = keras.layers.Lambda(lambda x: tf.math.lgamma(x + 1))
    with pytest.raises(ExportError, match=r"lacks TensorFlow's operation Lgamma; build it without"):
        KerasSource(_classifier(lgamma)).to_onnx()


@pytest.mark.parametrize("color_order", ["BGR", "RGB"])
def test_the_network_receives_its_own_color_order(make_card, tmp_path, run_onnx, color_order):
    """A network that only reads its first channel reads blue in BGR and red in RGB."""
    from simpsons_training.storage import save_network

    pictures = keras.Input((16, 16, 3))
    x = keras.layers.Rescaling(1 / 255)(pictures)
    x = keras.layers.Conv2D(2, 3, padding="same", name="first")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(pictures, keras.layers.Softmax()(x))
    kernel = np.zeros((3, 3, 3, 2), np.float32)
    kernel[1, 1, 0, 0] = 4
    model.get_layer("first").set_weights([kernel, np.array([0, 2], np.float32)])
    path = tmp_path / "one.keras"
    save_network(model, path, make_card(labels=("lit", "dark"), size_px=16, color_order=color_order))
    result = export(path)
    colours = np.zeros((3, 16, 16, 3), np.uint8)
    for channel in range(3):
        colours[channel, ..., channel] = 255
    lit = run_onnx(result.path, colours)[:, 0] > 0.5
    assert lit.tolist() == [color_order == "BGR", False, color_order == "RGB"]


def test_results_do_not_depend_on_the_batch_size(save_keras, run_onnx, images):
    path = export(save_keras()).path
    together = run_onnx(path, images)
    one_by_one = np.concatenate([run_onnx(path, image[None]) for image in images])
    np.testing.assert_allclose(together, one_by_one, atol=1e-6)
    assert run_onnx(path, images[:0]).shape == (0, 4)


@pytest.mark.parametrize("temperature", [0.5, 1.7, 20.0])
def test_temperature_divides_the_logits(save_keras, make_network, images, run_onnx, temperature):
    model = make_network(sharpness=30.0)
    path = export(save_keras(model=model, temperature=temperature)).path
    logits = keras.Model(model.inputs, model.get_layer("logits").output).predict(
        images[..., ::-1].astype(np.float32), verbose=0
    )
    assert np.ptp(logits) > 5
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    np.testing.assert_allclose(run_onnx(path, images), powers / powers.sum(axis=1, keepdims=True), atol=2e-6)


def test_temperature_is_safe_for_vanishing_probabilities(save_keras, make_network, images, run_onnx):
    path = export(
        save_keras(model=make_network(sharpness=1e3)),
        options=SourceOptions(temperature=2.0),
    ).path
    actual = run_onnx(path, images)
    assert np.isfinite(actual).all()
    np.testing.assert_allclose(actual.sum(axis=1), 1, atol=1e-6)


def test_files_have_a_card(save_keras):
    fields = {
        "threshold": 0.4,
        "temperature": 1.25,
        "regions": ("full", "left", "right"),
        "training_data": "a “quoted” sentence",
        "version": "3",
    }
    result = export(save_keras(color_order="RGB", **fields))
    card = read_card(result.path)
    assert card == result.card
    assert card.color_order == "BGR", "the export always takes BGR"
    assert {name: getattr(card, name) for name in fields} == fields
    model = onnx.load(result.path)
    assert (model.producer_name, model.model_version, model.graph.name) == ("simpsons-play", 3, "tiny")
    assert {entry.version for entry in model.opset_import if entry.domain == ""} == {OPSET} == {result.opset}
    assert model.ir_version <= 8, "onnxruntime 1.18 reads up to 10; older ones less"
    (input_,), (output,) = model.graph.input, model.graph.output
    assert (input_.name, input_.type.tensor_type.elem_type) == ("pictures", onnx.TensorProto.UINT8)
    assert (output.name, output.type.tensor_type.elem_type) == ("probabilities", onnx.TensorProto.FLOAT)
    shapes = [[d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in (input_, output)]
    assert shapes == [["N", 32, 32, 3], ["N", 4]]


def test_options_override_the_card(save_keras):
    options = SourceOptions(labels=("a", "b", "c", "d"), threshold=0.9, temperature=3.0)
    result = export(save_keras(), options=options)
    card = read_card(result.path)
    assert (card.labels, card.threshold, card.temperature) == (("a", "b", "c", "d"), 0.9, 3.0)


@pytest.mark.parametrize("color_order", ["BGR", "RGB"])
def test_scale_and_color_order_are_folded_into_the_first_kernel(save_keras, color_order):
    ops = op_types(export(save_keras(color_order=color_order)).path)
    assert ops[:3] == ["Transpose", "Cast", "Conv"]
    assert not {"Gather", "Mul"} & set(ops[: ops.index("Relu")])


@pytest.mark.parametrize(
    ("scale", "offset", "entry"),
    [
        (1 / 127.5, -1, ["Transpose", "Cast", "Add", "Conv"]),
        ([1 / 100, 1 / 127.5, 1 / 150], [-1, -1, -0.5], ["Transpose", "Cast", "Add", "Conv"]),
    ],
    ids=["offset", "by channel"],
)
def test_an_offset_stays_before_the_first_convolution(
    make_card, tmp_path, run_onnx, images, scale, offset, entry
):
    """An offset does not commute with zero padding; scales move into the kernel, also those by channel."""
    from simpsons_training.storage import save_network

    keras.utils.set_random_seed(1)
    pictures = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(scale, offset=offset)(pictures)
    x = keras.layers.Conv2D(4, 3, padding="same")(x)
    model = keras.Model(pictures, keras.layers.Softmax()(keras.layers.GlobalMaxPooling2D()(x)))
    path = tmp_path / "centred.keras"
    save_network(model, path, make_card(color_order="RGB"))
    result = export(path)
    assert op_types(result.path)[:4] == entry
    expected = model.predict(images[..., ::-1].astype(np.float32), verbose=0)
    np.testing.assert_allclose(run_onnx(result.path, images), expected, atol=1e-6)


def test_mixed_precision_networks_are_exported_in_float32(make_network, save_keras, images, run_onnx):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        mixed = make_network()
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert mixed.layers[2].compute_dtype == "bfloat16"
    exact = make_network()
    mixed.set_weights(exact.get_weights())
    path = export(save_keras(model=mixed)).path
    expected = exact.predict(images[..., ::-1].astype(np.float32), verbose=0)
    np.testing.assert_allclose(run_onnx(path, images), expected, atol=1e-5)
