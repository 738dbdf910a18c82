"""Files from other programs: reads are bounded and every error is one line."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.analysis import cache
from simpsons_play.analysis.cache import DetectionCache
from simpsons_play.analysis.detection_log import DetectionLog, read_about
from simpsons_play.cli.settings import MOST_BYTES, load_settings
from simpsons_play.core import foreign_files
from simpsons_play.core.errors import DetectionLogError, ModelError, SettingsError
from simpsons_play.core.foreign_files import clause_of, guarded, read_bounded, read_entry
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.sources.images import read_image
from tests.commands import assert_one_error_line, simpsons
from tests.fakes import LABELS

KEY = "a" * 64


@pytest.mark.parametrize(
    "error",
    [
        IndexError("list index out of range"),
        MemoryError(),
        RecursionError("deep\nand deeper"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        struct.error("unpack requires a buffer"),
        ValueError("x" * 9999),
    ],
)
def test_any_parser_exception_is_one_line(error: Exception) -> None:
    with pytest.raises(ModelError, match=r"^m cannot be read \(.+\); export it again$") as caught:
        with guarded(ModelError, "m cannot be read", "export it again"):
            raise error
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 250
    for passed in (KeyboardInterrupt(), ImportError("no h5py"), SettingsError("already one line")):
        with pytest.raises(type(passed)):
            with guarded(ModelError, "m"):
                raise passed


def test_a_missing_entry_is_told() -> None:
    with pytest.raises(ModelError, match=r"^m \('labels' is missing\)$"):
        with guarded(ModelError, "m"):
            {}["labels"]


def test_reads_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bounded(tmp_path / "a", max_bytes=5) == b"12345"
    with pytest.raises(OSError, match="longer than 4 bytes"):
        read_bounded(tmp_path / "a", max_bytes=4)
    with pytest.raises(OSError, match="longer than 1 MiB"):
        read_bounded(Path("/dev/zero"), max_bytes=1 << 20)
    with pytest.raises(OSError, match="null"):
        read_bounded(tmp_path / "a\0b", max_bytes=4)
    with zipfile.ZipFile(tmp_path / "z", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card", bytes(1 << 20))
    with zipfile.ZipFile(tmp_path / "z") as archive, pytest.raises(ValueError, match="more than 1 KiB"):
        read_entry(archive, "card", max_bytes=1 << 10)


@pytest.mark.parametrize(
    "content",
    [
        b"x = " + b"[" * 100_000,
        b"x = " + b"9" * 5000,
        b"\xff\xfe",
        b"x = 1\n" * 2,
        b"# long\n" * (MOST_BYTES // 7 + 1),
    ],
    ids=["deep", "huge number", "no UTF-8", "twice", "long"],
)
def test_invalid_settings_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "c.toml").write_bytes(content)
    monkeypatch.setenv("SIMPSONS_CONFIG", str(tmp_path / "c.toml"))
    with pytest.raises(SettingsError, match=r"c\.toml (is not valid TOML|cannot be read)") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def write_log(path: Path, **changes: object) -> Path:
    """Write a detection log, some of its arrays replaced by `changes`."""
    log = DetectionLog({"source": "a.avi", "model": "m.onnx"})
    detections = Detections(
        np.ones((1, 4), np.float32), np.ones(1, np.float32), np.full((1, len(LABELS)), 0.3, np.float32)
    )
    for index in range(3):
        log.append(FrameDetections(index, index / 25, (64, 48), not index, False, detections))
    log.complete = True
    log.save(path)
    if changes:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        with path.open("wb") as raw:
            np.savez(raw, **{**arrays, **changes})  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"about": np.array("[" * 50_000)},
        {"about": np.array('{"version": 3, "complete": 1, "frames": "many"}')},
        {"about": np.array('{"version": 3, "complete": true, "frames": ' + "9" * 5000 + "}")},
        {"about": np.array("[]")},
        {"boxes": np.full((1, 4), np.nan, np.float32)},
        {"boxes": np.ones((1, 5), np.float32)},
        {"boxes": np.ones((1, 4), "U9")},
        {"scores": np.ones((1, 2), np.float32)},
        {"probabilities": np.ones(1, np.float32)},
        {"places": np.array([-1])},
        {"look": np.array([0, -7, 0])},
        {"time_s": np.array([0, np.inf, 1])},
        {"time_s": np.array([2, 1, 0.0])},
        {"parts": np.ones((1, 2), np.float32)},
    ],
)
def test_modified_detection_logs_are_damaged(tmp_path: Path, changes: dict[str, object]) -> None:
    assert len(DetectionLog.load(write_log(tmp_path / f"{KEY}.track"))) == 3
    path = write_log(tmp_path / f"{KEY}.track", **changes)
    with pytest.raises(DetectionLogError, match="damaged"):
        DetectionLog.load(path)
    cached = DetectionCache(tmp_path)
    assert cached.frames(KEY) in (0, float("inf")) and len(list(cached.entries())) == 1
    assert cached.load(KEY) is None and not path.exists()


def test_compressed_logs_and_wrong_array_headers_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.track"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (1 << 40, 4)}
    )
    for packed in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        with zipfile.ZipFile(write_log(path), "a", packed) as archive, pytest.warns(UserWarning):
            archive.writestr("boxes.npy", header.getvalue() + bytes(1 << 16))
        with pytest.raises(DetectionLogError, match="damaged"):
            DetectionLog.load(path)
    with pytest.raises(DetectionLogError, match="cannot be read"):
        read_about(tmp_path)


def test_invalid_cached_spans_are_recomputed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached_spans, path = DetectionCache(tmp_path), tmp_path / "k.spans"
    good = [["bart_simpson", "left", 0.0, 1.5]]
    for rows in (
        [["bart_simpson", "above", 0, 1]],
        [[5, "left", 0, 1]],
        [["bart_simpson", "left", 2, 1]],
        [["bart_simpson", "left", "a", "b"]],
        [["bart_simpson", "left", 0, float("nan")]],
        [["bart_simpson", "left", 0]],
        "x",
        5,
    ):
        path.write_bytes(gzip.compress(json.dumps({"made_by": "me", "spans": rows}).encode()))
        assert cached_spans.load_spans("k", made_by="me") is None, rows
    for content in (b"", b"\x1f\x8b", gzip.compress(b"[" * 100_000), gzip.compress(b"\xff")):
        path.write_bytes(content)
        assert cached_spans.load_spans("k", made_by="me") is None
    path.write_bytes(gzip.compress(json.dumps({"made_by": "me", "spans": good}).encode()))
    (span,) = cached_spans.load_spans("k", made_by="me") or ()
    assert (span.label, span.end_s) == ("bart_simpson", 1.5)
    monkeypatch.setattr(cache, "_MAX_SPANS_BYTES", 20)
    assert cached_spans.load_spans("k", made_by="me") is None, "too large when unpacked"


def png(path: Path, side: int) -> Path:
    """A black PNG whose header declares a square of this side; it contains at most 100 rows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes((side + 7) // 8)) * min(side, 100))
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    return path


def test_decompression_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = read_image(png(tmp_path / "small.png", 90))
    assert small is not None and small.shape == (90, 90, 3)
    with pytest.raises(OSError, match="more than 268,435,456 pixels"):
        read_image(png(tmp_path / "60000.png", 60_000))
    refused = simpsons("play", png(tmp_path / "20000.png", 20_000), "--no-window")
    assert_one_error_line(refused, "20000.png", "more than 268,435,456 pixels")
    monkeypatch.setattr("simpsons_play.sources.images.MAX_BYTES", 10)
    with pytest.raises(OSError, match="longer than 10 bytes"):
        read_image(tmp_path / "small.png")


def test_sizes_are_formatted() -> None:
    sizes = [foreign_files.format_size(size) for size in (9, 2048, 3 << 20, 2 << 30)]
    assert sizes == ["9 bytes", "2 KiB", "3 MiB", "2 GiB"]


def test_system_messages_continue_after_a_colon() -> None:
    assert clause_of(OSError(2, "No such file or directory")) == "no such file or directory"
    assert clause_of(OSError(5, "IO error on NFS")) == "IO error on NFS"
    assert clause_of(OSError("it is longer than 1 MiB")) == "it is longer than 1 MiB"
