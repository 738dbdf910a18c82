"""The public API, and the examples in the documentation and in docstrings."""

from __future__ import annotations

import csv
import doctest
import importlib.util
import json
import pkgutil
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import simpsons_play as sp
from simpsons_play.analysis import api_arguments
from simpsons_play.cli.main import main
from simpsons_play.inference.model import Detector
from tests.commands import SAMPLE, environment
from tests.fakes import FakeSource, flat, write_colour_model
from tests.media import beginning, make_pictures

ROOT = Path(__file__).parents[2]
LIBRARY_DOCS = ROOT / "docs" / "api.md"
DATA_DOCS = ROOT / "docs" / "data.md"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(sp.__path__, "simpsons_play."):
        text = importlib.util.find_spec(module.name)
        if text is not None and text.origin is not None and ">>>" in Path(text.origin).read_text("utf-8"):
            yield module.name


@pytest.fixture
def at_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))


@pytest.mark.usefixtures("at_root")
def test_the_examples_in_the_docs_give_what_they_show() -> None:
    failed, tried = doctest.testfile(str(LIBRARY_DOCS), module_relative=False, optionflags=OPTIONS)
    assert failed == 0 and tried > 20


def test_the_recipe_for_pandas_gives_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    shutil.copy(SAMPLE, "episode.avi")
    predictions = ["--predictions", "episode.parquet", "--predictions", "episode.csv"]
    main(["play", "episode.avi", "--no-window", "-q", *predictions], standalone_mode=False)
    failed, tried = doctest.testfile(str(DATA_DOCS), module_relative=False, optionflags=OPTIONS)
    assert failed == 0 and tried > 15


@pytest.mark.usefixtures("at_root")
@pytest.mark.parametrize("name", list(modules()))
def test_the_examples_in_docstrings_give_what_they_show(name: str) -> None:
    module = importlib.import_module(name)
    more = {"np": importlib.import_module("numpy")}
    failed, tried = doctest.testmod(module, extraglobs=more, optionflags=OPTIONS)
    assert failed == 0 and tried > 0


def test_every_public_name_is_documented_and_can_be_imported() -> None:
    page = LIBRARY_DOCS.read_text("utf-8")
    for name in sp.__all__:
        assert getattr(sp, name) is not None
        assert name in page or name == "__version__", f"docs/api.md does not mention {name}"
    assert dir(sp) == sp.__all__
    with pytest.raises(AttributeError, match="has no attribute 'analyse'"):
        sp.analyse  # type: ignore[attr-defined]  # noqa: B018


def test_importing_it_loads_nothing_heavy_and_a_timeline_loads_no_window() -> None:
    code = f"""
import sys
import simpsons_play as sp
print([m for m in ("numpy", "cv2", "av", "onnxruntime", "PySide6") if m in sys.modules])
sp.timeline({str(SAMPLE)!r}, duration_s=0.3, provider="cpu")
print([m for m in ("PySide6", "tensorflow", "keras", "click") if m in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_a_command_writes_what_the_library_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    video, lines, report = beginning(SAMPLE, tmp_path, 4), tmp_path / "a.jsonl", tmp_path / "report"
    found = list(sp.analyze(video, provider="cpu", threshold=0.7))
    play = ["play", str(video), "--no-window", "--no-cache", "--provider", "cpu", "--threshold", "0.7", "-q"]
    parquet = tmp_path / "a.parquet"
    outputs = [f"--predictions={path}" for path in (lines, parquet, parquet.with_suffix(".csv"))]
    main([*play, *outputs, "--report", str(report)], standalone_mode=False)
    written = [json.loads(line) for line in lines.read_text().splitlines()][1:-1]
    assert [frame["index"] for frame in written] == [frame.index for frame in found]
    assert [[c["label"] for c in frame["captions"]] for frame in written] == [
        [caption.label for caption in frame.captions] for frame in found
    ]
    table = sp.captions(video, provider="cpu", threshold=0.7)
    with parquet.with_suffix(".csv").open() as file:
        assert [int(row["track"]) for row in csv.DictReader(file)] == table.to_pandas()["track"].tolist()
    assert pq.read_table(parquet).equals(table.to_arrow(), check_metadata=True)
    timeline = sp.timeline(video, provider="cpu", threshold=0.7)
    with (report / "appearances.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {
            "start_s": f"{a.start_s:.3f}",
            "end_s": f"{a.end_s:.3f}",
            "side": a.side,
            "label": a.label,
            "mean_probability": f"{a.mean_probability:.4f}",
        }
        for a in timeline.appearances()
    ]
    with (report / "totals.csv").open() as file:
        totals = [(row["label"], row["seconds"], row["share"]) for row in csv.DictReader(file)]
    assert totals == [(t.label, f"{t.seconds:.3f}", f"{t.share:.4f}") for t in timeline.totals()]


def test_a_whole_file_is_analysed_once_and_a_part_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    runs, detect = [], Detector.detect_fitted
    monkeypatch.setattr(
        Detector, "detect_fitted", lambda *args, **more: (runs.append(1), detect(*args, **more))[1]
    )
    video, model = beginning(SAMPLE, tmp_path, 2), sp.load_model(provider="cpu")

    def ran(**more: object) -> bool:
        runs.clear()
        assert list(sp.analyze(video, model=model, **more))  # type: ignore[arg-type]
        return bool(runs)

    assert ran(duration_s=1.0)
    assert ran(), "a part is not cached"
    assert not ran() and not ran(threshold=0.9), "nor does another threshold run the model"
    assert ran(cache=False) and ran(start_s=1.0)
    runs.clear()
    assert sp.timeline(video, model=model, threshold=0.9) == sp.timeline(video, model=model, threshold=0.9)
    assert not runs


def test_a_timeline_has_one_probability_for_each_frame(tmp_path: Path) -> None:
    model = sp.load_model(write_colour_model(tmp_path / "m.onnx"), provider="cpu")
    timeline = sp.timeline(SAMPLE, model=model, threshold=0.0, duration_s=1.0, cache=False)
    frames = sum(
        len(result.captions) for result in sp.analyze(SAMPLE, model=model, threshold=0.0, duration_s=1.0)
    )
    assert timeline.probabilities
    for times, probabilities in timeline.probabilities.values():
        assert len(times) == len(probabilities) and list(times) == sorted({*times})
    assert sum(len(times) for times, _ in timeline.probabilities.values()) == frames


def test_regions_that_do_not_suit_a_loaded_model_are_refused(tmp_path: Path) -> None:
    model = sp.load_model(write_colour_model(tmp_path / "m.onnx"), regions="full", provider="cpu")
    with pytest.raises(ValueError, match="one of auto, full, halves with this model, not 'detect'"):
        sp.timeline(SAMPLE, model=model, regions="detect")
    with pytest.raises(ValueError, match="one of auto, detect with this model, not 'halves'"):
        sp.timeline(SAMPLE, model=sp.load_model(provider="cpu"), regions="halves")


def test_a_loaded_model_is_used_without_its_fallback_for_heads_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    model = sp.load_model(provider="cpu")
    video = beginning(SAMPLE, tmp_path, 1)
    for cached in (False, True):
        for regions, crops in (("auto", True), ("detect", False)):
            for frame in sp.analyze(video, model=model, regions=regions):
                assert (frame.detections.crop_probabilities is not None) is crops, (cached, regions)
    assert repr(frame.detections) == "<Detections: 1, 18 labels>"


def test_stopping_early_releases_the_source_and_caches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("SIMPSONS_CACHE", str(cache))
    results = sp.analyze(SAMPLE, provider="cpu")
    assert next(results).index == 0
    results.close()  # type: ignore[attr-defined]
    assert not cache.exists()


def test_a_truncated_video_gives_what_it_holds_and_a_warning(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(SAMPLE.read_bytes()[: SAMPLE.stat().st_size * 3 // 4])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = sp.timeline(broken, model=write_colour_model(tmp_path / "m.onnx"))
        except sp.SourceError:
            pytest.skip("the index of the sample lies at its end")
    assert found.known_s > 1 and [w.category for w in caught] == [sp.SimpsonsWarning]


def test_tables_have_a_row_for_each_appearance(monkeypatch: pytest.MonkeyPatch) -> None:
    spans = (sp.Span("bart_simpson", "left", 1.0, 3.5), sp.Span("lisa_simpson", "right", 2.0, 2.5))
    timeline = sp.Timeline(spans, known_s=10.0, labels=("bart_simpson", "lisa_simpson"))
    table = timeline.to_pandas()
    assert table["label"].tolist() == ["bart_simpson", "lisa_simpson"]
    assert (table["end_s"] - table["start_s"]).tolist() == [2.5, 0.5]
    arrow = timeline.to_arrow()
    assert arrow.column("side").to_pylist() == ["left", "right"]
    empty = sp.Timeline((), known_s=10.0, labels=())
    assert len(empty.to_pandas()) == empty.to_arrow().num_rows == 0
    assert [str(field.type) for field in empty.to_arrow().schema] == ["string"] * 2 + ["double"] * 3
    for package, method in (("pandas", timeline.to_pandas), ("pyarrow", timeline.to_arrow)):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(sp.DependencyError, match=rf"needs {package}, .*\[data\]"):
            method()


def test_a_table_of_pictures_contains_their_names(tmp_path: Path) -> None:
    names = ["a.png", "b.jpg", "c.png"]
    make_pictures(tmp_path / "pictures", names)
    model = write_colour_model(tmp_path / "m.onnx")
    found = sp.captions(tmp_path / "pictures", model=model, regions="full", threshold=0.0)
    assert sorted(set(found.to_pandas()["picture"])) == [
        p.name for p in sorted((tmp_path / "pictures").iterdir())
    ]
    assert found.header["threshold"] == 0.0


def test_a_timeline_shows_itself_in_a_notebook() -> None:
    timeline = sp.Timeline((sp.Span("<b>", "left", 0.0, 5.0),), known_s=10.0, labels=("<b>",))
    assert (
        repr(timeline)
        == "Timeline: 00:00 to 00:10, 1 appearance of 1 character\n  <B>  5.0 s (50%), 1 appearance"
    )
    page = timeline._repr_html_()
    assert "<ul><li>&lt;B&gt;  5.0 s (50%), 1 appearance</li></ul>" in page


def test_a_live_source_needs_an_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    live = FakeSource([flat((0, 0, 255))] * 3, live=True)
    monkeypatch.setattr(api_arguments, "open_source", lambda name, **more: live)
    with pytest.raises(sp.SourceError, match="is live and has no end; set duration_s"):
        sp.timeline("camera:0", model=write_colour_model(tmp_path / "m.onnx"))
