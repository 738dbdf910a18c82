"""Opens onnxruntime sessions on the fastest execution provider that works."""

from __future__ import annotations

import ctypes
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simpsons_play.core.errors import DependencyError, ProviderError
from simpsons_play.core.extras import RUNTIME, distributions, gpu_runtime, is_remnant, missing, runtime_choice
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.silence import captured_output

PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""Value of `--provider` other than `auto` -> onnxruntime's name of the execution provider."""

INSTALL_CUDA = "pip install 'onnxruntime-gpu[cuda,cudnn]'"
_LOG_FATAL_ONLY = 4
_MAX_INPUT_BYTES = 1 << 30


def import_onnxruntime() -> Any:
    """Import onnxruntime with the telemetry of its newer versions disabled.

    Raises:
        DependencyError: it is not installed, or incomplete.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        with held_interrupt():
            import onnxruntime
    except ModuleNotFoundError as error:
        raise missing("the model", error.name or RUNTIME) from error
    if is_remnant(onnxruntime):
        builds = distributions(RUNTIME)
        raise DependencyError(
            f"{RUNTIME} is incomplete: pip uninstall -y {' '.join(builds)}, then {runtime_choice()}"
        )
    return onnxruntime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """An onnxruntime session that has completed a trial run.

    Attributes:
        session: the `onnxruntime.InferenceSession`.
        provider: execution provider that the session actually uses.
        note: why a faster provider is not used; empty if there is no reason to report.
    """

    session: Any
    provider: str
    note: str


def open_session(
    model: bytes, *, folder: Path, provider: str, threads: int, on_cpu: bytes | None = None
) -> OpenSession:
    """Open a session on the fastest provider that works, as verified by a trial run.

    Args:
        model: content of an ONNX file with one uint8 input (N, S, S, 3).
        folder: folder of the file and of its external weights.
        provider: `auto`, or a key of `PROVIDERS`.
        threads: CPU threads.
        on_cpu: content of the file to use instead on the CPU.

    Raises:
        ProviderError: a provider is requested by name and does not work; `auto` falls back to the CPU.
        Exception: onnxruntime cannot load the model on the CPU.
    """
    cpu_model = model if on_cpu is None else on_cpu
    if provider == "cpu":
        return _open(cpu_model, folder, "cpu", threads)
    wanted = "cuda" if provider == "auto" else provider
    why_not = missing_for_gpu(wanted)
    if not why_not:
        with captured_output() as output:
            try:
                opened = _open(model, folder, wanted, threads)
                problem = ""
            except Exception as error:
                problem = str(error)
            why_not = _reason(output() + problem, wanted)
        if not problem and opened.provider == PROVIDERS[wanted]:
            return opened
    if provider != "auto":
        replacement = "" if has_provider(wanted) else gpu_runtime()
        raise ProviderError(
            f"{PROVIDERS[wanted]} does not work here: {why_not}; "
            f"use auto or cpu{replacement and f', or install it: {replacement}'}"
        )
    opened = _open(cpu_model, folder, "cpu", threads)
    return OpenSession(opened.session, opened.provider, f"CUDA not used: {why_not}")


def has_provider(provider: str) -> bool:
    """Whether the installed onnxruntime is built with a provider, a key of `PROVIDERS`."""
    return PROVIDERS[provider] in import_onnxruntime().get_available_providers()


def missing_for_gpu(provider: str) -> str:
    """Why `cuda` or `tensorrt` cannot work, if this is known without opening a session; otherwise empty."""
    if not has_provider(provider):
        return "the installed onnxruntime is built without it"
    driver = "nvcuda.dll" if os.name == "nt" else "libcuda.so.1"
    return "" if _loads(driver) else "this machine has no NVIDIA driver"


def missing_cuda_libraries() -> list[str]:
    """The libraries of CUDA and cuDNN that onnxruntime's CUDA provider needs and that are not installed."""
    onnxruntime = import_onnxruntime()
    major = str(onnxruntime.cuda_version).partition(".")[0]
    if os.name == "nt":
        names = [f"cudart64_{major}.dll", f"cublas64_{major}.dll", f"cublasLt64_{major}.dll", "cudnn64_9.dll"]
    else:
        names = [f"lib{name}.so.{major}" for name in ("cudart", "cublas", "cublasLt")] + ["libcudnn.so.9"]
    with captured_output():
        onnxruntime.preload_dlls()
    return [name for name in names if not _loads(name)]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _open(model: bytes, folder: Path, provider: str, threads: int) -> OpenSession:
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _LOG_FATAL_ONLY
    # Spinning threads would occupy the core that decodes the next frame.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # By default, external weights are searched in the working directory.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(folder.absolute())
    )
    if provider != "cpu" and hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()
    names: list[Any] = [PROVIDERS[provider]]
    if provider == "cuda":
        # The default benchmarks every algorithm for every new batch size, which takes seconds.
        names = [(PROVIDERS["cuda"], {"cudnn_conv_algo_search": "HEURISTIC"})]
    if provider == "tensorrt":
        names.append(PROVIDERS["cuda"])
    if provider != "cpu":
        names.append(PROVIDERS["cpu"])
    session = onnxruntime.InferenceSession(model, options, providers=names, enable_fallback=0)
    entry = session.get_inputs()[0]
    shape = [size if isinstance(size, int) else 1 for size in entry.shape]
    if math.prod(shape) > _MAX_INPUT_BYTES:
        raise ValueError(f"its input has {math.prod(shape):,} bytes")
    if entry.type == "tensor(uint8)":
        (out, *_) = session.run(None, {entry.name: np.zeros(shape, np.uint8)})
        if not np.isfinite(out).all():
            raise ProviderError("a trial run returned numbers that are not finite")
    return OpenSession(session, session.get_providers()[0], "")


def _reason(output: str, provider: str) -> str:
    """Summarize pages of library errors in one phrase."""
    if match := re.search(
        r"(lib[\w.+-]+\.so[.\d]*|\w+\.dll)[^\w\n]*(?:cannot open|is missing|not found)", output
    ):
        return f"{match[1]} is missing ({INSTALL_CUDA})"
    if "driver version is insufficient" in output:
        return "the NVIDIA driver is too old for this onnxruntime"
    if "no CUDA-capable device" in output:
        return "no NVIDIA GPU is visible"
    first = next((line.strip() for line in output.splitlines() if line.strip()), "")
    return first[:160] or f"{PROVIDERS[provider]} did not start ({INSTALL_CUDA})"
