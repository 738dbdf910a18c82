"""Keys of cached detections: by the content of the video and of the models, not by their names."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import av

from simpsons_play.analysis.detection_log import VERSION
from simpsons_play.inference.onnx_file import model_sha256
from simpsons_play.sources.reads import reads_of
from simpsons_play.sources.video import DECODER_VERSION

_BLOCKS, _MIN_BLOCKS, _BLOCK_BYTES, _SMALL_BYTES = 64, 2, 1 << 16, 1 << 17


def key_of(video: Path, models: Sequence[Path], *, regions: str, min_score: float, every: int) -> str:
    """The key of a video's detections: 64 hexadecimal digits; empty where not everything is known.

    Of the video, its length and 64 blocks of 64 KiB, spread evenly from beginning to end, are read: a whole
    episode would take a second. A playlist or manifest depends on all that it plays; of each of many files
    fewer blocks are read. The models are read as a whole, with the weights that lie beside them.

    Args:
        video: a file, or a list of files.
        models: the .onnx files that run.
        regions: what they look at.
        min_score: detections with a lower score were left out.
        every: see `CropConfig.every`.

    Raises:
        OSError: a file cannot be read.
        ModelError: a model cannot be read.
    """
    reads = reads_of(str(video))
    if not reads.complete:
        return ""
    digest = hashlib.sha256()
    # The names are older than those of the parameters; other names would discard all that is cached.
    settings = {
        "version": VERSION,
        "decoder": DECODER_VERSION,
        "av": av.__version__,
        "regions": regions,
        "least": min_score,
        "every": every,
    }
    digest.update(json.dumps(settings, sort_keys=True).encode())
    for model in models:
        digest.update(bytes.fromhex(model_sha256(model)))
    blocks = max(_MIN_BLOCKS, _BLOCKS // max(1, len(reads.files)))
    for path in reads.files or (video,):
        _add_sample(digest, path, blocks)
    for path in reads.missing:  # a missing file is not played
        digest.update(b"missing" + os.fsencode(path))
    return digest.hexdigest()


def _add_sample(digest: hashlib._Hash, path: Path, blocks: int) -> None:
    size = path.stat().st_size
    digest.update(size.to_bytes(8, "big"))
    with path.open("rb") as file:
        if size <= _SMALL_BYTES:  # a list is read as a whole
            digest.update(file.read(_SMALL_BYTES))
            return
        for i in range(blocks):
            file.seek(max(0, size - _BLOCK_BYTES) * i // (blocks - 1))
            digest.update(file.read(_BLOCK_BYTES))
