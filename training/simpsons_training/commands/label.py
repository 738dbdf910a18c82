"""The command `simpsons label`."""

from __future__ import annotations

from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.core.interrupts import held_interrupt, one_interrupt
from simpsons_training.commands.episode_options import choice_options, episodes_argument, into_option
from simpsons_training.labelling.config import ChoiceConfig


@click.command(
    cls=Command,
    short_help="Label pictures from episodes, for training.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@episodes_argument
@into_option("Folder for the pictures; created if it is missing, continued if it is there.")
@choice_options
@click.option(
    "--terminal", is_flag=True, help="Label by numbered prompts in the terminal instead of in a window."
)
def label(
    episodes: tuple[str, ...],
    folder: Path,
    seed: int,
    skip_start_s: float | None,
    skip_end_s: float | None,
    terminal: bool,
) -> None:
    """Label pictures of characters from EPISODES, for `simpsons train`.

    EPISODES are video files, folders of videos, or playlists. Shows frames at random times; opening titles,
    end credits, empty frames and near duplicates are skipped. Select the left half, the right half or the
    whole frame, or drag a box around somebody, then type part of a name: a character of the included models,
    of FOLDER, or one that you taught the player. A new name adds a character.

    Each picture is saved at once as FOLDER/CHARACTER/pic_0000.jpg, with a row in FOLDER/pictures.csv. What
    was shown before is not shown again. Several windows may save into one folder.
    """
    with held_interrupt():
        from simpsons_play.core.names import counted
        from simpsons_play.sources import expand
        from simpsons_training.commands.names_of_cast import labels_of_cast
        from simpsons_training.labelling.frame_choice import FrameChoice
        from simpsons_training.labelling.frame_log import FrameLog
        from simpsons_training.labelling.label_folders import PROPOSED
        from simpsons_training.labelling.picture_folder import PictureFolder
        from simpsons_training.labelling.session import LabelSession
        from simpsons_training.labelling.terminal import label_in_terminal
        from simpsons_training.labelling.window.app import label_in_window, load_window

        if not terminal:
            load_window()

    def warn(line: str) -> None:
        say(f"Warning: {line}", err=True)

    log, pictures = FrameLog(folder, scenes=FrameLog(folder / PROPOSED)), PictureFolder(folder)
    config = ChoiceConfig(seed, skip_start_s, skip_end_s)
    choice = FrameChoice(expand(episodes, tell=warn), log, config=config, warn=warn)
    session = LabelSession(choice, pictures, log, taught=labels_of_cast(warn=warn))
    try:
        with session:
            if terminal:
                with one_interrupt():
                    label_in_terminal(session)
            else:
                label_in_window(session, folder)
    finally:
        if session.saved:
            say(f"{counted(session.saved, 'picture')} saved in {folder}")
