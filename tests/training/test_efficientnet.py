import keras
import numpy as np
import pytest
from keras import layers

from simpsons_play.core.errors import DependencyError
from simpsons_training import efficientnet, networks


def imagenet_classifier_head() -> keras.Model:
    pictures = keras.Input((224, 224, 3))
    features = efficientnet.efficientnet_lite0(efficientnet.scale_for_imagenet(pictures))
    return keras.Model(pictures, layers.GlobalAveragePooling2D()(features))


def test_the_full_network_has_the_published_number_of_weights() -> None:
    # 4,652,008 in total, minus the head: a convolution 320 -> 1280 with its norm, and 1280 -> 1000.
    head = 320 * 1280 + 2 * 1280 + 1280 * 1000 + 1000
    trainable = sum(int(np.prod(w.shape)) for w in imagenet_classifier_head().trainable_weights)
    assert trainable == 4_652_008 - head


def test_imagenet_weights_fill_the_backbone_only() -> None:
    model = networks.build("springfield", labels=3, size_px=64)
    before = {layer.name: layer.get_weights() for layer in model.layers}
    efficientnet.fill_with_imagenet(model)
    for layer in model.layers:
        changed = any(
            not np.array_equal(a, b) for a, b in zip(before[layer.name], layer.get_weights(), strict=True)
        )
        of_backbone = layer.name.startswith(("stem", "block")) and bool(layer.get_weights())
        assert changed == of_backbone, layer.name


def test_imagenet_features_differ_between_pictures_and_are_finite() -> None:
    model = networks.build("springfield", labels=3, size_px=64)
    efficientnet.fill_with_imagenet(model)
    features = keras.Model(model.input, model.get_layer("features_norm").input)
    pictures = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3)).astype(np.float32)
    outputs = features.predict(pictures, verbose=0)
    assert np.isfinite(outputs).all() and outputs.std(axis=0).max() > 0.01
    # Normalised features are of order one; with swapped weights they explode.
    assert 0.01 < np.abs(outputs).mean() < 10


def test_a_training_from_imagenet_starts_with_low_confidence() -> None:
    model = networks.build("springfield", labels=4, size_px=64)
    efficientnet.fill_with_imagenet(model)
    pictures = np.random.default_rng(0).integers(0, 256, (32, 64, 64, 3)).astype(np.float32)
    outputs = keras.ops.convert_to_numpy(model(pictures, training=True))
    assert outputs.max(axis=1).mean() < 0.8


def test_other_weights_in_the_package_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet, "read_torch_file", lambda path: {})
    with pytest.raises(DependencyError, match=r"0\.1\.0"):
        efficientnet.fill_with_imagenet(networks.build("springfield", labels=3, size_px=64))


def test_springfield_accepts_any_size() -> None:
    network = networks.build("springfield", labels=3, size_px=None)
    for size_px in (64, 96):
        pictures = np.zeros((2, size_px, size_px, 3), np.uint8)
        assert network.predict(pictures, verbose=0).shape == (2, 3)
