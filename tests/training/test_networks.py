import keras
import numpy as np
import pytest

from simpsons_training import networks
from simpsons_training.config import DEFAULT_PRESET, RECIPES
from simpsons_training.optimizers import make_optimizer


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_every_network_returns_probabilities(name: str) -> None:
    network = networks.build(name, labels=5, size_px=64)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    probabilities = network.predict(pictures, verbose=0)
    assert probabilities.shape == (3, 5) and probabilities.dtype == np.float32
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)


def test_every_network_has_a_recipe() -> None:
    assert [recipe.network for recipe in RECIPES.values()] == list(networks.NETWORKS)
    assert DEFAULT_PRESET in RECIPES


def convolutions(network: keras.Model) -> list[int]:
    return [layer.filters for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]


def test_the_published_networks_match_the_article() -> None:
    four, six = (networks.build(name, labels=18, size_px=64) for name in ("four_conv", "six_conv"))
    assert convolutions(four) == [32, 32, 64, 64]
    assert convolutions(six) == [32, 32, 64, 64, 256, 256]
    # Counted by hand: kernels and biases; the dense layers get 14x14x64 and 6x6x256 values.
    assert four.count_params() == 65_568 + 14 * 14 * 64 * 512 + 512 + 513 * 18
    assert six.count_params() == 65_568 + 73_856 * 2 + 590_080 + 6 * 6 * 256 * 1024 + 1024 + 1025 * 18


def test_the_article_s_networks_can_be_built_with_elu() -> None:
    network = networks.build("six_conv", labels=3, size_px=64, activation="elu")
    activations = [layer.activation.__name__ for layer in network.layers if hasattr(layer, "activation")]
    assert activations.count("elu") == 7 and "relu" not in activations


def test_unknown_networks_are_rejected() -> None:
    with pytest.raises(ValueError, match="springfield"):
        networks.build("resnet", labels=3, size_px=64)


@pytest.mark.parametrize("name", RECIPES)
def test_learning_rates_peak_as_configured_and_decay(name: str) -> None:
    recipe = RECIPES[name]
    optimizer = make_optimizer(recipe, steps_per_epoch=10)
    schedule = optimizer._learning_rate
    last = float(schedule(recipe.epochs * 10 - 1))
    assert max(float(schedule(step)) for step in range(0, recipe.epochs * 10, 7)) == pytest.approx(
        recipe.learning_rate, rel=0.05
    )
    assert last < recipe.learning_rate
