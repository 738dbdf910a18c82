"""Every door through which a foreign file comes in: one line, within bounds, whatever is in the file."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from simpsons_play.analysis import cache
from simpsons_play.analysis.cache import DetectionCache
from simpsons_play.analysis.detection_log import DetectionLog, read_about
from simpsons_play.cli.settings import MOST_BYTES, load_settings
from simpsons_play.core import foreign_files
from simpsons_play.core.errors import DetectionLogError, ModelError, SettingsError
from simpsons_play.core.foreign_files import clause_of, guarded, read_bounded, read_entry
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.inference.model import load_classifier, load_network
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.sources.images import read_image
from tests.commands import assert_one_error_line, simpsons
from tests.fakes import LABELS, colour_card, write_colour_model, write_head_model

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
def test_whatever_a_parser_raises_is_one_line(error: Exception) -> None:
    with pytest.raises(ModelError, match=r"^m cannot be read \(.+\); mend it$") as caught:
        with guarded(ModelError, "m cannot be read", "mend it"):
            raise error
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 250
    for passes in (KeyboardInterrupt(), ImportError("no h5py"), SettingsError("said already")):
        with pytest.raises(type(passes)):
            with guarded(ModelError, "m"):
                raise passes


def test_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bounded(tmp_path / "a", most_bytes=5) == b"12345"
    with pytest.raises(OSError, match="longer than 4 bytes"):
        read_bounded(tmp_path / "a", most_bytes=4)
    with pytest.raises(OSError, match="longer than 1 MiB"):
        read_bounded(Path("/dev/zero"), most_bytes=1 << 20)
    with pytest.raises(OSError, match="null"):
        read_bounded(tmp_path / "a\0b", most_bytes=4)
    with zipfile.ZipFile(tmp_path / "z", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card", bytes(1 << 20))
    with zipfile.ZipFile(tmp_path / "z") as archive, pytest.raises(ValueError, match="more than 1 KiB"):
        read_entry(archive, "card", most_bytes=1 << 10)


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
def test_settings_of_any_kind_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "c.toml").write_bytes(content)
    monkeypatch.setenv("SIMPSONS_CONFIG", str(tmp_path / "c.toml"))
    with pytest.raises(SettingsError, match=r"c\.toml (is not valid TOML|cannot be read)") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def metadata(**changes: object) -> dict[str, str]:
    texts = {f"simpsons_play.{name}": text for name, text in changes.items() if isinstance(text, bytes)}
    entries = colour_card().to_metadata()
    entries |= {f"simpsons_play.{n}": json.dumps(v) for n, v in changes.items() if not isinstance(v, bytes)}
    return entries | {name: text.decode() for name, text in texts.items() if isinstance(text, bytes)}


@pytest.mark.parametrize(
    "changes",
    [
        {"size_px": b"9" * 5000},
        {"size_px": 10**12},
        {"size_px": 16.0},
        {"threshold": b"NaN"},
        {"threshold": b"1e999"},
        {"threshold": True},
        {"threshold": "0.5"},
        {"temperature": None},
        {"temperature": b"-Infinity"},
        {"labels": b"[" * 100_000},
        {"labels": [["a"], ["b"]]},
        {"labels": [1, 2, 3]},
        {"labels": ["a", "b", "\ud800"]},
        {"labels": {"a": 1}},
        {"labels": ["a", "b", ""]},
        {"labels": [str(n) for n in range(20_000)]},
        {"labels": b'"' + b"x" * (1 << 21) + b'"'},
        {"regions": [["full"]]},
        {"regions": [None]},
        {"network": 5},
        {"version": None},
        {"training_data": ["x"]},
        {"color_order": ["BGR"]},
        {"contract": [1]},
    ],
)
def test_cards_with_anything_in_them_are_one_line(tmp_path: Path, changes: dict[str, object]) -> None:
    path = write_colour_model(tmp_path / "m.onnx", metadata=metadata(**changes))
    with pytest.raises(ModelError, match=r"m\.onnx: .*metadata|m\.onnx: .*contract") as caught:
        load_classifier(path, provider="cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "null", '{"size_px": ' + "9" * 5000 + "}"])
def test_cards_in_json_are_one_line(text: str) -> None:
    with pytest.raises(ModelError):
        ModelCard.from_json(text)


def test_metadata_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    path = write_colour_model(tmp_path / "m.onnx")
    content = path.read_bytes()
    assert b"bart_simpson" in content
    path.write_bytes(content.replace(b"bart_simpson", b"bart\xff\xfe\xff\xfe\xff\xfe\xff\xfe"))
    with pytest.raises(ModelError, match=r"m\.onnx") as caught:
        load_classifier(path, provider="cpu")
    assert "\n" not in str(caught.value)


def test_models_that_ask_for_gigantic_pictures_are_refused(tmp_path: Path) -> None:
    picture = helper.make_tensor_value_info("x", TensorProto.UINT8, ["n", 200_000, 200_000, 3])
    out = helper.make_tensor_value_info("y", TensorProto.UINT8, ["n", 200_000, 200_000, 3])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "big", [picture], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, colour_card().to_metadata())
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="it takes pictures of 120,000,000,000 bytes"):
        load_classifier(tmp_path / "m.onnx", provider="cpu")


def test_models_that_fail_on_frames_are_one_line(tmp_path: Path) -> None:
    network = load_network(write_head_model(tmp_path / "h.onnx"), provider="cpu")
    with pytest.raises(ModelError, match=r"h\.onnx fails on a frame") as caught:
        network.detect(np.zeros((3, 3), np.uint8), min_score=0.1)  # type: ignore[union-attr]
    assert "\n" not in str(caught.value)
    classifier = load_classifier(write_colour_model(tmp_path / "c.onnx"), provider="cpu")
    with pytest.raises(ModelError, match=r"c\.onnx fails on a picture"):
        classifier.classify(np.zeros((1, 8, 8, 3), np.uint8))


def kept(path: Path, **changes: object) -> Path:
    """A track as a file, with some of its arrays changed."""
    track = DetectionLog({"source": "a.avi", "model": "m.onnx"})
    detections = Detections(
        np.ones((1, 4), np.float32), np.ones(1, np.float32), np.full((1, len(LABELS)), 0.3, np.float32)
    )
    for index in range(3):
        track.append(FrameDetections(index, index / 25, (64, 48), not index, False, detections))
    track.complete = True
    track.save(path)
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
        {"about": np.array('{"version": 2, "complete": 1, "frames": "many"}')},
        {"about": np.array('{"version": 2, "complete": true, "frames": ' + "9" * 5000 + "}")},
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
def test_tracks_that_somebody_has_changed_are_damaged(tmp_path: Path, changes: dict[str, object]) -> None:
    assert len(DetectionLog.load(kept(tmp_path / f"{KEY}.track"))) == 3
    path = kept(tmp_path / f"{KEY}.track", **changes)
    with pytest.raises(DetectionLogError, match="damaged"):
        DetectionLog.load(path)
    cached = DetectionCache(tmp_path)
    assert cached.frames(KEY) in (0, float("inf")) and len(list(cached.entries())) == 1
    assert cached.load(KEY) is None and not path.exists()


def test_packed_tracks_and_lying_arrays_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.track"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (1 << 40, 4)}
    )
    for packed in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        with zipfile.ZipFile(kept(path), "a", packed) as archive, pytest.warns(UserWarning):
            archive.writestr("boxes.npy", header.getvalue() + bytes(1 << 16))
        with pytest.raises(DetectionLogError, match="damaged"):
            DetectionLog.load(path)
    with pytest.raises(DetectionLogError, match="cannot be read"):
        read_about(tmp_path)


def test_kept_spans_of_any_kind_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_spans, path = DetectionCache(tmp_path), tmp_path / "k.spans"
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
        assert kept_spans.load_spans("k", made_by="me") is None, rows
    for content in (b"", b"\x1f\x8b", gzip.compress(b"[" * 100_000), gzip.compress(b"\xff")):
        path.write_bytes(content)
        assert kept_spans.load_spans("k", made_by="me") is None
    path.write_bytes(gzip.compress(json.dumps({"made_by": "me", "spans": good}).encode()))
    (span,) = kept_spans.load_spans("k", made_by="me") or ()
    assert (span.label, span.end_s) == ("bart_simpson", 1.5)
    monkeypatch.setattr(cache, "_MAX_SPANS_BYTES", 20)
    assert kept_spans.load_spans("k", made_by="me") is None, "it may unpack to anything"


def png(path: Path, side: int) -> Path:
    """A black PNG that says it is so wide and high, with a few of its rows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes((side + 7) // 8)) * min(side, 100))
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    return path


def test_pictures_that_unpack_to_too_much_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = read_image(png(tmp_path / "small.png", 90))
    assert small is not None and small.shape == (90, 90, 3)
    with pytest.raises(OSError, match="more than 268,435,456 pixels"):
        read_image(png(tmp_path / "60000.png", 60_000))
    refused = simpsons("play", png(tmp_path / "20000.png", 20_000), "--no-window")
    assert_one_error_line(refused, "20000.png", "more than 268,435,456 pixels")
    monkeypatch.setattr("simpsons_play.sources.images.MOST_BYTES", 10)
    with pytest.raises(OSError, match="longer than 10 bytes"):
        read_image(tmp_path / "small.png")


def test_sizes_have_words() -> None:
    words = [foreign_files.size_words(size) for size in (9, 2048, 3 << 20, 2 << 30)]
    assert words == ["9 bytes", "2 KiB", "3 MiB", "2 GiB"]


def test_what_the_system_says_goes_on_after_a_colon() -> None:
    assert clause_of(OSError(2, "No such file or directory")) == "no such file or directory"
    assert clause_of(OSError(5, "IO error on NFS")) == "IO error on NFS"
    assert clause_of(OSError("it is longer than 1 MiB")) == "it is longer than 1 MiB"
