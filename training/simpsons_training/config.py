"""What a training can be asked for, with its defaults: the one home of both, for library and command line.

Light: imports neither numpy nor Keras.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

ColorOrder = Literal["BGR", "RGB"]
Optimizer = Literal["adamw", "rmsprop", "sgd"]
Precision = Literal["float32", "bfloat16"]
Activation = Literal["relu", "elu"]
Split = Literal["given", "scenes", "random"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How much a picture may change. All lengths are shares of the picture's side; probabilities are 0-1.

    Attributes:
        shift: how far it may move, either way.
        flip: mirror half of the pictures.
        zoom: how much closer or farther it may be seen, as a factor either way (0.2: from 1/1.2 to 1.2).
        stretch: how much its sides may change against each other, as a factor either way.
        rotate_deg: how far it may turn, in degrees, either way.
        colour: how much brightness, contrast and saturation may change, as a share either way.
        hue: how far hues may turn, in units of OpenCV's 180 (2 degrees each), either way.
        compress: probability of a JPEG of low quality, as a stand-in for video compression.
        blur: probability of a small Gaussian blur.
        erase: probability that a rectangle is painted over (Zhong et al. 2017, arXiv:1708.04896).
        mix: probability that a picture is blended with another (Zhang et al. 2017, arXiv:1710.09412) or gets
            a rectangle of another (Yun et al. 2019, arXiv:1905.04899), half and half.
    """

    shift: float = 0.0
    flip: bool = False
    zoom: float = 0.0
    stretch: float = 0.0
    rotate_deg: float = 0.0
    colour: float = 0.0
    hue: float = 0.0
    compress: float = 0.0
    blur: float = 0.0
    erase: float = 0.0
    mix: float = 0.0


ARTICLE = Augmentation(shift=0.1, flip=True)
"""What the article did: shifts of a tenth, and mirror images."""

FOOTAGE = Augmentation(
    shift=0.12,
    flip=True,
    zoom=0.35,
    stretch=0.25,
    rotate_deg=8.0,
    colour=0.25,
    hue=3.0,
    compress=0.3,
    blur=0.15,
    erase=0.25,
    mix=0.3,
)
"""Ours: what zooms, pans, colour grading and video compression do to a picture of the show, and more."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train one network.

    Attributes:
        network: a key of `networks.NETWORKS`.
        size_px: side of the pictures the network takes.
        color_order: of those pictures.
        epochs: times it sees the training pictures.
        batch_size: pictures per step.
        optimizer: which one; its learning-rate schedule comes with it, see `optimizers`.
        learning_rate: at its highest.
        weight_decay: decoupled, for AdamW.
        label_smoothing: share of each target that is spread over all labels; 0-1.
        balance: how far rarer characters weigh more: 0 not at all, 1 as if all were equally many.
        others: show pictures of people who are not to be named, with every label equally likely as the
            target, so that the network learns not to be sure of them (outlier exposure: Hendrycks et al.
            2018, arXiv:1812.04606).
        backgrounds: show what is beside the character, too, where a box says where it is: nobody.
        imagenet: begin from weights that were trained on ImageNet, where the network has them.
        begin_small: share of the epochs, from the first, in which pictures have two thirds of their size:
            less than half the work while the network still learns coarse things (progressive learning: Tan
            and Le 2021, arXiv:2104.00298); for networks that take any size.
        augmentation: how pictures are changed.
        stored_scale: pictures are kept in memory at this multiple of the network's size, so that zooms show
            detail.
        activation: of the article's networks, which were tried with both; ours has its own.
    """

    network: str
    size_px: int = 64
    color_order: ColorOrder = "RGB"
    epochs: int = 50
    batch_size: int = 64
    optimizer: Optimizer = "adamw"
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.0
    balance: float = 0.0
    others: bool = False
    backgrounds: bool = False
    imagenet: bool = False
    begin_small: float = 0.0
    augmentation: Augmentation = ARTICLE
    stored_scale: int = 1
    activation: Activation = "relu"


_STEPS = 16
"""An epoch has about so many steps or more, as far as small batches allow: few pictures in large batches are
too few steps to learn from."""

_LEAST_BATCH = 8


def fitting_batch_size(recipe: Recipe, pictures: int) -> int:
    """How many pictures a batch should have where there are so many to train on: fewer where there are few.

    With one step an epoch, which is what a hundred pictures give in batches of 64, nothing is learned.
    """
    return min(recipe.batch_size, max(_LEAST_BATCH, pictures // _STEPS))


RECIPES: dict[str, Recipe] = {
    # The published networks saw OpenCV's colour order as it came.
    "article-four-conv": Recipe(
        "four_conv", color_order="BGR", epochs=200, batch_size=32, optimizer="rmsprop", learning_rate=1e-4
    ),
    "article-six-conv": Recipe(
        "six_conv",
        color_order="BGR",
        epochs=40,
        batch_size=32,
        optimizer="sgd",
        learning_rate=0.01,
        augmentation=Augmentation(shift=0.1, flip=True, rotate_deg=10.0),
    ),
    "residual": Recipe(
        "residual", label_smoothing=0.1, balance=0.5, others=True, augmentation=FOOTAGE, stored_scale=2
    ),
    "springfield": Recipe(
        "springfield",
        size_px=96,
        epochs=16,
        learning_rate=1e-3,
        label_smoothing=0.1,
        balance=0.5,
        others=True,
        backgrounds=True,
        imagenet=True,
        begin_small=0.5,
        augmentation=FOOTAGE,
        stored_scale=2,
    ),
}
"""Preset -> recipe. Sources of the published ones: train.py of github.com/alexattia/SimpsonRecognition."""

DEFAULT_PRESET = "springfield"
"""The key of `RECIPES` that is trained where none is named."""

SPLITS: tuple[Split, ...] = get_args(Split)
"""What `TrainConfig.split` can be."""

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
"""What `Recipe.activation` can be."""

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
"""What `TrainConfig.precision` can be."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """What is not the recipe's business.

    Attributes:
        precision: `float32`, or `bfloat16` to compute in half the digits, about twice as fast where the
            processor has instructions for it (weights stay float32); what is saved computes in float32
            either way.
        seed: where chance starts.
        split: which pictures to validate on: as a table gives them, by scenes, or at random; see
            `dataset.read_pictures`.
        val_share: share of each character's pictures to validate on, where they are drawn; 0-1, both
            excluded.
        drawings: how many of our own drawings of each drawn character join the training pictures.
    """

    precision: Precision = "float32"
    seed: int = 0
    split: Split = "given"
    val_share: float = 0.15
    drawings: int = 0
