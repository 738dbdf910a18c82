"""What a convention does in the graph equals what the author of a network does in OpenCV, NumPy or Keras."""

from __future__ import annotations

import keras
import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, checker, helper

from simpsons_export.conventions.convention import (
    InputConvention,
    Scaling,
    candidates,
    convention_of_application,
)
from simpsons_export.conventions.graph import convention_graph
from simpsons_export.conventions.input_shape import InputShape
from simpsons_play.core.errors import ExportError

SHAPES = (
    InputShape(16, 16, 3),
    InputShape(16, 16, 3, "NCHW"),
    InputShape(16, 16, 3, "flat"),
    InputShape(12, 16, 3),
    InputShape(31, 7, 3, "NCHW"),
    InputShape(16, 16, 1),
    InputShape(9, 16, 1, "NCHW"),
    InputShape(16, 16, 1, "flat"),
    InputShape(16, 16, 1, "NHW"),
    InputShape(12, 16, 1, "NHW"),
)
UNEVEN = Scaling("uneven", (1 / 50, 1 / 60, 1 / 70), (0.1, -0.2, 0.3))


def run_graph(convention, shape, images, *, opset=17):
    chain = convention_graph(convention, shape, name="pictures", output="values", opset=opset)
    side = shape.size_px
    graph = helper.make_graph(
        chain.nodes,
        "convention",
        [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["N", side, side, 3])],
        [helper.make_tensor_value_info("values", TensorProto.FLOAT, ["N", *shape.tensor])],
        chain.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"pictures": images})[0]


def noise(side, count=3):
    return np.random.default_rng(side).integers(0, 256, (count, side, side, 3), np.uint8)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("opset", [13, 17, 18])
def test_every_candidate_is_the_same_in_the_graph(shape, opset):
    images = noise(shape.size_px)
    conventions = [*candidates(channels=shape.channels), InputConvention("grey", Scaling("0 to 255"))]
    if shape.channels == 3:
        conventions += [InputConvention(order, UNEVEN) for order in ("RGB", "BGR")]
    for convention in conventions:
        expected = convention.inputs(images, shape)
        assert (expected.shape, expected.dtype) == ((3, *shape.tensor), np.float32)
        actual = run_graph(convention, shape, images, opset=opset)
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-3, err_msg=str(convention))
        assert run_graph(convention, shape, images[:0], opset=opset).shape == (0, *shape.tensor)


def test_grey_is_rounded_as_opencv_does():
    """All sums of bytes and weights are exact in float32, so no pixel differs."""
    images = noise(256)
    shape, grey = InputShape(256, 256, 1), InputConvention("grey", Scaling("0 to 255"))
    np.testing.assert_array_equal(run_graph(grey, shape, images), grey.inputs(images, shape))


def test_conventions_by_hand():
    """One pixel in blue, green and red: 10, 20, 30."""
    image = np.array([10, 20, 30], np.uint8).reshape(1, 1, 1, 3)
    shape = InputShape(1, 1, 3)
    by_name = {str(one): one.inputs(image, shape).ravel() for one in candidates(channels=3)}
    assert len(by_name) == 17
    np.testing.assert_allclose(
        by_name["grey, 0 to 255"], [22, 22, 22]
    )  # 0.114 * 10 + 0.587 * 20 + 0.299 * 30
    np.testing.assert_allclose(by_name["RGB, 0 to 255"], [30, 20, 10])
    np.testing.assert_allclose(by_name["BGR, 0 to 1"], np.array([10, 20, 30]) / 255, rtol=1e-6)
    np.testing.assert_allclose(by_name["RGB, -1 to 1"], np.array([30, 20, 10]) / 127.5 - 1, rtol=1e-5)
    torch = (np.array([30, 20, 10]) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(by_name["RGB, ImageNet mean and deviation"], torch, rtol=1e-5)
    np.testing.assert_allclose(by_name["BGR, ImageNet mean and deviation"], torch[::-1], rtol=1e-5)
    np.testing.assert_allclose(
        by_name["BGR, ImageNet mean subtracted"], [10 - 103.939, 20 - 116.779, 30 - 123.68], rtol=1e-5
    )
    deviation = np.std([10, 20, 30])
    np.testing.assert_allclose(
        by_name["RGB, each picture standardized"], np.array([10, 0, -10]) / deviation, rtol=1e-5
    )


def test_even_pictures_are_standardized_to_zeros():
    """As `tf.image.per_image_standardization` does, which divides by at least 1 / sqrt(pixels)."""
    image, shape = np.full((1, 8, 8, 3), 77, np.uint8), InputShape(8, 8, 3)
    standard = next(one for one in candidates(channels=3) if one.scaling.standardized)
    assert not standard.inputs(image, shape).any()
    np.testing.assert_allclose(run_graph(standard, shape, image), 0, atol=1e-4)


APPLICATIONS = {name: getattr(keras.applications, name) for name in sorted(dir(keras.applications))}


@pytest.mark.parametrize("name", [n for n, m in APPLICATIONS.items() if hasattr(m, "preprocess_input")])
def test_every_keras_application_is_read_off(name):
    convention, images = convention_of_application(name), noise(16)
    shape = InputShape(16, 16, 3)
    rgb = images[..., ::-1].astype(np.float32)
    expected = APPLICATIONS[name].preprocess_input(rgb.copy())
    np.testing.assert_array_equal(convention.inputs(images, shape), expected)
    np.testing.assert_allclose(run_graph(convention, shape, images), expected, rtol=1e-5, atol=1e-4)


def test_other_names_are_rejected_with_the_right_ones():
    with pytest.raises(
        ExportError, match=r"--preprocess mobile: not a module of keras.applications; choose .*mobilenet_v2"
    ):
        convention_of_application("mobile")


@pytest.mark.parametrize(
    ("dims", "shape"),
    [
        ([None, 64, 64, 3], InputShape(64, 64, 3)),
        ([1, 3, 224, 224], InputShape(224, 224, 3, "NCHW")),
        ([None, 80, 80, 1], InputShape(80, 80, 1)),
        ([None, 1, 28, 28], InputShape(28, 28, 1, "NCHW")),
        ([None, 48, 64, 3], InputShape(48, 64, 3)),
        ([None, 12288], InputShape(64, 64, 3, "flat")),
        ([None, 6400], InputShape(80, 80, 1, "flat")),
        ([None, 28, 28], InputShape(28, 28, 1, "NHW")),
        ([1, 28, 28], InputShape(28, 28, 1, "NHW")),
        ([None, None, None, 3], InputShape(96, 96, 3)),
    ],
)
def test_layouts_are_told_by_dimensions(dims, shape):
    assert InputShape.of(dims, size_px=96) == shape


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        ([None, 64, 64, 4], "neither"),
        ([64, 64, 3], "no dimension for the pictures"),
        ([3, 64, 64], "no dimension for the pictures"),
        ([None, 1000], "a vector of 1,000 is no square picture, neither in grey nor in colours"),
        ([None, None, None, 3], "any size; give that of its training with --size-px"),
        ([None, None], "neither"),
    ],
)
def test_other_dimensions_are_rejected(dims, message):
    with pytest.raises(ValueError, match=message):
        InputShape.of(dims)
