"""Which processor the network runs on: CUDA when it really works, else the CPU, and why."""

from __future__ import annotations

import ctypes
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simpsons_play.core.errors import ProviderError
from simpsons_play.core.silence import captured_output

PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""What a user may ask for (beside `auto`) -> onnxruntime's name for it."""

INSTALL_CUDA = "pip install 'onnxruntime-gpu[cuda,cudnn]'"
_SILENT = 4
_MOST_TRIAL_BYTES = 1 << 30


def import_onnxruntime() -> Any:
    """The module onnxruntime, without the telemetry that its newer versions gather."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """An onnxruntime session that has run once.

    Attributes:
        session: the `onnxruntime.InferenceSession`.
        provider: the execution provider it really uses, as the session says after the run.
        note: why it is not a faster one; empty where there is nothing to say.
    """

    session: Any
    provider: str
    note: str


def open_session(model: bytes, *, folder: Path, provider: str, threads: int) -> OpenSession:
    """Open a session on the fastest provider that works, and prove it by a run.

    Args:
        model: an ONNX file's content, with one uint8 input (N, S, S, 3).
        folder: where the file lies, and the weights that it names.
        provider: `auto`, or a key of `PROVIDERS`.
        threads: for the CPU's part of the work.

    Raises:
        ProviderError: a provider was asked for by name and does not work; with `auto` the CPU takes over
            instead.
        Exception: whatever onnxruntime raises where not even the CPU can load the model.
    """
    if provider == "cpu":
        return _open(model, folder, "cpu", threads)
    wanted = "cuda" if provider == "auto" else provider
    why_not = missing_for_gpu(wanted)
    if not why_not:
        with captured_output() as said:
            try:
                opened = _open(model, folder, wanted, threads)
                problem = ""
            except Exception as error:
                problem = str(error)
            why_not = _reason(said() + problem, wanted)
        if not problem and opened.provider == PROVIDERS[wanted]:
            return opened
    if provider != "auto":
        raise ProviderError(f"{PROVIDERS[wanted]} does not work here: {why_not}; use --provider auto or cpu")
    opened = _open(model, folder, "cpu", threads)
    return OpenSession(opened.session, opened.provider, f"CUDA not used: {why_not}")


def missing_for_gpu(provider: str) -> str:
    """What is plainly missing for `cuda` or `tensorrt`, found without a session; empty if nothing is."""
    onnxruntime = import_onnxruntime()
    if PROVIDERS[provider] not in onnxruntime.get_available_providers():
        return "the installed onnxruntime is built without it (pip install onnxruntime-gpu)"
    try:
        ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return "this machine has no NVIDIA driver"
    return ""


def _open(model: bytes, folder: Path, provider: str, threads: int) -> OpenSession:
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    # Threads that spin while they wait take the core that decodes the next frame.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Else the weights that a model names are looked for in the folder from which the user called.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(folder.absolute())
    )
    if provider != "cpu" and hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()
    names: list[Any] = [PROVIDERS[provider]]
    if provider == "cuda":
        # The default tries every algorithm for every new batch size, which takes seconds.
        names = [(PROVIDERS["cuda"], {"cudnn_conv_algo_search": "HEURISTIC"})]
    if provider == "tensorrt":
        names.append(PROVIDERS["cuda"])
    if provider != "cpu":
        names.append(PROVIDERS["cpu"])
    session = onnxruntime.InferenceSession(model, options, providers=names, enable_fallback=0)
    entry = session.get_inputs()[0]
    shape = [size if isinstance(size, int) else 1 for size in entry.shape]
    if math.prod(shape) > _MOST_TRIAL_BYTES:
        raise ValueError(f"it takes pictures of {math.prod(shape):,} bytes")
    if entry.type == "tensor(uint8)":
        (out, *_) = session.run(None, {entry.name: np.zeros(shape, np.uint8)})
        if not np.isfinite(out).all():
            raise ProviderError("a trial run gave numbers that are not finite")
    return OpenSession(session, session.get_providers()[0], "")


def _reason(said: str, provider: str) -> str:
    """One phrase out of a page of library errors."""
    if match := re.search(
        r"(lib[\w.+-]+\.so[.\d]*|\w+\.dll)[^\w\n]*(?:cannot open|is missing|not found)", said
    ):
        return f"{match[1]} is missing ({INSTALL_CUDA})"
    if "driver version is insufficient" in said:
        return "the NVIDIA driver is older than this onnxruntime needs"
    if "no CUDA-capable device" in said:
        return "no NVIDIA GPU is visible"
    first = next((line.strip() for line in said.splitlines() if line.strip()), "")
    return first[:160] or f"{PROVIDERS[provider]} did not start ({INSTALL_CUDA})"
