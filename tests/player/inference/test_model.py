import builtins
import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from simpsons_models import default_detector
from simpsons_play.core.errors import ModelError, ProviderError
from simpsons_play.inference import loading, providers
from simpsons_play.inference.loading import load_classifier, load_model, load_network
from simpsons_play.inference.model import Detector
from simpsons_play.inference.model_card import ModelCard
from tests.fakes import COLOURS, GREY, LABELS, colour_card, flat, write_colour_model, write_head_model


def test_probabilities_are_in_the_order_of_the_labels(tmp_path: Path) -> None:
    classifier = load_classifier(write_colour_model(tmp_path / "m.onnx"), provider="cpu")
    pictures = np.stack([flat(COLOURS[label], width=16, height=16) for label in LABELS])
    probabilities = classifier.classify(pictures)
    assert probabilities.shape == (3, 3) and probabilities.dtype == np.float32
    assert [LABELS[i] for i in probabilities.argmax(axis=1)] == list(LABELS)
    assert classifier.card == colour_card()
    assert classifier.provider == "CPUExecutionProvider"


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "no such file"), (b"", "not an ONNX model"), (b"hello" * 100, "not an ONNX model")],
)
def test_files_that_are_not_models_are_one_line(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "m.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=words) as caught:
        load_classifier(path, provider="cpu")
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"metadata": {}}, "does not describe itself.*simpsons export"),
        ({"metadata": colour_card(size_px=32).to_metadata()}, "input is not uint8"),
        ({"metadata": colour_card(color_order="RGB").to_metadata()}, "RGB"),
        ({"metadata": colour_card(labels=("a", "b")).to_metadata()}, "3 outputs but 2 labels"),
        ({"fixed_batch": True}, "only batches of 1"),
    ],
)
def test_models_that_violate_the_contract_are_refused_with_a_remedy(
    tmp_path: Path, options: dict[str, object], words: str
) -> None:
    path = write_colour_model(tmp_path / "m.onnx", **options)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=words):
        load_classifier(path, provider="cpu")


def test_auto_falls_back_to_the_cpu_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "missing_for_gpu", lambda provider: "this machine has no NVIDIA driver")
    path = write_colour_model(tmp_path / "m.onnx")
    classifier = load_classifier(path)
    assert classifier.provider == "CPUExecutionProvider"
    assert classifier.note == "CUDA not used: this machine has no NVIDIA driver"
    with pytest.raises(ProviderError, match="no NVIDIA driver"):
        load_classifier(path, provider="cuda")


def test_missing_cuda_libraries_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a driver, a CUDA session is opened; messages of the libraries must not reach the terminal."""
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has no CUDA provider")
    monkeypatch.setattr(providers, "missing_for_gpu", lambda provider: "")
    classifier = load_classifier(write_colour_model(tmp_path / "m.onnx"))
    out = capfd.readouterr()
    assert (out.out, out.err) == ("", "")
    if classifier.provider == "CPUExecutionProvider":
        assert classifier.note.startswith("CUDA not used: ") and "\n" not in classifier.note
        assert len(classifier.note) < 250


def test_missing_for_gpu_distinguishes_build_and_driver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    assert "built without it" in providers.missing_for_gpu("cuda")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])

    def no_library(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    assert "driver" in providers.missing_for_gpu("cuda")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            "Failed to load library libonnxruntime_providers_cuda.so with error: "
            "libcudnn.so.9: cannot open shared object file",
            "libcudnn.so.9 is missing",
        ),
        (
            "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version",
            "is too old",
        ),
        ("CUDA failure 100: no CUDA-capable device is detected", "no NVIDIA GPU is visible"),
        ("", "did not start"),
    ],
)
def test_library_errors_become_one_phrase(output: str, reason: str) -> None:
    assert reason in providers._reason(output, "cuda")


def test_missing_default_model_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> Path:
        raise FileNotFoundError("the default model is not installed")

    monkeypatch.setattr(loading, "default_model", absent)
    with pytest.raises(ModelError, match="not installed; choose one with --model"):
        load_classifier()


@pytest.mark.gpu
def test_cuda_and_cpu_agree() -> None:
    if providers.missing_for_gpu("cuda"):
        pytest.skip(providers.missing_for_gpu("cuda"))
    cpu, cuda = load_classifier(provider="cpu"), load_classifier(provider="cuda")
    size_px = cpu.card.size_px
    pictures = np.random.default_rng(0).integers(0, 256, (8, size_px, size_px, 3), np.uint8)
    assert np.abs(cpu.classify(pictures) - cuda.classify(pictures)).max() < 1e-3


def test_included_model_has_metadata() -> None:
    card = load_classifier(provider="cpu").card
    assert isinstance(card, ModelCard)
    assert card.network == "springfield" and len(card.labels) == 18 and card.size_px == 96
    assert builtins.sorted(card.labels) == list(card.labels)


def test_detector_returns_heads_above_the_minimum_score_and_size(tmp_path: Path) -> None:
    detector = load_network(write_head_model(tmp_path / "h.onnx"), provider="cpu")
    assert isinstance(detector, Detector)
    heads = detector.detect(flat(GREY), min_score=0.3)
    assert heads.boxes.tolist() == [[8, 4, 24, 20]]
    assert heads.probabilities[0].argmax() == 1
    assert len(detector.detect(flat(GREY), min_score=0.95).boxes) == 0


def test_boxes_of_shrunk_frames_are_scaled_back(tmp_path: Path) -> None:
    detector = load_network(write_head_model(tmp_path / "h.onnx"), provider="cpu")
    assert isinstance(detector, Detector)
    heads = detector.detect(flat(GREY, width=4000, height=2200), min_score=0.85)
    assert heads.boxes.tolist() == [[32, 16, 96, 80]], "the network saw a quarter of the width"


def test_fitted_detector_returns_heads_in_pixels_of_the_frame(tmp_path: Path) -> None:
    """A frame of 32x16 fills 64x32 of a canvas of 64x48, below a bar of 8 rows."""
    fitted = load_network(write_head_model(tmp_path / "f.onnx", canvas_px=(64, 48)), provider="cpu")
    assert isinstance(fitted, Detector) and fitted.canvas_px == (64, 48)
    whole = fitted.detect(flat(GREY, width=32, height=16), min_score=0.3)
    canvas = fitted.detect_fitted(np.zeros((48, 64, 3), np.uint8), size_px=(32, 16), min_score=0.3)
    for heads in (whole, canvas):
        assert heads.boxes.tolist() == [[4, 0, 12, 6]], "the part of the box above the frame is cut off"
        assert heads.probabilities[0].argmax() == 1
    any_size = load_network(write_head_model(tmp_path / "h.onnx"), provider="cpu")
    assert isinstance(any_size, Detector) and any_size.canvas_px is None


def test_detector_with_one_fixed_side_is_refused(tmp_path: Path) -> None:
    path = write_head_model(tmp_path / "h.onnx", canvas_px=("w", 48))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"its input is not uint8 \(N, H, W, 3\)"):
        load_network(path, provider="cpu")


@pytest.mark.parametrize("load", [load_network, load_model])
def test_a_detector_is_refused_for_crops(tmp_path: Path, load: Callable[..., object]) -> None:
    with pytest.raises(ModelError, match="detects heads: use --regions detect, or --regions auto"):
        load(write_head_model(tmp_path / "m.onnx"), regions="halves", provider="cpu")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"regions": "heads"}, "regions must be one of auto, detect, full, halves, not 'heads'"),
        ({"provider": "gpu"}, "provider must be one of auto, tensorrt, cuda, cpu, not 'gpu'"),
    ],
)
def test_unknown_choice_is_refused_with_all_choices(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_model(**options)  # type: ignore[arg-type]


def test_included_detector_has_a_fallback_unless_only_heads_are_requested(
    tmp_path: Path,
) -> None:
    both, heads = load_model(provider="cpu"), load_model(regions="detect", provider="cpu")
    assert isinstance(both, Detector) and isinstance(heads, Detector)
    assert both.title == "heads.int8.onnx + springfield.onnx + embedder.int8.onnx"
    assert heads.title == "heads.int8.onnx + embedder.int8.onnx"
    other = load_model(write_head_model(tmp_path / "h.onnx"), provider="cpu")
    assert other.title == "h.onnx + embedder.int8.onnx", (
        "its labels differ from those of the included classifier"
    )


def test_included_detector_is_in_eight_bits_on_a_cpu_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` may end on the CPU, too; a file that is named is used as it is."""
    monkeypatch.setattr(providers, "missing_for_gpu", lambda provider: "this machine has no NVIDIA driver")
    assert load_network().path.name == "heads.int8.onnx"
    named = load_network(default_detector(), provider="cpu")
    assert named.path == default_detector() and named.path.name == "heads.onnx"
    monkeypatch.setattr(providers, "missing_for_gpu", lambda provider: "")
    open_on, opened = providers._open, []

    def pretend(model: bytes, folder: Path, provider: str, threads: int) -> providers.OpenSession:
        opened.append((provider, model))
        session = open_on(model, folder, "cpu", threads).session
        return providers.OpenSession(session, providers.PROVIDERS[provider], "")

    monkeypatch.setattr(providers, "_open", pretend)
    network = load_network(provider="cuda")
    assert (network.path.name, network.provider) == ("heads.onnx", "CUDAExecutionProvider")
    assert opened == [("cuda", default_detector().read_bytes())]


def test_detector_is_refused_as_a_classifier(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is a detector; a classifier is needed"):
        load_classifier(write_head_model(tmp_path / "h.onnx"), provider="cpu")


@pytest.mark.parametrize("changes", [{"labels": 4}, {"outputs": ("boxes", "heads")}])
def test_detector_without_its_outputs_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="boxes, heads and probabilities of 3 labels"):
        load_network(write_head_model(tmp_path / "h.onnx", **changes), provider="cpu")
