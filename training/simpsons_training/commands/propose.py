"""The command `simpsons propose`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import FiniteFloatRange
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.errors import SourceError
from simpsons_play.core.exit_codes import EXIT_INCOMPLETE, EXIT_INTERRUPTED
from simpsons_play.core.interrupts import held_interrupt, one_interrupt
from simpsons_training.commands.episode_options import choice_options, episodes_argument, into_option
from simpsons_training.labelling.config import STRATEGIES, ChoiceConfig, ProposeConfig, Strategy

if TYPE_CHECKING:
    from simpsons_training.labelling.proposing import ProposeSummary

_DEFAULTS = ProposeConfig()


@click.command(
    cls=Command,
    short_help="Let the models propose labelled pictures from episodes.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@episodes_argument
@into_option("Folder of the data set; the proposals go into its folder `proposed`.")
@click.option(
    "--min-probability",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    default=_DEFAULTS.min_probability,
    show_default=True,
    help="Propose no name below this probability.",
)
@click.option(
    "--count",
    type=click.IntRange(1),
    metavar="N",
    help="Keep at most N proposals of this run.  [default: all]",
)
@click.option(
    "--strategy",
    type=click.Choice(STRATEGIES),
    default=_DEFAULTS.strategy,
    show_default=True,
    help="Which proposals --count keeps: of characters with few pictures, of names that the models doubt, or "
    "of scenes unlike those in FOLDER.",
)
@choice_options
def propose(
    episodes: tuple[str, ...],
    folder: Path,
    min_probability: float,
    count: int | None,
    strategy: Strategy,
    seed: int,
    skip_start_s: float | None,
    skip_end_s: float | None,
) -> None:
    """Let the included models name the characters in EPISODES and put the pictures aside in FOLDER/proposed.

    EPISODES are video files, folders of videos, or playlists. About one frame per second is looked at,
    without titles, credits and near duplicates. A proposal is the half of the frame with a character's head,
    or the whole frame if nobody else is in it. It becomes part of the data set when `simpsons review FOLDER`
    accepts it.

    A second run goes on where the first one ended: no frame is looked at twice, and nothing is proposed that
    was labelled or rejected before. Ctrl-C keeps what was found.
    """
    with held_interrupt():
        from simpsons_play.inference.loading import load_classifier, load_detector
        from simpsons_play.sources import expand
        from simpsons_training.labelling.proposal_folder import ProposalFolder
        from simpsons_training.labelling.proposals import Proposer
        from simpsons_training.labelling.proposing import Proposing

    def warn(line: str) -> None:
        say(f"Warning: {line}", err=True)

    choice = ChoiceConfig(seed, skip_start_s, skip_end_s)
    config = ProposeConfig(choice, min_probability, strategy, count)
    proposer = Proposer(load_classifier(), load_detector(), min_probability=min_probability)
    run = Proposing(ProposalFolder(folder), proposer, config=config, warn=warn)
    planned = run.plan(expand(episodes, tell=warn))
    if not planned:
        raise SourceError("none of the episodes can be read")
    total = sum(len(moments) for _, moments in planned)
    interrupted = False
    try:
        with one_interrupt(), progress_bar("Looking at frames", total, unit="frames") as show:
            run.run(planned, on_progress=show)
    except KeyboardInterrupt:
        interrupted = True
    for line in summary_lines(run.summary, folder, total=total, interrupted=interrupted):
        say(line)
    if interrupted:
        raise click.exceptions.Exit(EXIT_INTERRUPTED)
    if run.summary.problems:
        raise click.exceptions.Exit(EXIT_INCOMPLETE)


def summary_lines(
    summary: ProposeSummary, folder: Path, *, total: int, interrupted: bool = False
) -> list[str]:
    """What a run has done, for people: the proposals of each character, and what to do next.

    Args:
        summary: what it has done.
        folder: folder of the data set.
        total: number of moments that had not been looked at before.
        interrupted: whether Ctrl-C ended it.
    """
    from simpsons_play.core.names import counted, display_name

    lines = [f"{number:>7,}  {display_name(name)}" for name, number in summary.characters.most_common()]
    proposals = sum(summary.characters.values())
    looked = f"Looked at {counted(summary.frames, 'frame')}"
    if not total:
        lines.append("All frames were looked at before; another --seed chooses others")
    elif not proposals:
        lines.append(f"{looked}: nothing new to propose")
    else:
        lines.append(f"{looked}: {counted(proposals, 'proposal')}")
    if summary.left_out:
        lines.append(f"Left out {summary.left_out:,} beyond --count; the next run proposes them again")
    if interrupted:
        lines.append("Stopped; run the command again to go on")
    if proposals:
        lines.append(f"Review them with: simpsons review {shlex.quote(str(folder))}")
    return lines
