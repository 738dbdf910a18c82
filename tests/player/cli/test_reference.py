"""`--reference` runs the model on every frame that has changed; by default it runs a few times a second."""

import json
from pathlib import Path

from tests.commands import SAMPLE, simpsons


def _run(folder: Path, *options: str) -> tuple[int, list[dict[str, object]]]:
    """Number of runs of the model, and the frames in the predictions."""
    path = folder / f"p{len(options)}.jsonl"
    done = simpsons(
        "play",
        SAMPLE,
        "--no-window",
        "--no-cache",
        "--json",
        "--predictions",
        path,
        "--duration",
        "3",
        *options,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    runs = json.loads(done.stdout)["stages_ms"]["classify"]["frames"]
    return runs, [line for line in lines if line["type"] == "frame"]


def test_sampling_runs_the_model_less_often_and_names_the_same(tmp_path: Path) -> None:
    runs, frames = _run(tmp_path)
    every, reference = _run(tmp_path, "--reference")
    assert runs <= 3 * 3 + 4 < every / 3, "three times a second, and at both ends of a shot"
    assert [frame["index"] for frame in frames] == list(range(72)), "every frame has a line"
    names = [
        [{caption["label"] for caption in frame["captions"]} for frame in run]  # type: ignore[attr-defined]
        for run in (frames, reference)
    ]
    differing = sum(one != other for one, other in zip(*names, strict=True))
    assert differing <= 3
