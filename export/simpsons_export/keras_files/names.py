"""What Keras 1, Keras 2 and tf.keras called layers and arguments that Keras 3 names differently.

Keras 1 names are those of `keras/legacy/layers.py` and `keras/legacy/interfaces.py` of Keras 2.2.
"""

from __future__ import annotations

import re
from typing import Any

CLASSES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "AtrousConvolution2D": "Conv2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
}

MERGE_MODES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
}
"""Layers for the modes of the layer `Merge` of Keras 1."""

ARGUMENTS = {
    "alpha": "negative_slope",
    "atrous_rate": "dilation_rate",
    "batch_input_shape": "batch_shape",
    "bias": "use_bias",
    "border_mode": "padding",
    "concat_axis": "axis",
    "dim_ordering": "data_format",
    "nb_filter": "filters",
    "output_dim": "units",
    "p": "rate",
    "sigma": "stddev",
    "subsample": "strides",
    "theta": "threshold",
}
"""Old names of arguments, used where a layer does not have the old name."""

VALUES = {"th": "channels_first", "tf": "channels_last"}
"""Values of `dim_ordering` in Keras 1."""

TRAINING_ONLY = re.compile(r"(^|_)(init|initializer|initializers|regularizer|constraint)$")
"""Arguments that have no influence on a network whose weights are given."""

INACTIVE = re.compile(r"(Dropout|DropConnect|DropPath|StochasticDepth)$|^Rand")
"""Classes that do nothing outside training, as far as their names tell, whoever wrote them."""

CODE = ("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")
"""Layers whose configuration contains or names code to run."""

MODULES = {"LayerScale": "keras.src.applications.convnext"}
"""Layers that Keras has outside `keras.layers`."""

IGNORED = re.compile(
    "(batch_input|query|key|value)_shape|create_input_layer|implementation|input_(dim|dtype|length)|ragged"
)
"""Arguments without influence on a network whose weights are given."""

NEUTRAL: tuple[Any, ...] = (None, False, 1, "auto", "linear", [], {}, [1, 1])
"""Values of unknown arguments that are not worth a note."""


def translate_keras_1(class_name: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Translate what cannot be renamed one by one; other layers stay as they are.

    Args:
        class_name: Class of a layer.
        config: Its configuration.

    Raises:
        ValueError: Keras 3 has no such layer; the message tells its mode.

    Example:
        >>> translate_keras_1("Convolution2D", {"nb_filter": 8, "nb_row": 3, "nb_col": 3})
        ('Conv2D', {'nb_filter': 8, 'kernel_size': [3, 3]})
    """
    config = dict(config)
    if class_name == "Merge":
        mode = config.get("mode")
        if mode not in MERGE_MODES:
            raise ValueError(f"merges with the mode {mode!r}")
        return MERGE_MODES[mode], {key: config[key] for key in ("name", "concat_axis") if key in config}
    if class_name == "BatchNormalization" and (mode := config.pop("mode", 0)):
        raise ValueError(f"is a BatchNormalization with the mode {mode!r}")
    if "nb_row" in config:
        config["kernel_size"] = [config.pop("nb_row"), config.pop("nb_col")]
    if "filter_length" in config:
        config["kernel_size"] = config.pop("filter_length")
    return CLASSES.get(class_name, class_name), config
