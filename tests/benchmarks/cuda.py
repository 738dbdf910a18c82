"""Everything about CUDA in one run of less than five minutes, on a machine with an NVIDIA GPU.

`python -m tests.benchmarks.cuda [CLIP] [--json cuda.json] [--markdown]`

It measures the time to the first result, the time of a look at batches of 1 to 32 pictures with the graph in
fp32, fp16 and int8 (with arrays, I/O binding, pinned memory and a CUDA graph), the analysis of a whole clip,
and NVDEC; the CPU's figures stand beside it. Whatever does not work says why, and the rest goes on.

`--provider cpu` rehearses: the same code runs with the CPU in place of the GPU, and its figures say nothing
about CUDA. `--quick` only shows whether everything runs. This script has not yet run on a GPU.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from simpsons_models import default_detector
from tests.benchmarks.children import run
from tests.benchmarks.clips import in_own_process, looped, make_sample
from tests.benchmarks.conditions import conditions
from tests.benchmarks.cuda_tables import Result, tables, verdict

MODES = ("arrays", "I/O binding", "I/O binding, pinned", "CUDA graph")
_LIMIT_S = 90.0
"""Of one part: one that hangs must not take the time of the others."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        batches: batch sizes.
        starts: processes that look once.
        films: analyses of the clip with each provider.
        film_s: length of the clip if none is given, in seconds.
        sizes: width and height of the videos that are decoded, in pixels.
        decoded_s: their length in seconds.
    """

    batches: tuple[int, ...] = (1, 4, 16, 32)
    starts: int = 4
    films: int = 2
    film_s: float = 60.0
    sizes: tuple[tuple[int, int], ...] = ((576, 432), (1920, 1080))
    decoded_s: float = 20.0


QUICK = Extent(batches=(1,), starts=2, films=1, film_s=1.0, sizes=((64, 48),), decoded_s=1.0)


def part(name: str, **arguments: Any) -> Result:
    """Run a part in a process of its own; a problem is a result."""
    command = [sys.executable, "-m", "tests.benchmarks.cuda_parts", name, json.dumps(arguments)]
    done = run(command, limit_s=_LIMIT_S)
    if done.code < 0 and done.seconds >= _LIMIT_S:
        return {"problem": f"not available: no answer within {_LIMIT_S:g} s"}
    if done.problem:
        return {"problem": f"not available: {done.problem}"}
    result: Result = json.loads(done.output.strip().splitlines()[-1])
    return result


def starts(model: Path, providers: Sequence[str], missing: str, *, count: int) -> list[Result]:
    """The time to the first result of each provider: of the first process, and of those after it."""
    rows: list[Result] = []
    for provider in providers:
        row: Result = {"provider": provider}
        if provider == "cuda" and missing:
            rows.append(row | {"problem": missing})
            continue
        runs = [part("start", model=str(model), provider=provider, began_s=time.time()) for _ in range(count)]
        problem = next((run["problem"] for run in runs if run.get("problem")), "")
        rows.append(row | ({"problem": problem} if problem else {"runs": runs}))
    return rows


def looks(
    graphs: dict[str, Path | str], providers: Sequence[str], missing: str, *, batches: Sequence[int]
) -> list[Result]:
    """The latencies of each graph on each provider; a graph that is missing is the reason for it."""
    rows: list[Result] = []
    for provider in providers:
        heads: dict[str, Any] = {}
        for title, path in graphs.items():
            row: Result = {"graph": title, "provider": provider}
            if isinstance(path, str):
                rows.append(row | {"problem": path})
                continue
            if provider == "cuda" and missing:
                rows.append(row | {"problem": missing})
                continue
            modes = MODES if provider == providers[0] else MODES[:1]
            result = part("latency", model=str(path), provider=provider, batches=batches, modes=modes)
            if problem := result.get("problem"):
                rows.append(row | {"problem": problem})
                continue
            heads[title] = result["heads"]
            row["difference"] = _difference(result["heads"], heads.get("fp32"))
            rows.extend(row | one for one in result["rows"])
    return rows


def _difference(heads: list[list[float]], reference: list[list[float]] | None) -> float | None:
    """The largest difference of a head's score from those of the fp32 graph on the same provider."""
    if reference is None:
        return None
    pairs = zip(heads, reference, strict=True)
    return max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))


def films(clip: Path, providers: Sequence[str], missing: str, *, count: int) -> list[Result]:
    """The analysis of a whole clip with each provider, in turns."""
    rows: dict[str, Result] = {provider: {"provider": provider, "runs": []} for provider in providers}
    for _ in range(count):
        for provider, row in rows.items():
            if provider == "cuda" and missing:
                row["problem"] = missing
            if row.get("problem"):
                continue
            play = [sys.executable, "-m", "simpsons_play", "play", clip, "--provider", provider]
            done = run([*play, "--no-window", "--no-cache", "--json"], limit_s=_LIMIT_S)
            if done.problem:
                row["problem"] = f"not available: {done.problem}"
                continue
            said = json.loads(done.output.strip().splitlines()[-1])
            row["runs"].append({"whole_s": done.seconds, **{k: said[k] for k in ("frames", "media_seconds")}})
    return list(rows.values())


def decoders(folder: Path, providers: Sequence[str], extent: Extent) -> list[Result]:
    """Decoding H.264 at some sizes."""
    rows = []
    for width, height in extent.sizes:
        clip = folder / f"{width}x{height}.mp4"
        in_own_process(make_sample, clip, size=(width, height), seconds=extent.decoded_s)
        for provider in providers:
            row = {"size": f"{width}x{height}", "provider": provider}
            rows.append(row | part("decoding", clip=str(clip), provider=provider))
    return rows


def _film(folder: Path, seconds: float) -> Path:
    shot = folder / "sample.mp4"
    in_own_process(make_sample, shot, size=(576, 432), seconds=min(20.0, seconds))
    return looped(shot, seconds, folder)


def half_precision(model: Path, folder: Path) -> Path | str:
    """The graph in fp16; or why there is none."""
    target = folder / f"{model.stem}-fp16.onnx"
    return part("half", model=str(model), target=str(target)).get("problem") or target


def gpu() -> str:
    """Name, driver and memory of the GPU, as `nvidia-smi` says; empty without one."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    query = [program, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, timeout=30)
    return "" if done.returncode else done.stdout.strip().replace("\n", "; ")


@click.command()
@click.argument("clip", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--fp32",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Detector in fp32.  [default: the included one]",
)
@click.option(
    "--int8",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Detector in int8.  [default: the included one, if there is one]",
)
@click.option("--provider", type=click.Choice(["cuda", "cpu"]), default="cuda", help="cpu: rehearse.")
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path, dir_okay=False), help="Write all results."
)
@click.option("--quick", is_flag=True, help="Only show whether everything runs.")
@click.option("--markdown", is_flag=True, help="Print Markdown tables.")
def main(
    clip: Path | None,
    fp32: Path | None,
    int8: Path | None,
    provider: str,
    json_path: Path | None,
    quick: bool,
    markdown: bool,
) -> None:
    """Measure all of it and print the tables."""
    began_s, extent = time.monotonic(), QUICK if quick else Extent()
    lines = conditions("simpsons-play", "onnxruntime-gpu", "av", "onnx")
    model = (fp32 or default_detector()).absolute()
    int8 = int8 or next(iter(sorted(default_detector().parent.glob("*int8*.onnx"))), None)
    missing = ""
    if provider == "cuda":
        missing = part("check", model=str(model), provider=provider).get("problem", "")
    providers = list(dict.fromkeys((provider, "cpu")))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graphs: dict[str, Path | str] = {
            "fp32": model,
            "fp16": half_precision(model, folder),
            "int8": int8.absolute() if int8 else "not available: give one with --int8",
        }
        film = clip.absolute() if clip else _film(folder, extent.film_s)
        results: dict[str, list[Result]] = {}
        for title, measure in (
            ("starts", lambda: starts(model, providers, missing, count=extent.starts)),
            ("looks", lambda: looks(graphs, providers, missing, batches=extent.batches)),
            ("films", lambda: films(film, providers, missing, count=extent.films)),
            ("decoders", lambda: decoders(folder, providers, extent)),
        ):
            click.echo(f"{title} ...", err=True)
            results[title] = measure()
    described = gpu()
    lines += [
        verdict(provider, missing, described),
        f"Graph: {model.name}; clip: {film.name}; all of it took {time.monotonic() - began_s:.0f} s",
    ]
    for line in lines:
        click.echo(line)
    for text in tables(results, markdown=markdown):
        click.echo(f"\n{text}")
    if json_path is not None:
        whole = {"conditions": lines, "gpu": described, "ran_on_gpu": provider == "cuda" and not missing}
        try:
            json_path.write_text(json.dumps({**whole, **results}, indent=1), encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"{json_path} cannot be written: {error.strerror}") from error


if __name__ == "__main__":
    main()
