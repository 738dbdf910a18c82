"""Prints the table of docs/export.md: networks of many kinds, and their accuracy before and after the export.

python -m tests.benchmarks.kinds
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import click

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    from click.testing import CliRunner

    from simpsons_export.cli import export
    from tests.export.kinds import KINDS, patterns
    from tests.export.old_kinds import OLD_KINDS
    from tests.export.onnx_kinds import ONNX_KINDS

    click.echo("| made with | file | input | last layer | own accuracy | through the export |")
    click.echo("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        pictures = patterns().write(Path(temporary) / "pictures")
        for number, kind in enumerate((*KINDS, *OLD_KINDS, *ONNX_KINDS)):
            folder = Path(temporary) / str(number)
            folder.mkdir()
            made = kind.make(folder)
            arguments = [str(made.path), "--pictures", str(pictures), *made.arguments]
            arguments += kind.way_out_in(folder)
            done = CliRunner().invoke(export, arguments)
            found = re.search(r"^accuracy: .*, ([0-9.]+%) through the export", done.stdout, re.MULTILINE)
            if found is None:
                sys.exit(f"{kind}: {done.output}")
            cells = (kind.framework, kind.format, kind.input, kind.head, f"{made.right.mean():.1%}", found[1])
            click.echo(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
