"""The script about CUDA runs to its end, whatever the machine has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simpsons_play.inference.providers import missing_for_gpu
from tests.benchmarks.cuda_tables import tables, verdict

COMMAND = [sys.executable, "-m", "tests.benchmarks.cuda", "--quick"]


@pytest.mark.slow
@pytest.mark.skipif(not missing_for_gpu("cuda"), reason="this machine has an NVIDIA driver")
def test_without_a_gpu_every_part_says_that_it_is_not_available(tmp_path: Path) -> None:
    path = tmp_path / "cuda.json"
    done = subprocess.run(
        [*COMMAND, "--json", str(path)], capture_output=True, text=True, check=True, timeout=240
    )
    result = json.loads(path.read_text())
    assert not result["ran_on_gpu"]
    assert "No CUDA part has run on a GPU: not available: " in done.stdout
    for part in ("starts", "looks", "films", "decoders"):
        rows = {
            provider: [r for r in result[part] if r["provider"] == provider] for provider in ("cuda", "cpu")
        }
        assert rows["cuda"] and all(r["problem"].startswith("not available: ") for r in rows["cuda"])
        assert any("problem" not in r for r in rows["cpu"]), rows["cpu"]


@pytest.mark.slow
def test_a_rehearsal_measures_each_graph_in_each_way_that_a_cpu_has(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    path = tmp_path / "cuda.json"
    subprocess.run([*COMMAND, "--provider", "cpu", "--json", str(path)], check=True, timeout=240)
    result = json.loads(path.read_text())
    measured = {(r["graph"], r["mode"]) for r in result["looks"] if "p50_ms" in r}
    assert measured >= {(graph, mode) for graph in ("fp32", "fp16") for mode in ("arrays", "I/O binding")}
    assert all(r["difference"] < 0.01 for r in result["looks"] if "p50_ms" in r and r["graph"] == "fp16")
    assert not result["ran_on_gpu"]


def test_tables_have_a_row_for_each_result_and_for_what_is_not_available() -> None:
    look = {"provider": "cuda", "graph": "fp16", "batch": 4, "mode": "arrays"}
    times = {"p50_ms": 2.0, "p95_ms": 2.5, "p99_ms": 3.0, "max_ms": 4.0, "n": 300, "difference": 0.0005}
    starts, looks, films, decoders = tables(
        {
            "starts": [{"provider": "cuda", "runs": [{"total_s": n, "session_s": n / 2} for n in (3, 1, 1)]}],
            "looks": [look | times, look | {"problem": "not available: no kernel"}],
            "films": [{"provider": "cuda", "runs": [{"whole_s": 2.0, "media_seconds": 60.0}]}],
            "decoders": [{"provider": "cuda", "size": "64x48", "fps": 1000.4}],
        },
        markdown=True,
    )
    assert starts.endswith("| cuda | 3.00 | 1.00 | 0.50 |")
    assert "| cuda, fp16, arrays, batch 4 | 2.00 | 2.50 | 3.00 | 0.50 | 300 | 5.0e-04 |" in looks
    assert "| cuda, fp16, arrays, batch 4: not available: no kernel | - |" in looks
    assert films.endswith("| cuda | 2.0 | 30.0 |")
    assert decoders.endswith("| cuda, 64x48 | 1,000 |")


def test_verdict_claims_a_gpu_only_where_one_ran() -> None:
    assert verdict("cuda", "", "NVIDIA X") == "GPU: NVIDIA X"
    assert "No CUDA part has run" in verdict("cuda", "not available: no driver", "NVIDIA X")
    assert "Rehearsal" in verdict("cpu", "", "")
