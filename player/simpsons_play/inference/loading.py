"""Loads models: an .onnx file with its card becomes a `Classifier` or a `Detector`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from simpsons_models import (
    default_detector,
    default_embedder,
    default_int8_detector,
    default_int8_embedder,
    default_model,
)
from simpsons_play.cast.cast import Cast, use_names_of
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.cores import core_count
from simpsons_play.core.crops import AUTO, CROP_CHOICES, DETECT
from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.inference.cast_embeddings import comparable
from simpsons_play.inference.embedder import Embedder, EmbedderCard
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.inference.onnx_file import read_model, weights_files
from simpsons_play.inference.providers import PROVIDERS, OpenSession, open_session

_REMEDY = "make one with `simpsons export`"
"""What to do about a file that is not a valid model."""


def default_threads() -> int:
    """Half the cores, at most four: others have to decode and encode, and small networks need no more."""
    return max(1, min(4, core_count() // 2))


def load_network(
    path: Path | None = None,
    *,
    regions: str = AUTO,
    provider: str = "auto",
    threads: int | None = None,
) -> Classifier | Detector:
    """Load a model without a fallback, and run it once to verify that it works.

    Args:
        path: path of an .onnx file with a model card; None loads the included model for `regions`: on a CPU,
            the detector in eight bits.
        regions: a key of `crops.CROP_CHOICES`, or `crops.DETECT`; without a path, `auto` loads the detector.
        provider: `auto`, `cuda`, `tensorrt` or `cpu`.
        threads: number of CPU threads; None uses `default_threads()`.

    Raises:
        ModelError: the file is missing, is not ONNX, has no valid model card, or is a detector although
            `regions` are crops.
        ProviderError: a provider was requested by name and does not work.
        ValueError: `regions` or `provider` is not one of the choices.
        DependencyError: onnxruntime is not installed.
    """
    _require_choice("regions", regions, (AUTO, DETECT, *CROP_CHOICES))
    _require_choice("provider", provider, ("auto", *PROVIDERS))
    on_cpu = None
    if path is None and regions in (AUTO, DETECT):
        path, on_cpu = _default(default_detector), _default(default_int8_detector)
    elif path is None:
        path = _default(default_model)
    threads = threads or default_threads()
    opened = _open(path, provider=provider, threads=threads, on_cpu=on_cpu)
    if on_cpu is not None and opened.provider == PROVIDERS["cpu"]:
        path = on_cpu
    try:
        with guarded(ModelError, "its metadata cannot be read"):
            card = ModelCard.from_metadata(opened.session.get_modelmeta().custom_metadata_map)
            _check_shapes(opened.session, card)
    except ModelError as error:
        raise ModelError(f"{path}: {error}; {_REMEDY}") from error
    if card.detects and regions not in (AUTO, DETECT):
        raise ModelError(f"{path} detects heads: use --regions {DETECT}, or --regions auto")
    kind = Detector if card.detects else Classifier
    return kind(opened.session, card, path=path, provider=opened.provider, note=opened.note, threads=threads)


def load_model(
    path: str | Path | None = None,
    *,
    regions: str = AUTO,
    provider: str = "auto",
    threads: int | None = None,
    cast: Path | None = None,
) -> Classifier | Detector:
    """Load a model as the player does: all that it needs besides comes from the included models.

    A detector gets the included embedder and, if `regions` is `auto`, the included classifier as its
    fallback, provided that both have the same labels. A classifier gets the included detector, whose heads it
    names, if `regions` is `auto` or `detect`; with `auto`, it is also the fallback. Where the detector is not
    installed, `auto` only names crops, and the model's `note` says so.

    Args:
        path: path of an .onnx file made by `simpsons export`; None loads the included model.
        regions: `auto`, `detect`, `full` or `halves`.
        provider: `auto`, `cuda`, `tensorrt` or `cpu`; `auto` uses CUDA if it works, otherwise the CPU.
        threads: number of CPU threads; None uses `default_threads()`.
        cast: cast file whose characters are named as well, if the model detects heads; None for only those of
            the model.

    Raises:
        ModelError: the file is missing, is not ONNX, has no valid model card, or is a detector although
            `regions` are crops; or `regions` is `detect` and no detector is installed.
        CastError: the cast file cannot be read.
        ProviderError: a provider was requested by name and does not work.
        ValueError: `regions` or `provider` is not one of the choices.
        DependencyError: onnxruntime is not installed.

    Example:
        >>> load_model(provider="cpu")
        <Detector heads.int8.onnx + springfield.onnx + embedder.int8.onnx: 18 labels, CPUExecutionProvider>
    """
    network = load_network(
        None if path is None else Path(path), regions=regions, provider=provider, threads=threads
    )
    if isinstance(network, Classifier) and regions in (AUTO, DETECT):
        network = _with_heads(network, regions=regions, provider=provider)
    if regions == AUTO and isinstance(network, Detector):
        network.fallback = network.classifier or _fallback(network, provider=provider)
    if isinstance(network, Detector):
        with suppress(FileNotFoundError):
            default_embedder()  # not installed; only taught names need it
            network.embedder = load_embedder(provider=provider, threads=threads)
    return network if cast is None else with_cast(network, CastFile(cast).load())


def _with_heads(classifier: Classifier, *, regions: str, provider: str) -> Classifier | Detector:
    """The included detector, whose heads the classifier names; the classifier if it is not installed."""
    try:
        default_detector(), default_int8_detector()
    except FileNotFoundError as error:
        if regions == DETECT:
            raise ModelError(f"{error}, or use --regions full or halves") from error
        missing = "no heads are found: the included detector is missing from this installation"
        classifier.note = "; ".join(filter(None, (classifier.note, missing)))
        return classifier
    detector = load_detector(provider=provider, threads=classifier.threads)
    return detector.named_by(classifier)


def _fallback(detector: Detector, *, provider: str) -> Classifier | None:
    """The included classifier, if it is installed and has the labels of a detector."""
    try:
        path = default_model()
    except FileNotFoundError:
        return None
    classifier = load_classifier(path, provider=provider, threads=detector.threads)
    return classifier if classifier.card.labels == detector.card.labels else None


def with_cast(network: Classifier | Detector, cast: Cast) -> Classifier | Detector:
    """The same model, which also gives the names that a cast teaches; unchanged if it has no embedder.

    The display names and colours of the cast are used in the whole process from now on. Examples that were
    made with another embedder are embedded again.

    Raises:
        CastError: a picture in it is damaged.
        ModelError: the embedder fails.
    """
    if not isinstance(network, Detector) or (embedder := network.embedder) is None:
        return network
    use_names_of(cast)
    taught = TaughtNames(
        comparable(cast, embedder).members,
        model_labels=network.card.labels,
        references=embedder.references,
        reference_labels=embedder.card.reference_labels,
    )
    return network.with_taught(taught)


def load_embedder(
    path: Path | None = None, *, provider: str = "auto", threads: int | None = None
) -> Embedder:
    """Load an embedder of heads.

    Args:
        path: path of an .onnx file; None loads the included embedder: on a CPU, that in eight bits.
        provider: `auto`, `cuda`, `tensorrt` or `cpu`.
        threads: number of CPU threads; None uses `default_threads()`.

    Raises:
        ModelError: the file is missing, is not ONNX, or is not an embedder.
        ProviderError: a provider was requested by name and does not work.
        DependencyError: onnxruntime is not installed.

    Example:
        >>> load_embedder(provider="cpu").dimensions
        320
    """
    _require_choice("provider", provider, ("auto", *PROVIDERS))
    on_cpu = None
    if path is None:
        path, on_cpu = _default(default_embedder), _default(default_int8_embedder)
    opened = _open(path, provider=provider, threads=threads or default_threads(), on_cpu=on_cpu)
    if on_cpu is not None and opened.provider == PROVIDERS["cpu"]:
        path = on_cpu
    try:
        with guarded(ModelError, "its metadata cannot be read"):
            card = EmbedderCard.from_metadata(opened.session.get_modelmeta().custom_metadata_map)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    return Embedder(opened.session, card, path=path)


def _open(path: Path, *, provider: str, threads: int, on_cpu: Path | None = None) -> OpenSession:
    content = read_model(path)
    weights_files(path, content)  # refuses weights outside the folder
    with guarded(ModelError, f"{path} is not an ONNX model that onnxruntime can load", _REMEDY):
        return open_session(
            content,
            folder=path.parent,
            provider=provider,
            threads=threads,
            on_cpu=None if on_cpu is None else read_model(on_cpu),
        )


def load_classifier(
    path: Path | None = None, *, provider: str = "auto", threads: int | None = None
) -> Classifier:
    """Load a classifier; see `load_network`.

    Raises:
        ModelError: as `load_network`, or the model is a detector.
        ProviderError: as `load_network`.
        DependencyError: onnxruntime is not installed.
    """
    network = load_network(path or _default(default_model), provider=provider, threads=threads)
    if not isinstance(network, Classifier):
        raise ModelError(f"{network.path} is a detector; a classifier is needed")
    return network


def load_detector(
    path: Path | None = None, *, provider: str = "auto", threads: int | None = None
) -> Detector:
    """Load a detector without a fallback; see `load_network`.

    Raises:
        ModelError: as `load_network`, or the model is a classifier.
        ProviderError: as `load_network`.
        DependencyError: onnxruntime is not installed.
    """
    network = load_network(path, regions=DETECT, provider=provider, threads=threads)
    if not isinstance(network, Detector):
        raise ModelError(f"{network.path} is a classifier; a detector is needed")
    return network


def _require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(dict.fromkeys(choices))}, not {value!r}")


def _default(where: Callable[[], Path]) -> Path:
    try:
        return where()
    except FileNotFoundError as error:
        raise ModelError(f"{error}; choose one with --model") from error


def _check_shapes(session: Any, card: ModelCard) -> None:
    """Raise ModelError unless the graph has the input and outputs that the card describes."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if card.color_order != "BGR":
        raise ModelError(f"it expects {card.color_order} pictures; the player provides BGR")
    shape = [size if isinstance(size, int) else None for size in inputs[0].shape] if inputs else []
    if card.detects:  # frames of any size, or pictures that the player fits to one size
        wanted, fits = "H, W", len(shape) == 4 and (shape[1] is None) == (shape[2] is None)
    else:
        wanted, fits = f"{card.size_px}, {card.size_px}", shape[1:3] == [card.size_px] * 2
    if len(inputs) != 1 or inputs[0].type != "tensor(uint8)" or not fits or shape[3:] != [3]:
        raise ModelError(f"its input is not uint8 (N, {wanted}, 3)")
    if shape[0] is not None:
        raise ModelError(f"it accepts only batches of {shape[0]}")
    labels = len(card.labels)
    if card.detects:
        ends = {output.name: output.shape[2:] for output in outputs}
        if ends != {"boxes": [4], "heads": [], "probabilities": [labels]}:
            raise ModelError(f"its outputs are not boxes, heads and probabilities of {labels} labels")
        return
    if len(outputs) != 1 or len(outputs[0].shape) != 2:
        raise ModelError("its output is not (N, K) probabilities")
    if outputs[0].shape[1] != labels:
        raise ModelError(f"{outputs[0].shape[1]} outputs but {labels} labels")
