"""What `tests.benchmarks.peers` compares with: loops as their users write them, one in each process.

`python -m tests.benchmarks.contestants NAME CLIP [AT_MOST_S]` prints one line of JSON: how many frames there
were, how many were timed, and the seconds these took. Loading, building a network and the first frame, which
warms it up, are start-up. Ultralytics runs from an environment of its own, without our packages, so that
nothing but the standard library is imported up here.
"""

from __future__ import annotations

import json
import os
import sys
import time
import types
from collections.abc import Callable, Iterator
from typing import Any


def decode(clip: str) -> Iterator[None]:
    """PyAV, where there is no ffmpeg program: decode all frames with both threads and slices."""
    import av

    with av.open(clip) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            yield


def encode(clip: str) -> Iterator[None]:
    """PyAV, where there is no ffmpeg program: decode, and encode as our recordings are; without sound."""
    import tempfile

    import av

    from simpsons_play.sinks.video.encoders import X264

    with tempfile.TemporaryDirectory() as folder, av.open(clip) as container:
        source: Any = container.streams.video[0]
        source.thread_type = "AUTO"
        with av.open(f"{folder}/out.mp4", "w") as out:
            video: Any = out.add_stream("libx264", rate=source.average_rate, options=X264.options_for(20))
            video.width, video.height, video.pix_fmt = source.width, source.height, "yuv420p"
            for frame in container.decode(source):
                frame.pict_type = 0
                out.mux(video.encode(frame))
                yield
            out.mux(video.encode(None))


def article(clip: str) -> Iterator[None]:
    """The loop of the 2017 article: OpenCV reads, Keras predicts on each frame, OpenCV writes the name on it.

    The network is the article's second one, six convolutions at 64 pixels, with random weights.
    """
    import cv2
    import keras
    import numpy as np

    from simpsons_training.networks import build

    labels = [f"character_{n}" for n in range(18)]
    size_px = 64
    model = build("six_conv", labels=len(labels), size_px=size_px)
    keras.utils.disable_interactive_logging()
    capture = cv2.VideoCapture(clip)
    while True:
        found, image = capture.read()
        if not found:
            return
        picture = cv2.resize(image, (size_px, size_px))[..., ::-1].astype(np.float32)
        probabilities = model.predict(picture[None], verbose=0)[0]
        best = int(probabilities.argmax())
        text = f"{labels[best]} {probabilities[best]:.0%}"
        cv2.putText(image, text, (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255), 2)
        yield


def opencv_dnn(clip: str) -> Iterator[None]:
    """Our detector in OpenCV's own engine, on each frame that OpenCV reads."""
    import cv2
    import numpy as np

    from simpsons_models import default_detector
    from simpsons_play.inference.providers import import_onnxruntime

    # OpenCV does not tell the shape of the input that a file asks for.
    providers = ["CPUExecutionProvider"]
    session = import_onnxruntime().InferenceSession(str(default_detector()), providers=providers)
    height, width = session.get_inputs()[0].shape[1:3]
    del session
    net = cv2.dnn.readNetFromONNX(str(default_detector()))
    outputs = net.getUnconnectedOutLayersNames()
    capture = cv2.VideoCapture(clip)
    while True:
        found, image = capture.read()
        if not found:
            return
        if isinstance(height, int) and isinstance(width, int):  # the letterbox is not in the graph
            scale = min(width / image.shape[1], height / image.shape[0])
            size = round(image.shape[1] * scale), round(image.shape[0] * scale)
            canvas = np.zeros((height, width, 3), np.uint8)
            canvas[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            image = canvas
        net.setInput(image[None])
        net.forward(outputs)
        yield


def yolo11n(clip: str) -> Iterator[None]:
    """Ultralytics YOLO11n at 256 pixels."""
    return _yolo("yolo11n.yaml", 256, clip)


def yolo26n(clip: str) -> Iterator[None]:
    """Ultralytics YOLO26n at 640 pixels."""
    return _yolo("yolo26n.yaml", 640, clip)


def _yolo(architecture: str, size_px: int, clip: str) -> Iterator[None]:
    """Ultralytics' predict over a file. Random weights are as fast as trained ones, and need no download."""
    os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false", YOLO_VERBOSE="false")
    os.environ.setdefault("YOLO_CONFIG_DIR", sys.prefix)  # not in the user's own
    from ultralytics import YOLO  # type: ignore[import-not-found]

    _stand_in_for_torchvision()
    model = YOLO(architecture)
    for _ in model.predict(source=clip, stream=True, imgsz=size_px, device="cpu", verbose=False):
        yield


def _stand_in_for_torchvision() -> None:
    """Let Ultralytics use its own suppression of overlapping boxes where torchvision does not load.

    So it is with a torchvision built for CUDA next to a torch for the CPU alone.
    """
    try:
        import torchvision  # type: ignore[import-not-found]  # noqa: F401
    except (ImportError, RuntimeError):
        from ultralytics.utils.nms import TorchNMS  # type: ignore[import-not-found]

        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        stand_in: Any = types.ModuleType("torchvision")
        stand_in.ops = types.SimpleNamespace(nms=TorchNMS.nms)
        sys.modules["torchvision"] = stand_in


LOOPS: dict[str, Callable[[str], Iterator[None]]] = {
    "decode": decode,
    "encode": encode,
    "article": article,
    "opencv-dnn": opencv_dnn,
    "yolo11n": yolo11n,
    "yolo26n": yolo26n,
}
"""Name -> a generator that yields once for each frame it has dealt with."""


def count(loop: Iterator[object], at_most_s: float) -> dict[str, float | bool]:
    """Go through a loop; stop it this long after its first frame."""
    frames, timed, stopped, began_s = 0, 0, False, 0.0
    for _ in loop:
        frames += 1
        if frames == 1:
            began_s = time.perf_counter()
            continue
        timed += 1
        if time.perf_counter() - began_s >= at_most_s:
            stopped = True
            break
    seconds = time.perf_counter() - began_s if frames else 0.0
    return {"frames": frames, "timed": timed, "seconds": seconds, "stopped": stopped}


def main() -> None:
    """Run one of them and print what was counted."""
    name, clip, *at_most = sys.argv[1:]
    print(json.dumps(count(LOOPS[name](clip), float(at_most[0]) if at_most else float("inf"))))  # noqa: T201


if __name__ == "__main__":
    main()
