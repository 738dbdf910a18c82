"""The command `simpsons review`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import ActionOption, FiniteFloatRange, PathName
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.errors import DataError
from simpsons_play.core.exit_codes import EXIT_INCOMPLETE
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.names import counted, display_name

if TYPE_CHECKING:
    from simpsons_training.labelling.proposal_folder import Pending, ProposalFolder
    from simpsons_training.labelling.review_decisions import FolderDecisions


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
        from simpsons_training.commands.names_of_cast import labels_of_cast
        from simpsons_training.labelling.corrections_import import import_corrections
        from simpsons_training.labelling.proposal_folder import ProposalFolder
        from simpsons_training.labelling.review_decisions import FolderDecisions, reviewing
        from simpsons_training.labelling.window.review_app import load_review_window

        if not (lists or accept_all):
            load_review_window()
    if corrections is None and not folder.is_dir():
        raise DataError(f"{folder} is not a folder; `simpsons propose` makes one")
    store, problems = ProposalFolder(folder), list[str]()

    def warn(line: str) -> None:
        problems.append(line)
        say(f"Warning: {line}", err=True)

    taught = labels_of_cast(warn=lambda line: say(f"Warning: {line}", err=True))
    with reviewing(store):
        if corrections is not None:
            import_corrections(corrections, store, warn=warn)
        pending, decisions = store.pending(), FolderDecisions(store)
        probable = [one for one in pending if one.probability is None or one.probability >= min_probability]
        if lists:
            _list(probable, store)
        elif accept_all:
            _accept(probable, decisions, folder, warn=warn)
        elif pending:
            _review(pending, decisions, store, taught=taught)
        else:
            say("Nothing to review; `simpsons propose` makes proposals")
    if problems:
        raise click.exceptions.Exit(EXIT_INCOMPLETE)


def _list(pending: Sequence[Pending], store: ProposalFolder) -> None:
    numbers = Counter(display_name(one.character) for one in pending)
    for name, number in sorted(numbers.items()):
        say(f"{number:>7,}  {name}")
    say(f"{counted(len(pending), 'proposal')} in {store.proposed.folder}")


def _accept(
    pending: Sequence[Pending], decisions: FolderDecisions, folder: Path, *, warn: Callable[[str], object]
) -> None:
    accepted = 0
    try:
        with progress_bar("Accepting", len(pending), unit="pictures") as show:
            for done, one in enumerate(pending, 1):
                try:
                    decisions.accept(one, one.character)
                    accepted += 1
                except DataError as error:  # others may be accepted
                    warn(f"{error}; left out")
                show(done)
    finally:
        decisions.settle()
        say(f"Accepted {counted(accepted, 'picture')} into {folder}")


def _review(
    pending: Sequence[Pending], decisions: FolderDecisions, store: ProposalFolder, *, taught: Sequence[str]
) -> None:
    from simpsons_training.labelling.review_session import ReviewSession, State
    from simpsons_training.labelling.window.review_app import review_in_window

    session = ReviewSession(pending, decisions)
    used = (row.character for row in reversed(store.pictures.rows()))
    try:
        review_in_window(session, decisions, labels=tuple(dict.fromkeys([*used, *taught])))
    finally:
        accepted, rejected, left = (
            session.count(state) for state in (State.ACCEPTED, State.REJECTED, State.PROPOSED)
        )
        say(f"Accepted {counted(accepted, 'picture')}, rejected {rejected:,}; {left:,} left to review")
