"""What an episode is analysed with, as any process or machine needs it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from simpsons_models import default_detector, default_embedder, default_model
from simpsons_play.analysis.cache_key import SAMPLING_VERSION
from simpsons_play.analysis.detection_log import VERSION as LOG_VERSION
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import AUTO
from simpsons_play.core.errors import CastError, ModelError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.inference.loading import load_model
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.onnx_file import model_sha256
from simpsons_play.sources.video import DECODER_VERSION
from simpsons_play.tracking import postprocess


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """What an episode is analysed with.

    Attributes:
        model: an .onnx file; None uses the included models.
        cast: cast file whose characters are named as well; None for only those of the model.
        provider: `auto`, or a key of `providers.PROVIDERS`.
        regions: `auto`, `detect`, `full` or `halves`.
        threshold: probability below which nobody is named, 0-1; None uses the model's own.
        reference: whether the model runs on every frame that has changed, instead of a few times a second.
        cached: whether to use cached detections of this machine, and to cache new ones.
    """

    model: Path | None = None
    cast: Path | None = None
    provider: str = "auto"
    regions: str = AUTO
    threshold: float | None = None
    reference: bool = False
    cached: bool = True

    @property
    def config(self) -> AnalysisConfig:
        """The options of the analysis."""
        config = AnalysisConfig(threshold=self.threshold, regions=self.regions)
        return config.for_reference() if self.reference else config

    def load_network(self) -> Classifier | Detector:
        """Load the model; raises as `load_model`."""
        return load_model(self.model, regions=self.regions, provider=self.provider, cast=self.cast)

    def fingerprint(self) -> str:
        """Everything that the tables depend on besides the video, as one line of JSON.

        It contains the content of the model and cast files, not their names. The included detector counts as
        one model, in eight bits or in floats: that depends on the machine.

        Raises:
            ModelError: the model cannot be read.
            CastError: the cast file cannot be read.
        """
        try:
            models = [self.model] if self.model else [default_detector(), default_model(), default_embedder()]
            shas = [model_sha256(path)[:16] for path in models]
        except OSError as error:
            raise ModelError(f"{self.model or 'the included model'}: {clause_of(error)}") from error
        return json.dumps(
            {
                "models": shas,
                "cast": self._cast_sha(),
                "regions": self.regions,
                "threshold": self.threshold,
                "reference": self.reference,
                "versions": [LOG_VERSION, DECODER_VERSION, SAMPLING_VERSION, postprocess.VERSION],
            },
            sort_keys=True,
        )

    def _cast_sha(self) -> str | None:
        if self.cast is None or not CastFile(self.cast).load().labels:
            return None
        try:
            return hashlib.sha256(self.cast.read_bytes()).hexdigest()[:16]
        except OSError as error:
            raise CastError(f"{self.cast}: {clause_of(error)}") from error
