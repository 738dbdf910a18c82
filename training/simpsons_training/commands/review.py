"""The command `simpsons review`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from simpsons_play.cli.base import EXIT_INCOMPLETE, Command, say
from simpsons_play.cli.params import ActionOption, FiniteFloatRange, PathName
from simpsons_play.core.errors import DataError
from simpsons_play.core.interrupts import held_interrupt


@click.command(
    cls=Command,
    short_help="Accept, reject or rename proposed pictures.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("folder", type=PathName(folder=True))
@click.option(
    "--corrections",
    type=PathName(folder=True),
    metavar="CORRECTIONS",
    help="Also review what x has saved in the player, in this folder.",
)
@click.option("--list", "lists", cls=ActionOption, is_flag=True, help="List the proposals; open no window.")
@click.option(
    "--accept-all",
    cls=ActionOption,
    is_flag=True,
    help="Accept all proposals; open no window.",
)
@click.option(
    "--min-probability",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    default=0.0,
    show_default=True,
    help="With --list and --accept-all: only proposals with at least this probability.",
)
def review(
    folder: Path, corrections: Path | None, lists: bool, accept_all: bool, min_probability: float
) -> None:
    """Review the pictures that `simpsons propose` has put aside in FOLDER.

    Opens a window with a contact sheet for each character, the most doubtful pictures first. Space rejects a
    picture, r gives it another name, Enter accepts all that are left on the sheet, and u takes the last step
    back. Accepted pictures join the data set in FOLDER at once; rejected ones are not proposed again.
    """
    if lists and accept_all:
        raise click.UsageError("--list and --accept-all exclude each other.")
    with held_interrupt():
        from simpsons_training.labelling.corrections_import import import_corrections
        from simpsons_training.labelling.proposal_folder import ProposalFolder
        from simpsons_training.labelling.review_decisions import FolderDecisions, reviewing
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; make one with `simpsons propose`")
    store, problems = ProposalFolder(folder), list[str]()

    def warn(line: str) -> None:
        problems.append(line)
        say(f"Warning: {line}", err=True)

    with reviewing(store):
        if corrections is not None:
            import_corrections(corrections, store, warn=warn)
        pending = store.pending()
        if lists or accept_all:
            pending = [one for one in pending if one.probability is None or one.probability >= min_probability]
        decisions = FolderDecisions(store)
        if lists:
            for character, number in sorted(Counter(one.character for one in pending).items()):
                say(f"{number:>7,}  {display_name(character)}")
            say(f"{counted(len(pending), 'proposal')} in {store.proposed.folder}")
        elif accept_all:
            with progress_bar("Accepting", len(pending), unit="pictures") as show:
                for done, one in enumerate(pending, start=1):
                    decisions.accept(one, one.character)
                    show(done)
            say(f"Accepted {counted(len(pending), 'picture')} into {folder}")
        elif not pending:
            say("Nothing to review; `simpsons propose` makes proposals")
        else:
            session = ReviewSession(pending, decisions)
            review_in_window(session, decisions, labels=store.counts())
            say(
                f"Accepted {counted(session.count(State.ACCEPTED), 'picture')}, "
                f"rejected {session.count(State.REJECTED):,}; {session.count(State.PROPOSED):,} left to review"
            )
    if problems:
        raise click.exceptions.Exit(EXIT_INCOMPLETE)
