"""How many proposals are right, on clips whose characters are known.

`python -m tests.benchmarks.propose CLIPS` runs `simpsons propose` on the clips in each folder of CLIPS that
has a `truth.csv` (columns `clip`, `time_s`, `present` and `partly`; characters separated by semicolons), and
on each video beside a table of its name with the columns `start_s`, `end_s` and `character`. A proposal of a
clip with labelled moments is right if its character is there at one of the moments within a second.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from simpsons_play.inference.loading import load_classifier, load_detector
from simpsons_training.labelling.config import ProposeConfig
from simpsons_training.labelling.picture_folder import SavedPicture
from simpsons_training.labelling.proposal_folder import ProposalFolder
from simpsons_training.labelling.proposals import Proposer
from simpsons_training.labelling.proposing import Proposing

_NEAR_S = 1.0

Judge = Callable[[SavedPicture], bool | None]
"""Whether a proposal is right; None if that is not known."""


@click.command()
@click.argument("clips", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(clips: Path) -> None:
    """Print the number of proposals for each group of CLIPS, and how many are right."""
    for name, videos, judge in groups(clips):
        with TemporaryDirectory() as folder:
            rows = proposals(videos, Path(folder))
        verdicts = [verdict for verdict in map(judge, rows) if verdict is not None]
        share = sum(verdicts) / max(1, len(verdicts))
        click.echo(f"{name}: {len(rows)} proposals, {sum(verdicts)} of {len(verdicts)} right ({share:.1%})")


def proposals(videos: Sequence[Path], folder: Path) -> list[SavedPicture]:
    """What the included models propose with the default settings."""
    store = ProposalFolder(folder)
    proposer = Proposer(load_classifier(provider="cpu"), load_detector(provider="cpu"))
    run = Proposing(store, proposer, config=ProposeConfig(), warn=click.echo)
    run.run(run.plan(videos), on_progress=lambda done: None)
    return store.proposed.rows()


def groups(clips: Path) -> Iterator[tuple[str, list[Path], Judge]]:
    """The videos to measure on, in groups, with who knows the answers."""
    for video in sorted(clips.glob("*.*")):
        table = video.with_suffix(".csv")
        if video.suffix != ".csv" and table.is_file():
            yield video.name, [video], _judge_spans(_read(table))
    for table in sorted(clips.glob("*/truth.csv")):
        moments = _moments(_read(table))
        known = [clip for clip in moments if any(names for _, names in moments[clip])]
        for words, chosen in (("", known), (", nobody known", sorted(set(moments) - set(known)))):
            if chosen:
                videos = [table.parent / clip for clip in chosen]
                yield f"{table.parent.name}{words}", videos, _judge_moments(moments)


def _read(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _moments(rows: Sequence[dict[str, str]]) -> dict[str, list[tuple[float, set[str]]]]:
    moments = defaultdict(list)
    for row in rows:
        names = {*row["present"].split(";"), *row["partly"].split(";")} - {""}
        moments[row["clip"]].append((float(row["time_s"]), names))
    return moments


def _judge_spans(answers: Sequence[dict[str, str]]) -> Judge:
    def judge(row: SavedPicture) -> bool:
        return any(
            float(answer["start_s"]) <= (row.time_s or 0) < float(answer["end_s"])
            and answer["character"] == row.character
            for answer in answers
        )

    return judge


def _judge_moments(moments: dict[str, list[tuple[float, set[str]]]]) -> Judge:
    def judge(row: SavedPicture) -> bool | None:
        near = [
            names
            for time_s, names in moments[Path(row.episode).name]
            if abs(time_s - (row.time_s or 0)) <= _NEAR_S
        ]
        return any(row.character in names for names in near) if near else None

    return judge


if __name__ == "__main__":
    main()
