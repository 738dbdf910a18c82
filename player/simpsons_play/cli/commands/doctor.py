"""`simpsons doctor`."""

from __future__ import annotations

from pathlib import Path

import click

from simpsons_play.cli.base import EXIT_ERROR, Command, PathName, say


@click.command(
    cls=Command,
    short_help="Say what works here and what is missing.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--model", type=PathName(), help="An .onnx file; else both that are shipped.")
def doctor(model: Path | None) -> None:
    """Say what works on this machine, what is missing, and the command that mends it."""
    from simpsons_play.cli.doctor_checks import examine

    findings = list(examine(model))
    for finding in findings:
        say(finding.line())
    if any(finding.state == "broken" for finding in findings):
        raise click.exceptions.Exit(EXIT_ERROR)
