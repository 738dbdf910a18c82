"""Train the networks of simpsons-play from folders of pictures.

Everything listed in `__all__` is public; all else may change. Nothing heavy is imported before it is used::

    import simpsons_training as st

    pictures = st.read_pictures("PICTURES")
    run = st.train(pictures, "runs/mine", epochs=8)
    evaluation = st.evaluate(run, pictures)
    evaluation.accuracy, evaluation.to_pandas()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simpsons_play.core.errors import (
    DataError,
    DependencyError,
    ModelError,
    SimpsonsError,
    SimpsonsWarning,
    SinkError,
)

if TYPE_CHECKING:
    from simpsons_training.api import evaluate, inspect_pictures, read_pictures, train
    from simpsons_training.classifier_training import TrainResult
    from simpsons_training.dataset import PictureSet
    from simpsons_training.evaluation.results import Evaluation
    from simpsons_training.storage import EpochResult
    from simpsons_training.study.study import DatasetStudy
    from simpsons_training.table import Picture

_HOMES = {
    "api": ("evaluate", "inspect_pictures", "read_pictures", "train"),
    "classifier_training": ("TrainResult",),
    "dataset": ("PictureSet",),
    "evaluation.results": ("Evaluation",),
    "storage": ("EpochResult",),
    "study.study": ("DatasetStudy",),
    "table": ("Picture",),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "DataError",
    "DatasetStudy",
    "DependencyError",
    "EpochResult",
    "Evaluation",
    "ModelError",
    "Picture",
    "PictureSet",
    "SimpsonsError",
    "SimpsonsWarning",
    "SinkError",
    "TrainResult",
    "evaluate",
    "inspect_pictures",
    "read_pictures",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public name from the module that defines it."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from simpsons_training.commands.loading import loading

    with loading(f"{__name__}.{name}"):
        return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return __all__
