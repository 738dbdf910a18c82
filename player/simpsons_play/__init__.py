"""simpsons-play names the characters of The Simpsons in video.

Everything listed in `__all__` is public; all else may change. Nothing heavy is imported before it is used::

    import simpsons_play as sp

    for frame in sp.analyze("episode.avi"):
        print(frame.time_s, [caption.label for caption in frame.captions])

    timeline = sp.timeline("episode.avi", threshold=0.8)
    timeline.to_pandas()
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from simpsons_play.core import MAX_IMAGE_PIXELS

if TYPE_CHECKING:
    from simpsons_play.analysis.api import analyze, captions, strangers, timeline
    from simpsons_play.analysis.strangers import Stranger
    from simpsons_play.core.assets import sample_clip
    from simpsons_play.core.errors import (
        CastError,
        DataError,
        DependencyError,
        DetectionLogError,
        DisplayError,
        ExportError,
        LibraryError,
        ModelError,
        ProviderError,
        SettingsError,
        SimpsonsError,
        SimpsonsWarning,
        SinkError,
        SourceError,
    )
    from simpsons_play.core.frames import Frame, SourceInfo
    from simpsons_play.core.geometry import Box
    from simpsons_play.core.names import display_name
    from simpsons_play.core.results import Caption, Detection, Detections, FrameResult, Prediction, Region
    from simpsons_play.inference.loading import load_model
    from simpsons_play.inference.model import Classifier, Detector
    from simpsons_play.library.api import Library
    from simpsons_play.library.moments import Moment
    from simpsons_play.library.table import LibraryTable
    from simpsons_play.render.overlay import Overlay
    from simpsons_play.sources import open_source
    from simpsons_play.timelines.caption_table import CaptionTable
    from simpsons_play.timelines.screen_time import ScreenTimeTotal
    from simpsons_play.timelines.spans import Span
    from simpsons_play.timelines.timeline import Appearance, Timeline

# OpenCV reads this once, when it is loaded; its own limit is four times as high.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_IMAGE_PIXELS))

__version__ = "0.1.0"

_HOMES = {
    "analysis.api": ("analyze", "captions", "strangers", "timeline"),
    "analysis.strangers": ("Stranger",),
    "core.assets": ("sample_clip",),
    "core.errors": (
        "CastError",
        "DataError",
        "DependencyError",
        "DetectionLogError",
        "DisplayError",
        "ExportError",
        "LibraryError",
        "ModelError",
        "ProviderError",
        "SettingsError",
        "SimpsonsError",
        "SimpsonsWarning",
        "SinkError",
        "SourceError",
    ),
    "core.frames": ("Frame", "SourceInfo"),
    "core.geometry": ("Box",),
    "core.names": ("display_name",),
    "core.results": ("Caption", "Detection", "Detections", "FrameResult", "Prediction", "Region"),
    "inference.loading": ("load_model",),
    "inference.model": ("Classifier", "Detector"),
    "library.api": ("Library",),
    "library.moments": ("Moment",),
    "library.table": ("LibraryTable",),
    "render.overlay": ("Overlay",),
    "sources": ("open_source",),
    "timelines.caption_table": ("CaptionTable",),
    "timelines.screen_time": ("ScreenTimeTotal",),
    "timelines.spans": ("Span",),
    "timelines.timeline": ("Appearance", "Timeline"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Appearance",
    "Box",
    "Caption",
    "CaptionTable",
    "CastError",
    "Classifier",
    "DataError",
    "DependencyError",
    "Detection",
    "DetectionLogError",
    "Detections",
    "Detector",
    "DisplayError",
    "ExportError",
    "Frame",
    "FrameResult",
    "Library",
    "LibraryError",
    "LibraryTable",
    "ModelError",
    "Moment",
    "Overlay",
    "Prediction",
    "ProviderError",
    "Region",
    "ScreenTimeTotal",
    "SettingsError",
    "SimpsonsError",
    "SimpsonsWarning",
    "SinkError",
    "SourceError",
    "SourceInfo",
    "Span",
    "Stranger",
    "Timeline",
    "__version__",
    "analyze",
    "captions",
    "display_name",
    "load_model",
    "open_source",
    "sample_clip",
    "strangers",
    "timeline",
]


def __getattr__(name: str) -> Any:
    """Import a public name from the module that defines it."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return __all__
