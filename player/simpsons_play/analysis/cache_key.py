"""Cache keys, computed from the content of the video and the models, not from their names."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import av

from simpsons_play.analysis.detection_log import VERSION
from simpsons_play.inference.onnx_file import model_sha256
from simpsons_play.sources.reads import Reads, reads_of
from simpsons_play.sources.video import DECODER_VERSION

SAMPLING_VERSION = 2
"""Increase this when the model runs on other frames of the same video."""

_BLOCKS, _MIN_BLOCKS, _BLOCK_BYTES, _SMALL_BYTES = 64, 2, 1 << 16, 1 << 17


def key_of(
    video: Path,
    models: Sequence[Path],
    *,
    regions: str,
    min_score: float,
    every: int,
    sample_s: float,
    naming: str = "",
) -> str:
    """Compute the cache key of a video: 64 hexadecimal digits; empty if it depends on unknown files.

    The key depends on the length of the video and on 64 blocks of 64 KiB, spread evenly from beginning to
    end, because reading a whole episode would take a second. For a playlist or manifest, it depends on all
    files in it, with fewer blocks of each. The models are read completely, including external weights.

    Args:
        video: a video file, playlist or manifest.
        models: the .onnx files that are used.
        regions: regions that the models run on.
        min_score: minimum score of a detection.
        every: see `CropConfig.every`.
        sample_s: see `AnalysisConfig.sample_s`.
        naming: see `Network.naming`.

    Raises:
        OSError: a file cannot be read.
        ModelError: a model cannot be read.
    """
    reads = reads_of(str(video))
    if not reads.complete:
        return ""
    digest = hashlib.sha256()
    # These keys are older than the parameter names; changing them would discard existing caches.
    settings = {
        "version": VERSION,
        "decoder": DECODER_VERSION,
        "av": av.__version__,
        "regions": regions,
        "least": min_score,
        "every": every,
    }
    if sample_s:
        settings |= {"sample_s": sample_s, "sampling": SAMPLING_VERSION}
    if naming:
        settings["naming"] = naming
    digest.update(json.dumps(settings, sort_keys=True).encode())
    for model in models:
        digest.update(bytes.fromhex(model_sha256(model)))
    _add_content(digest, video, reads)
    return digest.hexdigest()


def content_id(video: Path) -> str:
    """An ID of the content of a video, whatever its name: 64 hexadecimal digits.

    It depends on the parts of the files that `key_of` reads, but neither on models nor on settings. Empty if
    the content depends on unknown files.

    Args:
        video: a video file, playlist or manifest.

    Raises:
        OSError: a file cannot be read.
    """
    reads = reads_of(str(video))
    if not reads.complete:
        return ""
    digest = hashlib.sha256()
    _add_content(digest, video, reads)
    return digest.hexdigest()


def _add_content(digest: hashlib._Hash, video: Path, reads: Reads) -> None:
    blocks = max(_MIN_BLOCKS, _BLOCKS // max(1, len(reads.files)))
    for path in reads.files or (video,):
        _add_sample(digest, path, blocks)
    for path in reads.missing:  # a file that is missing now may exist later
        digest.update(b"missing" + os.fsencode(path))


def _add_sample(digest: hashlib._Hash, path: Path, blocks: int) -> None:
    size = path.stat().st_size
    digest.update(size.to_bytes(8, "big"))
    with path.open("rb") as file:
        if size <= _SMALL_BYTES:  # small files, such as playlists, are read completely
            digest.update(file.read(_SMALL_BYTES))
            return
        for i in range(blocks):
            file.seek(max(0, size - _BLOCK_BYTES) * i // (blocks - 1))
            digest.update(file.read(_BLOCK_BYTES))
