"""`simpsons export`: options -> one library call -> words on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simpsons_export.backend import prepare, quiet
from simpsons_export.files import kind_of, output_for
from simpsons_export.options import (
    DEFAULT_SIZE_PX,
    TOLERANCE,
    SourceOptions,
    parse_labels,
    parse_scale,
    parse_threshold,
)
from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import FiniteFloatRange, PathName

if TYPE_CHECKING:
    from simpsons_export.sources import KerasNetwork

_FILE = PathName()


class _NumberOrFile(FiniteFloatRange):
    """Text that is the name of a file or a number in a range; another number is a usage error."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check a number; what is none may be a file, which is for others to read."""
        if not value:
            self.fail("the name is empty; is a variable unset?", param, ctx)
        try:
            float(value)
        except ValueError:
            return value
        super().convert(value, param, ctx)
        return value


@click.command(cls=Command, short_help="Make one ONNX file, proven equal.")
@click.argument("model", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="The .onnx file to write.  [default: beside MODEL]")
@click.option("--network", help="Name of the network, where MODEL holds weights alone: six_conv, ...")
@click.option(
    "--labels", help="What each output means: a file with one name per line, or names between commas."
)
@click.option(
    "--color-order",
    type=click.Choice(["BGR", "RGB"], case_sensitive=False),
    help="Of the pictures MODEL was trained on.  [default: what MODEL says, else BGR]",
)
@click.option(
    "--size-px",
    type=click.IntRange(min=8),
    metavar="PIXELS",
    help=f"Side of the pictures MODEL takes, in pixels.  [default: what MODEL says, else {DEFAULT_SIZE_PX}]",
)
@click.option(
    "--scale",
    help="What pixel values 0-255 are multiplied by before MODEL: 1/255, or 1 for nothing.  "
    "[default: 1 where MODEL scales them itself, else 1/255]",
)
@click.option(
    "--threshold",
    type=_NumberOrFile(0, 1),
    metavar="P|FILE",
    help="Below this probability the player says nobody: a number, or a thresholds.json of "
    "`simpsons thresholds`, whose threshold for all characters is taken.",
)
@click.option(
    "--temperature",
    type=FiniteFloatRange(0, min_open=True),
    metavar="T",
    help="The logits are divided by it, to calibrate the probabilities.",
)
@click.option(
    "--pictures",
    type=_FILE,
    help="Folder of pictures for the proof.  [default: $SIMPSONS_DATA, else pictures made by code]",
)
@click.option(
    "--tolerance",
    type=FiniteFloatRange(0, min_open=True),
    metavar="D",
    default=TOLERANCE,
    show_default=True,
    help="Largest difference of a probability that counts as equal.",
)
def export(
    model: Path,
    output: Path | None,
    network: str | None,
    labels: str | None,
    color_order: str | None,
    size_px: int | None,
    scale: str | None,
    threshold: str | None,
    temperature: float | None,
    pictures: Path | None,
    tolerance: float,
) -> None:
    """Export a Keras network to ONNX and prove that both say the same.

    MODEL is a .keras file, a whole model in .h5, or weights alone with --network. The .onnx file describes
    itself (labels, size, threshold), takes uint8 BGR pictures, and is written only after the proof.
    """
    options = SourceOptions(
        network=network,
        labels=None if labels is None else parse_labels(labels),
        color_order=color_order,
        size_px=size_px,
        scale=None if scale is None else parse_scale(scale),
        threshold=None if threshold is None else parse_threshold(threshold),
        temperature=temperature,
    )
    # What can be seen without TensorFlow is said at once, not after the seconds it takes to load.
    kind_of(model)
    output = output_for(model, output)
    with quiet():
        prepare()
        from simpsons_export import convert

        result = convert.export(
            model, output, options=options, pictures=pictures, tolerance=tolerance, on_read=_say_read
        )
    card = result.card
    say(f"proof: {result.parity}; pictures {result.parity.origin}; {result.parity.provider}")
    say(f"wrote: {result.path}, {result.size_bytes / 1e6:.1f} MB, opset {result.opset}")
    say(f"labels: {', '.join(card.labels)}")
    say(f"threshold {card.threshold:g}, temperature {card.temperature:g}")


def _say_read(network: KerasNetwork) -> None:
    card = network.card
    takes = f"{card.size_px}x{card.size_px} {card.color_order} pictures"
    if card.detects:
        _, height, width, _ = network.model.input_shape
        takes = f"frames of any size, seen at {width}x{height} {card.color_order}"
    say(f"read: {network.read}: {card.network}, {takes}, {len(card.labels)} labels")
    for assumption in network.assumed:
        say(f"assumed: {assumption}")
