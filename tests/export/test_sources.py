"""Loading of all kinds of Keras files, and errors for invalid ones."""

from __future__ import annotations

import json
import re
import zipfile

import cv2
import h5py
import keras
import numpy as np
import pytest

from simpsons_export.convert import export
from simpsons_export.networks import load_network
from simpsons_export.options import SourceOptions
from simpsons_export.parity import source_probabilities
from simpsons_play.core.errors import ExportError
from simpsons_play.inference.model_card import KERAS_ENTRY

LABELS = ("bart_simpson", "homer_simpson", "lisa_simpson", "moe_szyslak")
SIX_CONV = SourceOptions(network="six_conv", labels=LABELS, size_px=32)


def write_keras_2(path, model, *, whole, chunked=False, backend=b"tensorflow"):
    """Write a file in the layout of Keras 2.0 (2017): weights only, or a whole model."""
    layers = [
        (layer, f"{'conv2d' if type(layer).__name__ == 'Conv2D' else 'dense'}_{i}")
        for i, layer in enumerate((layer for layer in model.layers if layer.weights), 1)
    ]
    names = [f"activation_{i}".encode() for i in range(1, 4)] + [name.encode() for _, name in layers]
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights") if whole else file
        if whole:
            # Keras 2.0 wrote a Sequential as a list of layers; Keras 3 also expects names.
            config = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"units": 4}}]}
            file.attrs["model_config"] = json.dumps(config).encode()
            file.attrs["keras_version"] = b"2.0.4"
        if chunked:
            group.attrs["layer_names0"], group.attrs["layer_names1"] = names[:5], names[5:]
        else:
            group.attrs["layer_names"] = names
        group.attrs["backend"] = backend
        for name in names[:3]:
            group.create_group(name.decode()).attrs["weight_names"] = np.array([], "S")
        for layer, name in layers:
            inner = group.create_group(name)
            inner.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
            for variable, what in zip(layer.weights, ("kernel:0", "bias:0"), strict=True):
                inner[f"{name}/{what}"] = np.asarray(variable)
    return path


@pytest.mark.parametrize(("name", "whole"), [("six_conv", False), ("six_conv", True), ("four_conv", False)])
def test_weights_of_2017_are_read(tmp_path, make_network, images, run_onnx, name, whole):
    """The published networks took 0-1; ours scale 0-255 internally, which is equivalent."""
    model = make_network(name)
    path = write_keras_2(tmp_path / "weights.best.hdf5", model, whole=whole)
    result = export(path, options=SourceOptions(network=name, labels=LABELS, size_px=32, color_order="BGR"))
    np.testing.assert_allclose(
        run_onnx(result.path, images), model.predict(images.astype(np.float32), verbose=0), atol=1e-5
    )
    assert result.card.network == name


def test_long_lists_of_layers_are_read(tmp_path, make_network):
    path = write_keras_2(tmp_path / "weights.h5", make_network("six_conv"), whole=False, chunked=True)
    network = load_network(path, SIX_CONV)
    assert network.assumed == (
        "it was trained on pictures in BGR, 0 to 255, since its layer 'scale' scales (--color-order, "
        "--scale, --offset, --preprocess); with labelled --pictures, that is found out",
    )
    for got, wanted in zip(
        network.source.model.get_weights(), make_network("six_conv").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(got, wanted)


def test_kernels_of_theano_are_turned(tmp_path, make_network):
    model = make_network("six_conv")
    path = write_keras_2(tmp_path / "theano.hdf5", model, whole=False, backend=b"theano")
    loaded = load_network(path, SIX_CONV).source.model.get_weights()
    for got, wanted in zip(loaded, model.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted[::-1, ::-1] if wanted.ndim == 4 else wanted)


@pytest.mark.parametrize("name", ["six_conv", "springfield"])
def test_weights_of_keras_3_are_read(tmp_path, make_network, name):
    path = tmp_path / "some.weights.h5"
    make_network(name).save_weights(path)
    network = load_network(path, SourceOptions(network=name, labels=LABELS, size_px=32))
    for got, wanted in zip(network.source.model.get_weights(), make_network(name).get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)
    with pytest.raises(ExportError, match="do not fit"):
        load_network(path, SourceOptions(network="four_conv", labels=LABELS, size_px=32))


@pytest.mark.parametrize(
    "with_network", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["whole", "weights"]
)
def test_whole_models_in_h5_are_read(tmp_path, make_network, images, with_network):
    """With `--network`, the weights are loaded in order into our own network, including normalisations."""
    name = "springfield" if with_network else "tiny"
    path = tmp_path / "whole.h5"
    model = make_network(name)
    model.save(path)
    options = SourceOptions(
        labels=LABELS, color_order="BGR", size_px=32, network=name if with_network else None
    )
    network = load_network(path, options)
    wanted = model.predict(images.astype(np.float32), verbose=0)
    np.testing.assert_allclose(source_probabilities(network, images), wanted, atol=1e-6)
    (assumed,) = network.assumed
    assert assumed.startswith(
        "it was trained on pictures in BGR, 0 to 255, since its layer 'scale' scales (--sc"
    )


@pytest.fixture
def plain(tmp_path):
    """A network as in an article: no card, and no scaling layer unless `scaled`."""

    def make(*, scaled=False, last="softmax", size_px=16, outputs=4):
        keras.utils.set_random_seed(1)
        layers = [keras.layers.Rescaling(1 / 255, name="shrink")] if scaled else []
        layers += [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.GlobalAveragePooling2D()]
        layers += [keras.layers.Dense(outputs, activation=last)]
        model = keras.Sequential([keras.Input((size_px, size_px, 3)), *layers])
        path = tmp_path / "plain.keras"
        model.save(path)
        return path, model

    return make


@pytest.mark.parametrize("scaled", [False, True])
def test_the_scale_is_derived_from_the_layers(plain, images, run_onnx, scaled):
    path, model = plain(scaled=scaled, size_px=32)
    network = load_network(path, SourceOptions(labels=LABELS, color_order="BGR"))
    scale = 1 if scaled else 1 / 255
    assert network.convention.scaling.scale == (scale,)
    (assumed,) = network.assumed
    assert ("'shrink'" in assumed) == scaled
    result = export(path, options=SourceOptions(labels=LABELS, color_order="BGR"))
    assert result.assumed == network.assumed
    wanted = model.predict(images.astype(np.float32) * scale, verbose=0)
    np.testing.assert_allclose(run_onnx(result.path, images), wanted, atol=1e-6)


def test_the_scale_can_be_given(plain):
    path, _ = plain()
    network = load_network(path, SourceOptions(labels=LABELS, color_order="RGB", scale=(0.5,)))
    assert (network.convention.scaling.scale, network.assumed) == ((0.5,), ())
    path, _ = plain(scaled=True)
    network = load_network(path, SourceOptions(labels=LABELS, color_order="RGB", scale=(1 / 255,)))
    assert network.assumed == ("pixels are scaled twice, by --scale and by its layer 'shrink'",)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_a_missing_softmax_is_added(plain, images, run_onnx, temperature):
    path, model = plain(last=None, size_px=32)
    options = SourceOptions(labels=LABELS, color_order="BGR", scale=(1.0,), temperature=temperature)
    assert load_network(path, options).assumed == (
        "the outputs are logits, since they do not sum to 1: a softmax is added",
    )
    logits = model.predict(images.astype(np.float32), verbose=0) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    actual = run_onnx(export(path, options=options).path, images)
    np.testing.assert_allclose(actual, powers / powers.sum(axis=1, keepdims=True), atol=2e-6)


def test_labels_next_to_the_file_that_do_not_fit_are_told(plain):
    path, _ = plain()
    path.with_name("labels.txt").write_text("bart\nlisa\n")
    unfit = "labels.txt next to it has 2 names for 4 outputs, so they are not used"
    with pytest.raises(ExportError, match=re.escape(f"no labels for its 4 outputs ({unfit}); give them")):
        load_network(path, SourceOptions())
    folder = path.parent / "pictures"
    for label in LABELS:
        (folder / label).mkdir(parents=True)
        cv2.imwrite(str(folder / label / "1.png"), np.zeros((8, 8, 3), np.uint8))
    network = load_network(path, SourceOptions(), pictures=folder)
    assert network.card.labels == LABELS and unfit in network.assumed
    assert unfit not in load_network(path, SourceOptions(labels=LABELS)).assumed


@pytest.mark.parametrize("last", ["sigmoid", None])
def test_one_output_is_for_the_second_of_two_labels(plain, images, run_onnx, last):
    """As in tutorials that tell cats and dogs apart, with or without `from_logits`."""
    path, model = plain(last=last, size_px=32, outputs=1)
    options = SourceOptions(labels=("cat", "dog"), color_order="BGR", scale=(1 / 255,))
    result = export(path, options=options)
    assert result.assumed == (
        () if last else ("the output is a logit, since no sigmoid follows: one is added",)
    )
    values = model.predict(images.astype(np.float32) / 255, verbose=0)[:, 0]
    second = values if last else 1 / (1 + np.exp(-values))
    np.testing.assert_allclose(run_onnx(result.path, images), np.stack([1 - second, second], 1), atol=2e-6)


def damaged(path, tmp_path):
    """A Keras file without its weights."""
    target = tmp_path / "damaged.keras"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(target, "w") as part:
        part.writestr("config.json", whole.read("config.json"))
        part.writestr("metadata.json", whole.read("metadata.json"))
    return target


def test_pictures_have_the_labels_of_weights_alone(tmp_path, make_network):
    bare = write_keras_2(tmp_path / "bare.hdf5", make_network("six_conv"), whole=False)
    for label in LABELS:
        (tmp_path / "data" / label).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "data" / label / "1.png"), np.zeros((32, 32, 3), np.uint8))
    options = SourceOptions(network="six_conv", size_px=32)
    assert load_network(bare, options, pictures=tmp_path / "data").card.labels == tuple(sorted(LABELS))


class OwnClassifier(keras.Model):
    """A network whose layers only its class knows."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, x):
        return self.dense(x)


def test_weights_of_an_own_class_need_its_program(tmp_path):
    model = OwnClassifier()
    model(np.zeros((1, 3), np.float32))
    model.save_weights(tmp_path / "own.weights.h5")
    with pytest.raises(ExportError, match=r"of an own class, .* load them, run model\.export"):
        load_network(tmp_path / "own.weights.h5", SourceOptions())


def test_invalid_files_are_errors(tmp_path, make_network, save_keras, plain):
    model = make_network("six_conv")
    bare = write_keras_2(tmp_path / "bare.hdf5", model, whole=False)
    whole = write_keras_2(tmp_path / "whole.hdf5", model, whole=True)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["numbers"] = [1, 2, 3]
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        archive.writestr("notes.txt", "no network")
    card = save_keras()
    with zipfile.ZipFile(tmp_path / "badcard.keras", "w") as archive:
        archive.writestr(KERAS_ENTRY, "{")
        archive.writestr("config.json", "{}")
    nothing, four = SourceOptions(), SourceOptions(network="four_conv", labels=LABELS, size_px=32)
    three = SourceOptions(labels=LABELS[:3])
    cases = [
        (
            bare,
            nothing,
            r"contains weights only; give their network with --network: .*at 64 px .* do not fit any",
        ),
        (bare, SourceOptions(size_px=32), "give their network with --network: they fit six_conv"),
        (
            whole,
            SourceOptions(size_px=32),
            "weights do not fit .*; or give --network six_conv, which its weights fit",
        ),
        (
            bare,
            SourceOptions(network="six_conv", size_px=32),
            "has no labels for its 4 outputs; give them with --labels",
        ),
        (
            bare,
            SourceOptions(network="six_conv", labels=LABELS[:3]),
            "4 outputs but 3 labels; give one for each",
        ),
        (
            bare,
            SourceOptions(network="six_conv", labels=LABELS),
            "layer dense_7 has 1024x1024 and 1024, not 9216x1024 and 1024",
        ),
        (bare, four, "do not fit four_conv: 8 layers with weights, not 6; give another --network"),
        (
            bare,
            SourceOptions(network="nine", labels=LABELS),
            "unknown network 'nine'; choose from four_conv",
        ),
        (bare, SourceOptions(network="six_conv", labels=LABELS, size_px=8), "cannot take pictures of 8 px"),
        (bare, SourceOptions(network="six_conv", labels=("a",) * 4, size_px=32), "two different names"),
        (tmp_path / "other.h5", nothing, "is an HDF5 file without Keras weights"),
        (tmp_path / "other.keras", nothing, "is a zip archive without a Keras network; give a .keras file"),
        (tmp_path / "badcard.keras", nothing, "its metadata cannot be read"),
        (
            damaged(card, tmp_path),
            nothing,
            "has no weights, as model.weights.h5 is missing; download it again",
        ),
        (card, three, "4 outputs but 3 labels"),
        (card, SourceOptions(network="six_conv"), "contains its own network; leave out --network six_conv"),
        (card, SourceOptions(size_px=48), "takes 32x32 pictures, not 48x48"),
        (plain()[0], nothing, "has no labels for its 4 outputs; give them with --labels"),
        (
            plain(last="relu")[0],
            SourceOptions(labels=LABELS),
            "ends in Relu; its outputs are neither probabilities that sum to 1 nor logits",
        ),
    ]
    for path, options, message in cases:
        with pytest.raises(ExportError, match=message) as caught:
            load_network(path, options)
        assert str(path) in str(caught.value) or "unknown network" in message or "cannot take" in message
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "layer", "message"),
    [
        (
            (16, 16, 4),
            keras.layers.Flatten,
            r"takes \(None, 16, 16, 4\): that is neither \(N, H, W, C\) nor .* with 1 or 3 channels",
        ),
        ((16, 16, 3), keras.layers.ReLU, r"returns \(None, 16, 16, 3\); only networks that return \(N, K\)"),
        ((None, None, 3), keras.layers.GlobalMaxPooling2D, "takes pictures of any size; .* with --size-px"),
    ],
)
def test_networks_with_other_shapes_are_rejected(tmp_path, shape, layer, message):
    path = tmp_path / "other.keras"
    keras.Sequential([keras.Input(shape), layer()]).save(path)
    with pytest.raises(ExportError, match=message):
        load_network(path, SourceOptions(labels=LABELS))


@pytest.mark.parametrize(("widths", "helps"), [((4, 4), False), ((4, 2), True)])
def test_labels_are_asked_for_only_if_they_tell_outputs_apart(tmp_path, widths, helps):
    pictures = keras.Input((16, 16, 3))
    flat = keras.layers.Flatten()(pictures)
    path = tmp_path / "two.keras"
    keras.Model(pictures, [keras.layers.Dense(width, activation="softmax")(flat) for width in widths]).save(
        path
    )
    with pytest.raises(ExportError, match=r"save keras\.Model") as caught:
        load_network(path, SourceOptions())
    assert ("give --labels for one of them" in str(caught.value)) == helps


def test_networks_of_any_input_size_are_exported_for_one(tmp_path, images, run_onnx):
    keras.utils.set_random_seed(1)
    pictures = keras.Input((None, None, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(pictures))
    model = keras.Model(pictures, keras.layers.Softmax()(x))
    path = tmp_path / "any.keras"
    model.save(path)
    result = export(path, options=SourceOptions(labels=LABELS, size_px=32, color_order="BGR"))
    assert result.card.size_px == 32
    wanted = model.predict(images.astype(np.float32) / 255, verbose=0)
    np.testing.assert_allclose(run_onnx(result.path, images), wanted, atol=1e-5)


def test_weights_that_are_not_finite_are_errors(tmp_path, make_network, make_card):
    from simpsons_training.storage import save_network

    model = make_network()
    model.get_layer("logits").set_weights([w * np.nan for w in model.get_layer("logits").get_weights()])
    path = tmp_path / "nan.keras"
    save_network(model, path, make_card())
    with pytest.raises(ExportError, match="not finite; its weights are broken"):
        load_network(path, SourceOptions())
