"""The ways to hand pictures over to a session, for `tests.benchmarks.cuda`."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any

import numpy as np

_PORTABLE = 1
"""CU_MEMHOSTREGISTER_PORTABLE: pinned for all contexts."""
_PINNED: list[Any] = []
"""Must not be freed before the process ends."""


class Unavailable(Exception):
    """A way to hand over pictures that does not exist here."""


Look = Callable[[], object]


def _run(session: Any, model: str, provider: str, pictures: Any) -> Look:
    """As the player does: arrays in, arrays out."""
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: pictures})


def _bound(session: Any, model: str, provider: str, pictures: Any) -> Look:
    """One buffer on the device for all pictures, and outputs that stay there until they are copied."""
    import onnxruntime

    device = onnxruntime.OrtValue.ortvalue_from_numpy(pictures, provider, 0)
    binding = session.io_binding()
    binding.bind_ortvalue_input(session.get_inputs()[0].name, device)
    for output in session.get_outputs():
        binding.bind_output(output.name, provider)

    def look() -> object:
        device.update_inplace(pictures)
        session.run_with_iobinding(binding)
        return binding.copy_outputs_to_cpu()

    return look


def _pinned(session: Any, model: str, provider: str, pictures: Any) -> Look:
    """The same, from memory that the operating system does not move."""
    if provider != "cuda":
        raise Unavailable("only CUDA pins memory")
    pinned = pictures.copy()  # memory can be pinned only once
    _pin(pinned)
    _PINNED.append(pinned)
    return _bound(session, model, provider, pinned)


def _graph(session: Any, model: str, provider: str, pictures: Any) -> Look:
    """A CUDA graph: all kernels in one call, with fixed shapes and buffers."""
    import onnxruntime

    if provider != "cuda":
        raise Unavailable("only CUDA has graphs")
    captured = open_session(model, provider, enable_cuda_graph="1")
    device = onnxruntime.OrtValue.ortvalue_from_numpy(pictures, provider, 0)
    binding = captured.io_binding()
    binding.bind_ortvalue_input(captured.get_inputs()[0].name, device)
    shapes = [array.shape for array in session.run(None, {session.get_inputs()[0].name: pictures})]
    outputs = [
        onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, np.float32, provider, 0) for shape in shapes
    ]
    for output, value in zip(captured.get_outputs(), outputs, strict=True):
        binding.bind_ortvalue_output(output.name, value)

    def look() -> object:
        device.update_inplace(pictures)
        captured.run_with_iobinding(binding)
        return [value.numpy() for value in outputs]

    return look


MODES: dict[str, Callable[[Any, str, str, Any], Look]] = {
    "arrays": _run,
    "I/O binding": _bound,
    "I/O binding, pinned": _pinned,
    "CUDA graph": _graph,
}
"""How pictures are handed over -> a function that makes a call of it."""


def open_session(model: str, provider: str, **options: str) -> Any:
    """A session as the player opens it, with further options of the CUDA provider."""
    from simpsons_play.inference.providers import PROVIDERS, import_onnxruntime

    onnxruntime = import_onnxruntime()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.log_severity_level = 4
    names: list[Any] = [PROVIDERS["cpu"]]
    if provider == "cuda":
        onnxruntime.preload_dlls()
        names.insert(0, (PROVIDERS["cuda"], {"cudnn_conv_algo_search": "HEURISTIC", **options}))
    return onnxruntime.InferenceSession(model, settings, providers=names, enable_fallback=0)


def _pin(array: Any) -> None:
    """Let the driver copy straight from an array, which it must never move or swap out."""
    try:
        cuda = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError as error:
        raise Unavailable(str(error)) from error
    context = ctypes.c_void_p()
    pointer, size = ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes)
    for status in (
        cuda.cuInit(0),
        cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0),
        cuda.cuCtxSetCurrent(context),
        cuda.cuMemHostRegister_v2(pointer, size, _PORTABLE),
    ):
        if status:
            raise Unavailable(f"the driver pins no memory (error {status})")
