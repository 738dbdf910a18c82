"""The parts that `tests.benchmarks.cuda` measures, each in a process of its own: one that crashes ends alone.

`python -m tests.benchmarks.cuda_parts PART ARGUMENTS` takes its arguments as JSON and prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.cuda_modes import MODES, Look, Unavailable, open_session
from tests.benchmarks.cuda_tables import Result

SIZE = (256, 192)
"""Width and height of the pictures for a graph that takes any size."""

_WARM_UP, _MOST, _MOST_S = 10, 300, 1.0


def check(*, model: str, provider: str) -> Result:
    """Whether a provider works here: what the session really runs on, or why not."""
    from simpsons_play.core.errors import ProviderError
    from simpsons_play.inference.providers import open_session

    path = Path(model)
    try:
        opened = open_session(path.read_bytes(), folder=path.parent, provider=provider, threads=1)
    except ProviderError as error:
        why = str(error).partition(" does not work here: ")[2].partition("; use --provider")[0]
        return {"problem": f"not available: {why}"}
    return {"problem": "", "provider": opened.provider}


def start(*, model: str, provider: str, began_s: float) -> Result:
    """From the start of this process to the first result, and the share of opening the session.

    Args:
        model: path of the model.
        provider: key of `PROVIDERS`.
        began_s: `time.time()` when the process was started.
    """
    from simpsons_play.inference.loading import load_network

    before_s = time.time()
    network = load_network(Path(model), provider=provider, threads=1)
    now_s = time.time()
    return {"session_s": now_s - before_s, "total_s": now_s - began_s, "provider": network.provider}


def latency(*, model: str, provider: str, batches: Sequence[int], modes: Sequence[str]) -> Result:
    """Percentiles of the time for a batch, for each way to hand it over; and what the graph returns.

    Args:
        model: path of the model.
        provider: `cuda` or `cpu`.
        batches: batch sizes.
        modes: keys of `MODES`.
    """
    session = open_session(model, provider)
    entry = session.get_inputs()[0]
    height, width = (
        s if isinstance(s, int) else d for s, d in zip(entry.shape[1:3], SIZE[::-1], strict=True)
    )
    pictures = _pictures(max(batches), (width, height))
    rows = []
    for batch in batches:
        for mode in modes:
            row: Result = {"batch": batch, "mode": mode}
            try:
                if isinstance(entry.shape[0], int) and entry.shape[0] != batch:
                    raise Unavailable(f"its batches are of {entry.shape[0]}")
                look = MODES[mode](session, model, provider, pictures[:batch])
                row |= _percentiles(look)
            except Unavailable as error:
                row["problem"] = f"not available: {error}"
            except Exception as error:  # whatever a driver, a provider or a graph does not do
                row["problem"] = f"not available: {_first_line(error)}"
            rows.append(row)
    heads = session.run(["heads"], {entry.name: pictures[: batches[0]]})[0]
    return {"rows": rows, "provider": session.get_providers()[0], "heads": heads.tolist()}


def half(*, model: str, target: str) -> Result:
    """Convert a graph to fp16 with onnxruntime's tool; its input and outputs keep their types."""
    import onnx
    from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16

    graph = onnx.load(model)
    # The tool would cast an empty tensor that stands for a missing input, which then counts as an input.
    empty = {tensor.name for tensor in graph.graph.initializer if 0 in tensor.dims}
    for node in graph.graph.node:
        if node.op_type == "Resize":
            for number, name in enumerate(node.input):
                node.input[number] = "" if name in empty else name
    # By default it leaves Min and Max, of which ReLU6 consists, in fp32, with casts before and after each,
    # and gives two casts the same name where they share a bound.
    kept = [name for name in DEFAULT_OP_BLOCK_LIST if name not in ("Min", "Max")]
    onnx.save(convert_float_to_float16(graph, keep_io_types=True, op_block_list=kept), target)
    return {"problem": ""}


def decoding(*, clip: str, provider: str) -> Result:
    """Decode a clip to frames in the memory of the CPU: on its threads, or on NVDEC for `cuda`."""
    import av
    from av.codec.hwaccel import HWAccel, hwdevices_available

    hwaccel = None
    if provider == "cuda":
        if "cuda" not in hwdevices_available():
            return {"problem": "not available: this PyAV is built without CUDA"}
        hwaccel = HWAccel("cuda", allow_software_fallback=False)
    frames = 0
    try:
        began_s = time.perf_counter()
        with av.open(clip, hwaccel=hwaccel) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for _ in container.decode(stream):
                frames += 1
            if hwaccel is not None and not stream.codec_context.is_hwaccel:
                return {"problem": f"not available: NVDEC does not decode {stream.codec_context.name} here"}
        seconds = time.perf_counter() - began_s
    except (av.FFmpegError, OSError, RuntimeError, NotImplementedError) as error:
        return {"problem": f"not available: {_first_line(error)}"}
    return {"frames": frames, "seconds": seconds, "fps": frames / seconds}


def _pictures(count: int, size: tuple[int, int]) -> Any:
    """Frames of the sample clip: (count, H, W, 3) uint8 BGR."""
    import av
    import cv2

    from tests.benchmarks.clips import SAMPLE

    with av.open(str(SAMPLE)) as container:
        frames = [f.to_ndarray(format="bgr24") for f in islice(container.decode(video=0), 0, 480, 15)]
    return np.stack([cv2.resize(frame, size) for frame in islice(cycle(frames), count)])


def _percentiles(look: Look) -> Result:
    began_s = time.perf_counter()
    for _ in range(_WARM_UP):
        look()
        if time.perf_counter() - began_s > _MOST_S / 2:
            break
    took_ms: list[float] = []
    began_s = time.perf_counter()
    while len(took_ms) < _MOST and (not took_ms or time.perf_counter() - began_s < _MOST_S):
        before_s = time.perf_counter()
        look()
        took_ms.append((time.perf_counter() - before_s) * 1000)
    p50, p95, p99 = (float(value) for value in np.percentile(took_ms, (50, 95, 99)))
    return {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": max(took_ms), "n": len(took_ms)}


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]


PARTS: dict[str, Callable[..., Result]] = {
    "check": check,
    "start": start,
    "latency": latency,
    "half": half,
    "decoding": decoding,
}


def main() -> None:
    """Run one part and print its result."""
    name, arguments = sys.argv[1:]
    print(json.dumps(PARTS[name](**json.loads(arguments))))  # noqa: T201


if __name__ == "__main__":
    main()
