"""`simpsons doctor`."""

from __future__ import annotations

from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import PathName
from simpsons_play.core.exit_codes import EXIT_ERROR


@click.command(
    cls=Command,
    short_help="Check what works on this machine, and suggest fixes.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--model", type=PathName(), help="Model to check, an .onnx file.  [default: both included models]"
)
def doctor(model: Path | None) -> None:
    """Check what works on this machine, and suggest how to fix what does not."""
    from simpsons_play.cli.doctor_checks import examine

    findings = list(examine(model))
    for finding in findings:
        say(finding.line())
    if any(finding.state == "broken" for finding in findings):
        raise click.exceptions.Exit(EXIT_ERROR)
