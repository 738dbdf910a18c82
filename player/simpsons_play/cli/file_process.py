"""A process of `simpsons play --jobs` that plays one file; `parallel_files` starts it."""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import dataclass

import click
import cv2

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.play_headless import play_without_window
from simpsons_play.core.child_process import read_job, unblock_interrupts, when_dismissed
from simpsons_play.core.cores import core_count, share_cores
from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.exit_codes import EXIT_INCOMPLETE, EXIT_INTERRUPTED
from simpsons_play.core.interrupts import one_interrupt
from simpsons_play.core.play_request import PlayRequest

EXIT_ENDS_RUN = 4
"""The error is not one of this source, so no other file is started."""


@dataclass(frozen=True, slots=True)
class FileJob:
    """What a process is asked to do.

    Attributes:
        request: one source, and how to play it.
        processes: how many processes share the cores.
    """

    request: PlayRequest
    processes: int


@click.command(cls=Command, hidden=True)
def play_file() -> None:
    """Play the file that standard input names."""
    job: FileJob = read_job()
    share_cores(job.processes)
    cv2.setNumThreads(core_count())
    try:
        with one_interrupt():
            # It was blocked from the start, so that Ctrl-C cannot end imports with a traceback.
            unblock_interrupts()
            when_dismissed(_interrupt)
            complete = play_without_window([job.request], titled=True)
    except KeyboardInterrupt:  # the process that started this one says so, once for all
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from None
    except SourceError:
        raise
    except SimpsonsError as error:
        say(f"Error: {error}", err=True)
        raise click.exceptions.Exit(EXIT_ENDS_RUN) from None
    if not complete:
        raise click.exceptions.Exit(EXIT_INCOMPLETE)


def _interrupt() -> None:
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGINT)
    elif (main := threading.main_thread().ident) is not None:
        signal.pthread_kill(main, signal.SIGINT)  # a signal for this thread would not end a wait of that one
