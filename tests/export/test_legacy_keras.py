"""Files of Keras 1, Keras 2 and tf.keras compute what the same network, built by hand, computes."""

from __future__ import annotations

import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
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
CONV_1 = {"init": "glorot_uniform", "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.1}}
CONV_1 |= {"b_regularizer": None, "W_constraint": None, "activity_regularizer": None, "bias": True}


def load(path, **options):
    loaded = load_file(path, SourceOptions(labels=LABELS, **options))
    return loaded.source.model, loaded.assumed


def assert_same(model, wanted, inputs=None):
    inputs = pictures() if inputs is None else inputs
    expected = wanted.predict(inputs, verbose=0)
    assert np.ptp(expected, axis=0).max() > 1e-3  # the pictures are told apart
    np.testing.assert_allclose(model.predict(inputs, verbose=0), expected, rtol=1e-4, atol=1e-4)


def keras_1(ordering, shape):
    """A network as Keras 1.2 saved it: a list of layers."""
    conv = {"nb_filter": 4, "nb_row": 3, "nb_col": 2, "subsample": [2, 1], "dim_ordering": ordering}
    config = sequential(
        layer(
            "Convolution2D",
            "convolution2d_1",
            batch_input_shape=shape,
            input_dtype="float32",
            border_mode="same",
            activation="relu",
            **conv,
            **CONV_1,
        ),
        layer(
            "BatchNormalization",
            "batchnormalization_1",
            mode=0,
            axis=1 if ordering == "th" else -1,
            epsilon=1e-3,
            momentum=0.99,
            gamma_regularizer=None,
            beta_regularizer=None,
        ),
        layer(
            "MaxPooling2D",
            "maxpooling2d_1",
            border_mode="valid",
            pool_size=[2, 2],
            strides=[2, 2],
            dim_ordering=ordering,
        ),
        layer("Dropout", "dropout_1", p=0.5),
        layer("Flatten", "flatten_1"),
        layer("Dense", "dense_1", output_dim=5, input_dim=None, activation="linear", **CONV_1),
    )
    config["config"] = config["config"]["layers"]
    return config


NAMES_1 = ("convolution2d_1", "batchnormalization_1", "dense_1")


def test_keras_1_sequential(tmp_path):
    wanted = build(
        layers.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(5),
    )
    path = write_hdf5(
        tmp_path / "m.h5", keras_1("tf", [None, 8, 8, 3]), arrays_of(wanted, *NAMES_1), version="1.2.2"
    )
    model, assumed = load(path)
    assert_same(model, wanted)
    assert assumed == ()


@pytest.mark.parametrize("backend", ["theano", "tensorflow"])
def test_keras_1_with_channels_first(tmp_path, backend):
    """Kernels were saved as (K, C, H, W); Theano turns them by 180 degrees."""
    wanted = randomize(
        keras.Sequential(
            [
                keras.Input((3, 8, 8)),
                layers.Conv2D(
                    4, (3, 2), strides=(2, 1), padding="same", activation="relu", data_format="channels_first"
                ),
                layers.BatchNormalization(axis=1),
                layers.MaxPooling2D(2, data_format="channels_first"),
                layers.Flatten(),
                layers.Dense(5),
            ]
        )
    )
    arrays = arrays_of(wanted, *NAMES_1)
    (name, kernel), bias = arrays["convolution2d_1"]
    kernel = kernel[::-1, ::-1] if backend == "theano" else kernel
    arrays["convolution2d_1"] = [(name, kernel.transpose(3, 2, 0, 1)), bias]
    config = keras_1("th", [None, 3, 8, 8])
    path = write_hdf5(tmp_path / "m.h5", config, arrays, version="1.2.2", backend=backend)
    assert_same(load(path)[0], wanted, pictures().transpose(0, 3, 1, 2))


def test_keras_1_functional_with_merge(tmp_path):
    pixels = keras.Input((8, 8, 3))
    x = layers.Conv2D(3, 1)(pixels)
    x = layers.Concatenate()([layers.Add()([x, pixels]), x])
    wanted = randomize(keras.Model(pixels, layers.Dense(5)(layers.Flatten()(x))))
    merge = {"mode_type": "raw", "output_shape": None, "dot_axes": -1}
    config = functional(
        picture_input(),
        layer(
            "Convolution2D",
            "c",
            call("input_1"),
            nb_filter=3,
            nb_row=1,
            nb_col=1,
            dim_ordering="tf",
            **CONV_1,
        ),
        layer("Merge", "sum", call("c", "input_1"), mode="sum", concat_axis=-1, **merge),
        layer("Merge", "concat", call("sum", "c"), mode="concat", concat_axis=-1, **merge),
        layer("Flatten", "f", call("concat")),
        layer("Dense", "d", call("f"), output_dim=5, activation="linear", **CONV_1),
        class_name="Model",
    )
    path = write_hdf5(tmp_path / "m.h5", config, arrays_of(wanted, "c", "d"), version="1.2.2")
    assert_same(load(path)[0], wanted)


MIXED = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
OLD_LAYERS = (
    layer("Rescaling", "shrink", batch_input_shape=[None, 8, 8, 3], dtype="float32", scale=1 / 255),
    layer("RandomFlip", "flip", mode="horizontal", seed=None),
    layer("RandomHeight", "height", factor=0.1, interpolation="bilinear", seed=None),
    layer("FixedDropout", "fixed", rate=0.2, noise_shape=None, seed=None),
    layer(
        "SeparableConv2D",
        "sep",
        filters=4,
        kernel_size=[3, 3],
        groups=1,
        implementation=2,
        activation="swish",
        dtype=MIXED,
    ),
    layer(
        "DepthwiseConv2D",
        "depth",
        kernel_size=[3, 3],
        groups=1,
        kernel_initializer={"class_name": "Own", "config": {}},
    ),
    layer("BatchNormalization", "norm", axis=[3], momentum=0.99, epsilon=0.001, renorm=False, fused=True),
    layer("LeakyReLU", "leaky", alpha=0.2),
    layer("ThresholdedReLU", "thresholded", theta=0.3),
    layer("Swish", "swish"),
    layer("Activation", "hard", activation="hard_sigmoid"),
    layer("Activation", "mish", activation="Mish"),
    layer("GlobalAveragePooling2D", "pool", data_format="channels_last", keepdims=False, new_of_2030=7),
    layer(
        "Dense",
        "dense",
        units=5,
        activation="linear",
        kernel_regularizer={"class_name": "Mine", "config": {}},
    ),
)
ASSUMED = {
    "RandomHeight is left out, since it does nothing outside training",
    "FixedDropout is left out, since it does nothing outside training",
    "the unknown layer Swish is taken for the activation swish",
    "GlobalAveragePooling2D in Keras 3 has no new_of_2030=7, which is ignored",
}


def hard_sigmoid(x):
    return tf.clip_by_value(0.2 * x + 0.5, 0, 1)  # as in Keras 2


def today():
    return build(
        layers.Rescaling(1 / 255),
        layers.SeparableConv2D(4, 3, activation="swish"),
        layers.DepthwiseConv2D(3),
        layers.BatchNormalization(),
        layers.LeakyReLU(negative_slope=0.2),
        layers.ReLU(threshold=0.3),
        layers.Activation("swish"),
        layers.Activation(hard_sigmoid),
        layers.Activation("mish"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(5),
    )


@pytest.mark.parametrize("kind", ["h5", "list in h5", "keras"])
def test_layers_and_arguments_that_keras_3_does_not_have(tmp_path, kind):
    wanted = today()
    config = sequential(*OLD_LAYERS)
    if kind == "keras":
        path = write_archive(tmp_path / "m.keras", config, wanted)
    else:
        if kind != "h5":
            config["config"] = config["config"]["layers"]
        path = write_hdf5(tmp_path / "m.h5", config, arrays_of(wanted, "sep", "depth", "norm", "dense"))
    model, assumed = load(path)
    assert_same(model, wanted)
    assert set(assumed) == ASSUMED


def op(function, name, *calls, class_name="TFOpLambda"):
    return layer(class_name, name, *calls, dtype="float32", function=function)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_tensorflow_functions(tmp_path, suffix):
    """`x / 127.5 - 1`, `tf.nn.relu(x)`, `1 - x`, `tf.concat`, `x[..., 1:-1, ::2, :]` and the like."""
    pieces = [{"class_name": "__ellipsis__"}, {"start": 1, "stop": -1, "step": None}]
    pieces += [{"start": None, "stop": None, "step": 2}, {"start": None, "stop": None, "step": None}]
    config = functional(
        picture_input(),
        op("math.truediv", "divide", ["input_1", 0, 0, {"y": 127.5, "name": None}]),
        op("math.subtract", "shift", ["divide", 0, 0, {"y": 1.0, "name": None}]),
        layer("Conv2D", "conv2d", call("shift"), filters=4, kernel_size=[3, 3]),
        op("nn.relu", "relu", ["conv2d", 0, 0, {"name": None}]),
        op("math.subtract", "from_one", ["_CONSTANT_VALUE", -1, 1.0, {"y": ["relu", 0, 0], "name": None}]),
        op("concat", "both", [["relu", 0, 0, {"axis": -1}], ["from_one", 0, 0, {"axis": -1}]]),
        op(
            "__operators__.getitem",
            "part",
            ["both", 0, 0, {"slice_spec": pieces}],
            class_name="SlicingOpLambda",
        ),
        op("reshape", "flat", ["part", 0, 0, {"shape": [-1, 96]}]),
        layer("Dense", "dense", call("flat"), units=5),
        op("nn.softmax", "softmax", ["dense", 0, 0, {}]),
    )
    pixels = keras.Input((8, 8, 3))
    conv, dense = layers.Conv2D(4, 3, name="conv2d"), layers.Dense(5, name="dense")
    x = keras.ops.relu(conv(pixels / 127.5 - 1))
    x = keras.ops.concatenate([x, 1 - x], axis=-1)[:, 1:-1, ::2, :]
    wanted = randomize(keras.Model(pixels, keras.ops.softmax(dense(keras.ops.reshape(x, (-1, 96))))))
    if suffix == ".h5":
        path = write_hdf5(tmp_path / "m.h5", config, arrays_of(wanted))
    else:
        path = write_archive(tmp_path / "m.keras", config, wanted)
    loaded = load_file(path, SourceOptions(labels=LABELS))
    assert_same(loaded.source.model, wanted)
    assert loaded.source.scaling_layer == "divide"


def backbone(pixels):
    x = layers.Conv2D(4, 3, name="conv1_conv", use_bias=False)(pixels)
    x = layers.BatchNormalization(name="conv1_bn")(x)
    return layers.ReLU()(layers.Conv2D(4, 1, name="conv2")(x))


BACKBONE = (
    picture_input("pixels"),
    layer("Conv2D", "conv1/conv", call("pixels"), filters=4, kernel_size=[3, 3], use_bias=False),
    layer("BatchNormalization", "conv1/bn", call("conv1/conv"), axis=[3]),
    layer("Conv2D", "conv2", call("conv1/bn"), filters=4, kernel_size=[1, 1]),
    layer("ReLU", "relu", call("conv2"), max_value=None, threshold=0.0, negative_slope=0.0),
)


@pytest.mark.parametrize("nested", ["functional", "twice", "sequential"])
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_networks_inside_networks(tmp_path, suffix, nested):
    """A partly frozen base inside another network, as in transfer learning, or called twice.

    Its first call in the outer network is number 1, since number 0 is its own; slashes in names were allowed.
    """
    pixels = keras.Input((8, 8, 3))
    base = keras.Model(pixels, backbone(pixels), name="base")
    base.get_layer("conv1_conv").trainable = base.get_layer("conv1_bn").trainable = False
    head = layers.Dense(5, name="dense")
    inner = functional(*BACKBONE, name="base")
    inner |= {"name": "base"}
    pixels = keras.Input((8, 8, 3))
    if nested == "sequential":
        wanted = keras.Sequential([pixels, base, layers.GlobalAveragePooling2D(), head])
        pool, dense = (
            layer("GlobalAveragePooling2D", "pool"),
            layer("Dense", "dense", units=5, activation="linear"),
        )
        config = sequential(inner, pool, dense)
    else:
        calls, parts, last = [call("input_1")], [base(pixels)], call("base", number=1)
        extra = []
        if nested == "twice":
            extra = [op("math.multiply", "half", ["input_1", 0, 0, {"y": 0.5}])]
            extra += [layer("Add", "add", [["base", 1, 0, {}], ["base", 2, 0, {}]])]
            calls.append(call("half"))
            parts.append(base(pixels * 0.5))
            last = call("add")
        x = layers.Add()(parts) if nested == "twice" else parts[0]
        wanted = keras.Model(pixels, head(layers.GlobalAveragePooling2D()(x)))
        config = functional(
            picture_input(),
            {**inner, "inbound_nodes": calls},
            *extra,
            layer("GlobalAveragePooling2D", "pool", last),
            layer("Dense", "dense", call("pool"), units=5, activation="linear"),
        )
    randomize(wanted)
    if suffix == ".keras":
        path = write_archive(tmp_path / "m.keras", config, wanted)
    else:
        arrays = arrays_of(wanted)
        arrays["base"] = [(name.replace("conv1_", "conv1/"), values) for name, values in arrays["base"]]
        path = write_hdf5(tmp_path / "m.h5", config, arrays)
    assert_same(load(path)[0], wanted)


def test_shared_layers_and_the_input_as_output_of_a_network(tmp_path):
    pixels = keras.Input((8, 8, 3))
    shared = layers.Conv2D(3, 3, padding="same", activation="tanh")
    x = layers.Add()([shared(shared(pixels)), pixels])
    wanted = randomize(keras.Model(pixels, layers.Dense(5)(layers.Flatten()(x))))
    conv = {"filters": 3, "kernel_size": [3, 3], "padding": "same", "activation": "tanh"}
    config = functional(
        picture_input(),
        layer("Conv2D", "c", call("input_1"), call("c"), **conv),
        layer("Add", "add", [["c", 1, 0, {}], ["input_1", 0, 0, {}]]),
        layer("Flatten", "f", call("add"), data_format="channels_last"),
        layer("Dense", "d", call("f"), units=5, activation="linear"),
    )
    assert_same(load(write_hdf5(tmp_path / "m.h5", config, arrays_of(wanted, "c", "d")))[0], wanted)


def test_attention_takes_tensors_as_keyword_arguments(tmp_path):
    pixels = keras.Input((8, 8, 3))
    x = layers.Reshape((64, 3))(pixels)
    attention = layers.MultiHeadAttention(2, 4, name="attention")
    x = layers.GlobalAveragePooling1D()(attention(x, value=x))
    wanted = randomize(keras.Model(pixels, layers.Dense(5, name="d")(x)))
    shape = [None, 64, 3]
    config = functional(
        picture_input(),
        layer("Reshape", "rows", call("input_1"), target_shape=[64, 3]),
        layer(
            "MultiHeadAttention",
            "attention",
            call("rows", value=["rows", 0, 0]),
            num_heads=2,
            key_dim=4,
            query_shape=shape,
            key_shape=shape,
            value_shape=shape,
        ),
        layer("GlobalAveragePooling1D", "pool", call("attention")),
        layer("Dense", "d", call("pool"), units=5, activation="linear"),
    )
    model, assumed = load(write_hdf5(tmp_path / "m.h5", config, arrays_of(wanted)))
    assert_same(model, wanted)
    assert assumed == ()


def test_normalization_computes_with_the_statistics_in_the_file(tmp_path):
    normalization = layers.Normalization(name="normalization")
    normalization.adapt(pictures(seed=3))
    wanted = keras.Sequential(
        [keras.Input((8, 8, 3)), normalization, layers.Flatten(), layers.Dense(5, name="dense")]
    )
    config = sequential(
        layer(
            "Normalization",
            "normalization",
            batch_input_shape=[None, 8, 8, 3],
            axis=[-1],
            mean=None,
            variance=None,
        ),
        layer("Flatten", "flatten"),
        layer("Dense", "dense", units=5),
    )
    assert_same(load(write_hdf5(tmp_path / "m.h5", config, arrays_of(wanted)))[0], wanted)


def test_a_network_that_never_said_its_input_needs_the_size(tmp_path):
    wanted = build(layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(5))
    config = sequential(
        layer("Conv2D", "c", filters=4, kernel_size=[3, 3]),
        layer("Flatten", "f"),
        layer("Dense", "d", units=5),
    )
    path = write_hdf5(tmp_path / "m.h5", config, arrays_of(wanted, "c", "d"))
    with pytest.raises(
        ExportError, match="does not say what pictures it takes; give their size with --size-px"
    ):
        load(path)
    assert_same(load(path, size_px=8)[0], wanted)


@pytest.mark.parametrize("layout", ["Keras 2", "Keras 3"])
def test_weights_and_an_architecture_in_json(tmp_path, layout):
    wanted = today()
    architecture = tmp_path / "model.json"
    architecture.write_text(
        json.dumps({**sequential(*OLD_LAYERS), "keras_version": "2.4.0", "backend": "tensorflow"})
    )
    path = tmp_path / "any.hdf5"
    if layout == "Keras 2":
        write_hdf5(path, None, arrays_of(wanted, "sep", "depth", "norm", "dense"))
    else:
        wanted.save_weights(tmp_path / "m.weights.h5")
        (tmp_path / "m.weights.h5").rename(path)
    with pytest.raises(ExportError, match=r"contains weights only; .*the \.json file of model\.to_json\(\)"):
        load(path)
    assert_same(load(path, network=str(architecture))[0], wanted)
    architecture.write_text("{}")
    with pytest.raises(ExportError, match=r"model\.json is not the architecture of a Keras network"):
        load(path, network=str(architecture))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (layer("Capsule", "caps", size=3), "layer 'caps' is of the class Capsule, which Keras does not have"),
        (layer("KerasLayer", "hub", handle="x"), "layer 'hub' is of the class KerasLayer"),
        (
            layer("Activation", "a", activation="my_own"),
            "layer 'a' has the activation 'my_own', whose code is not",
        ),
        (
            layer("Activation", "a", activation="mine>swish"),
            "layer 'a' has the activation 'mine>swish', whose code is not",
        ),
        (
            layer("Dense", "d", units=5, activation={"class_name": "function", "config": "mine>relu"}),
            "layer 'd' has the activation 'mine>relu', whose code is not",
        ),
        (layer("BatchNormalization", "b", mode=2), "layer 'b' is a BatchNormalization with the mode 2"),
        (layer("Merge", "m", mode="dot"), "layer 'm' merges with the mode 'dot'"),
        (layer("Conv2D", "c", filters=-1, kernel_size=[3, 3]), "Keras cannot build layer 'c' .*filters"),
        (
            layer("Dense", "q", units=5, dtype={"class_name": "QuantizedDTypePolicy", "config": {}}),
            "layer 'q' is quantised; export the network from before",
        ),
    ],
)
def test_layers_that_cannot_be_rebuilt_are_named(tmp_path, entry, message):
    first = layer("Activation", "first", batch_input_shape=[None, 8, 8, 3], activation="linear")
    path = write_hdf5(tmp_path / "m.h5", sequential(first, entry, layer("Flatten", "f")), {})
    with pytest.raises(ExportError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            {**layer("Conv2D", "c", filters=2, kernel_size=[3, 3]), "registered_name": "mine>Conv2D"},
            "layer 'c' is of the class mine>Conv2D, which Keras does not have",
        ),
        (
            {**layer("Rescaling", "r", scale=2.0), "registered_name": "Rescaling", "module": "mine.layers"},
            "layer 'r' is of the class Rescaling",
        ),
        (layer("mine>Swish", "s", beta=3.0), "layer 's' is of the class mine>Swish"),
    ],
)
def test_own_layers_with_names_of_keras_are_refused(tmp_path, own, message):
    first = layer("Activation", "first", batch_input_shape=[None, 8, 8, 3], activation="linear")
    path = write_hdf5(tmp_path / "m.h5", sequential(first, own, layer("Flatten", "f")), {})
    with pytest.raises(ExportError, match=message):
        load(path)


@pytest.mark.parametrize("function", ["io.read_file", "io.write_file", "py_function", "nn.no_such"])
def test_tensorflow_functions_that_may_touch_files_are_refused(tmp_path, function):
    config = functional(picture_input(), op(function, "x", ["input_1", 0, 0, {}]))
    with pytest.raises(ExportError, match=rf"layer 'x' calls tf\.{function}, which is not run from a file"):
        load(write_hdf5(tmp_path / "m.h5", config, {}))


def test_a_network_of_an_own_class_is_refused(tmp_path):
    path = write_hdf5(tmp_path / "m.h5", {"class_name": "MyNet", "config": {}}, {})
    with pytest.raises(ExportError, match=r"its network is of the class MyNet.*model\.export\('FOLDER'\)"):
        load(path)


@pytest.mark.parametrize(
    ("version", "command"),
    [
        ("1.2.2", "simple_save(keras.backend.get_session(), 'FOLDER', {'pictures': model.input}"),
        ("2.3.1", "simple_save("),
        ("2.2.4-tf", "tf.saved_model.save(model, 'FOLDER')"),
        ("2.4.3", "tf.saved_model.save("),
        ("3.8.0", "model.export("),
    ],
)
def test_the_way_out_exists_in_the_version_that_wrote_the_file(tmp_path, version, command):
    path = write_hdf5(tmp_path / "m.h5", {"class_name": "MyNet", "config": {}}, {}, version=version)
    with pytest.raises(ExportError, match=re.escape(command)):
        load(path)


def test_weights_that_do_not_fit_their_own_architecture(tmp_path):
    wanted = build(layers.Flatten(), layers.Dense(5, name="dense"))
    first = layer("Flatten", "flatten", batch_input_shape=[None, 8, 8, 3])
    path = write_hdf5(
        tmp_path / "m.h5", sequential(first, layer("Dense", "dense", units=6)), arrays_of(wanted)
    )
    with pytest.raises(ExportError, match="layer dense has 192x5 and 5, not 192x6 and 6"):
        load(path)
