"""Predictions as Parquet."""

from __future__ import annotations

import json
import os
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simpsons_play.core.errors import DependencyError, SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region, RunInfo
from simpsons_play.sinks import PredictionsParquetWriter, parquet, partial_name, require_parquet
from tests.disk import full_disk

IMAGE = np.zeros((4, 6, 3), np.uint8)
VIDEO = SourceInfo("drawn", 6, 4, Fraction(24000, 1001), Fraction(1001, 24000))
RUN = RunInfo(VIDEO, "four_conv.onnx", "CPUExecutionProvider", ("bart_simpson", "lisa_simpson"), 0.6)
HEAD, RIGHT = Region("head-1", Box(1, 0, 3, 2)), Region("right", Box(3, 0, 6, 4))


def write(sink: PredictionsParquetWriter, frames: int) -> None:
    for number in range(frames):
        time = Fraction(number * 1001, 24000)
        names = (Caption(HEAD, "bart_simpson", 0.9), Caption(RIGHT, "lisa_simpson", 0.7))
        sink.write(Frame(IMAGE, number, time), FrameResult(number, float(time), number == 2, (), names))


def test_columns_have_types_and_the_header_is_in_the_metadata(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    with PredictionsParquetWriter(path, RUN, warnings=["the end is missing"]) as sink:
        write(sink, 3)
    table = pq.read_table(path)
    text, number = pa.dictionary(pa.int32(), pa.string()), pa.int32()
    assert dict(zip(table.column_names, table.schema.types, strict=True)) == {
        "time_s": pa.float64(),
        "region": text,
        "label": text,
        "probability": pa.float32(),
        "index": pa.int64(),
        **dict.fromkeys(("shot", "track", "x_min", "y_min", "x_max", "y_max"), number),
    }
    assert table["shot"].to_pylist() == [1, 1, 1, 1, 2, 2]
    assert table["track"].to_pylist() == [1, None, 1, None, 2, None]
    assert table.slice(1, 1).to_pylist()[0] == {
        "time_s": 0.0,
        "region": "right",
        "label": "lisa_simpson",
        "probability": pytest.approx(0.7),
        "index": 0,
        "shot": 1,
        "track": None,
        "x_min": 3,
        "y_min": 0,
        "x_max": 6,
        "y_max": 4,
    }
    metadata = pq.read_metadata(path).metadata
    assert json.loads(metadata[b"simpsons_play"]) == RUN.header()
    footer = json.loads(metadata[b"simpsons_play.footer"])
    assert footer["frames"] == 3 and footer["warnings"] == ["the end is missing"] and not footer["complete"]


def test_pandas_reads_tracks_as_integers_and_the_header_as_attributes(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    with PredictionsParquetWriter(path, RUN) as sink:
        write(sink, 2)
    frame = pd.read_parquet(path)
    assert frame.attrs == RUN.header()
    assert str(frame["track"].dtype) == "Int32" and str(frame["label"].dtype) == "category"
    assert frame["track"].isna().tolist() == [False, True, False, True]


def test_rows_of_pictures_contain_the_file_name(tmp_path: Path) -> None:
    pictures = SourceInfo("pictures", 6, 4, Fraction(1), Fraction(1), stills=True)
    with PredictionsParquetWriter(tmp_path / "out.parquet", RunInfo(pictures, "m", "CPU", (), 0.5)) as sink:
        frame = Frame(IMAGE, 0, Fraction(0), name="bärt\udc80.jpg")
        sink.write(frame, FrameResult(0, 0.0, True, (), (Caption(RIGHT, "bart_simpson", 0.5),)))
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.column_names[0] == "picture" and table["picture"].to_pylist() == ["bärt\ufffd.jpg"]


def test_long_files_are_written_in_groups_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 100)
    path = tmp_path / "out.parquet"
    with PredictionsParquetWriter(path, RUN) as sink:
        write(sink, 120)
    assert pq.read_metadata(path).num_row_groups == 3
    assert pq.read_table(path)["index"].to_pylist() == [number // 2 for number in range(240)]
    assert pd.read_parquet(path)["label"].value_counts().tolist() == [120, 120]


@pytest.mark.parametrize("rows_per_group", [100, 1 << 16])
def test_rows_before_the_disk_became_full_can_be_read(
    rows_per_group: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", rows_per_group)
    path = tmp_path / "out.parquet"
    path.write_bytes(b"old")
    with (
        pytest.raises(SinkError, match="cannot be written"),
        full_disk(400_000),
        PredictionsParquetWriter(path, RUN) as sink,
    ):
        write(sink, 100_000)
    assert path.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == [path, partial_name(path)]
    table = pq.read_table(partial_name(path))
    footer = json.loads(pq.read_metadata(partial_name(path)).metadata[b"simpsons_play.footer"])
    assert len(table) == 2 * footer["frames"] > 1000 and not footer["complete"]


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are not files there")
def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out.parquet")
    with pytest.raises(SinkError, match="is a device or a pipe, and Parquet needs a file"):
        require_parquet(tmp_path / "out.parquet")


def test_a_missing_package_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DependencyError, match=r"^a\.parquet: Parquet needs pyarrow, .*\[data\]"):
        require_parquet(Path("a.parquet"))
