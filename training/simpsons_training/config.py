"""Settings of a training and their defaults, for the library and the command line.

Imports neither numpy nor Keras.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, get_args

ColorOrder = Literal["BGR", "RGB"]
Optimizer = Literal["adamw", "rmsprop", "sgd"]
Precision = Literal["float32", "bfloat16"]
Activation = Literal["relu", "elu"]
Split = Literal["given", "scenes", "random"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Strength of each augmentation. Lengths are shares of the picture's side; probabilities are 0-1.

    Attributes:
        shift: Maximum translation in both directions.
        flip: Mirror half of the pictures.
        zoom: Maximum zoom in both directions (0.2: a factor from 1/1.2 to 1.2).
        stretch: Maximum change of the aspect ratio in both directions, as for `zoom`.
        rotate_deg: Maximum rotation in both directions, in degrees.
        colour: Maximum relative change of brightness, contrast and saturation in both directions.
        hue: Maximum hue shift in both directions, in OpenCV's units of 2 degrees.
        compress: Probability of low-quality JPEG compression, a stand-in for video compression.
        blur: Probability of a slight Gaussian blur.
        erase: Probability of random erasing (Zhong et al. 2017, arXiv:1708.04896).
        mix: Probability of mixing with another picture, half by mixup (Zhang et al. 2017, arXiv:1710.09412)
            and half by CutMix (Yun et al. 2019, arXiv:1905.04899).
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
"""The augmentation of the article: shifts of up to a tenth, and mirroring."""

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
"""Our augmentation: imitates zooms, pans, colour grading and video compression of the show, and more."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A network and how to train it. The field names are keys in `run.json`.

    Attributes:
        network: A key of `networks.NETWORKS`.
        size_px: Input size of the network.
        color_order: Colour order of the input.
        epochs: Number of epochs.
        batch_size: Pictures per step.
        optimizer: Optimizer; each has its own learning-rate schedule, see `optimizers`.
        learning_rate: Peak learning rate.
        weight_decay: Decoupled weight decay of AdamW.
        label_smoothing: Share of each target that is spread over all labels; 0-1.
        balance: How much more rare characters weigh: 0 not at all, 1 as if all were equally frequent.
        others: Train on pictures of unknown people with uniform targets, so that the network has low
            confidence for them (outlier exposure: Hendrycks et al. 2018, arXiv:1812.04606).
        backgrounds: Also train on background crops, with uniform targets.
        imagenet: Start from ImageNet weights.
        begin_small: Share of the epochs, from the first, with pictures at two thirds of the input size: less
            than half the computation while the network learns coarse features (progressive learning: Tan and
            Le 2021, arXiv:2104.00298). Needs a network that accepts any size.
        augmentation: How pictures are augmented.
        stored_scale: Pictures are kept in memory at this multiple of the input size, so that zooming in keeps
            detail.
        activation: Activation of the article's networks; others have a fixed one.
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


_MIN_STEPS = 16
"""Target minimum of steps per epoch: a few pictures in large batches make too few steps to learn from."""

_MIN_BATCH_SIZE = 8


def batch_size_for(recipe: Recipe, pictures: int) -> int:
    """Batch size for a number of training pictures: that of the recipe, or smaller for small data sets.

    A hundred pictures in batches of 64 make one step per epoch, which is too few to learn anything.
    """
    return min(recipe.batch_size, max(_MIN_BATCH_SIZE, pictures // _MIN_STEPS))


RECIPES: dict[str, Recipe] = {
    # The published networks were trained in OpenCV's colour order.
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
"""Preset -> recipe. The published ones are from train.py of github.com/alexattia/SimpsonRecognition."""

DEFAULT_PRESET = "springfield"
"""The default key of `RECIPES`."""

SIZES_PX = (32, 512)
"""Smallest and largest value of `Recipe.size_px`."""

SPLITS: tuple[Split, ...] = get_args(Split)
"""Possible values of `TrainConfig.split`."""

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
"""Possible values of `Recipe.activation`."""

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
"""Possible values of `TrainConfig.precision`."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings that are independent of the recipe. The field names are keys in `run.json`.

    Attributes:
        precision: `float32`, or `bfloat16` for mixed precision, about twice as fast on processors with
            bfloat16 instructions. Weights and saved networks are float32 either way.
        seed: Random seed.
        split: How pictures are split: as in the table, by scenes, or at random; see `dataset.read_pictures`.
        val_share: Share of each character's validation pictures, if the split is drawn; between 0 and 1.
        drawings: Number of our own drawings of each drawn character to add to the training pictures.
    """

    precision: Precision = "float32"
    seed: int = 0
    split: Split = "given"
    val_share: float = 0.15
    drawings: int = 0


MEMORY_EACH, MEMORY_OTHERS = 100, 300
"""How many pictures of each character, and of all other people together, a network remembers."""

MAX_REPEATED = 200
"""How many pictures of each character that the network knows already are used in a fine-tuning."""

NEW_WEIGHT = 0.5
"""Weight of a new character in a fine-tuning, relative to one that the network knows already. A higher weight
finds more of the new characters, and takes more of the others for them."""

FINE_TUNING = Recipe(
    "",  # network, size and colour order are those of the network to fine-tune
    epochs=12,
    learning_rate=2e-3,
    label_smoothing=0.1,
    others=True,
    augmentation=dataclasses.replace(FOOTAGE, mix=0.0),
    stored_scale=2,
)
"""Recipe of a fine-tuning; `label_smoothing` is the share of the old network's opinion in the targets."""
