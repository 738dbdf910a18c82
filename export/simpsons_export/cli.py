"""The command `simpsons export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from simpsons_export.backend import prepare, quiet
from simpsons_export.files import ONNX, file_kind, output_for
from simpsons_export.options import (
    DEFAULT_SIZE_PX,
    ROUNDED_TOLERANCE,
    TOLERANCE,
    SourceOptions,
    parse_labels,
    parse_offset,
    parse_resizing,
    parse_scale,
    parse_threshold,
)
from simpsons_export.terminal import say_card, say_int8, say_read, say_trying, say_warning
from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import FiniteFloatRange, PathName
from simpsons_play.inference.resizing import INTERPOLATIONS

_FILE = PathName()


class _NumberOrFile(FiniteFloatRange):
    """A number in a range, or the name of a file; a number outside the range is a usage error."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check a number; return any other text as the name of a file."""
        if not value:
            self.fail("the name is empty; is a variable unset?", param, ctx)
        try:
            float(value)
        except ValueError:
            return value
        super().convert(value, param, ctx)
        return value


@click.command(cls=Command, short_help="Export a network to ONNX and verify it.")
@click.argument("model", type=_FILE)
@click.option(
    "-o",
    "--output",
    type=_FILE,
    help="The .onnx file to write.  [default: next to MODEL; for net.onnx, net.play.onnx]",
)
@click.option("--network", help="Architecture of a weights file: six_conv, ..., or model.json of Keras.")
@click.option(
    "--labels",
    help="Labels of the outputs: a file with one name per line, or names separated by commas.  "
    "[default: those in or next to MODEL]",
)
@click.option(
    "--color-order",
    type=click.Choice(["BGR", "RGB", "grey"], case_sensitive=False),
    help="Colour order of the input.  [default: found out with labelled pictures, else RGB]",
)
@click.option(
    "--size-px",
    type=click.IntRange(min=8),
    metavar="PIXELS",
    help=f"Input size in pixels, for a MODEL that takes any.  [default for weights alone: {DEFAULT_SIZE_PX}]",
)
@click.option(
    "--scale",
    metavar="F",
    help="Factor for pixel values 0-255 before MODEL, such as 1/255, or three for the channels.  "
    "[default: found out with labelled pictures, else 1 if MODEL has a scaling layer, else 1/255]",
)
@click.option(
    "--offset",
    metavar="D",
    help="Number to add to the scaled values, such as -1, or three for the channels.  [default: as --scale]",
)
@click.option(
    "--preprocess",
    metavar="NAME",
    help="Prepare pictures as preprocess_input of keras.applications.NAME does: mobilenet_v2, resnet50, ...",
)
@click.option(
    "--crop",
    metavar="F|none",
    help="Crop each picture to a square in its middle, F times its shorter side (0.1-1), as CenterCrop does; "
    "`none` stretches whole pictures instead.  [default: found out with labelled pictures, else none]",
)
@click.option(
    "--interpolation",
    type=click.Choice(INTERPOLATIONS),
    help="How pictures are resized: `area` averages, `bilinear` is the default of cv2.resize, and `nearest` "
    "takes single pixels.  [default: found out with labelled pictures, else area]",
)
@click.option(
    "--threshold",
    type=_NumberOrFile(0, 1),
    metavar="P|FILE",
    help="Minimum probability for naming a character: a number, or the thresholds.json of "
    "`simpsons thresholds`.",
)
@click.option(
    "--temperature",
    type=FiniteFloatRange(0, min_open=True),
    metavar="T",
    help="Divisor of the logits, which calibrates the probabilities.",
)
@click.option(
    "--pictures",
    type=_FILE,
    help="Folder of pictures for the proof; if labelled, they also tell what input MODEL wants.  "
    "[default: $SIMPSONS_DATA, else generated pictures]",
)
@click.option(
    "--int8",
    is_flag=True,
    help="Quantise the network to eight bits, which is faster on a CPU, and compare both on validation "
    "pictures. Needs --pictures with characters.",
)
@click.option(
    "--tolerance",
    type=FiniteFloatRange(0, min_open=True),
    metavar="D",
    help="Maximum difference of a probability that counts as equal.  "
    f"[default: {TOLERANCE:g}; in half precision or eight bits {ROUNDED_TOLERANCE:g}]",
)
@click.option(
    "--unsafe",
    is_flag=True,
    help="Run Python code in MODEL, such as that of Lambda layers. It can do anything: trust its author.",
)
def export(
    model: Path,
    output: Path | None,
    network: str | None,
    labels: str | None,
    color_order: str | None,
    size_px: int | None,
    scale: str | None,
    offset: str | None,
    preprocess: str | None,
    crop: str | None,
    interpolation: str | None,
    threshold: str | None,
    temperature: float | None,
    pictures: Path | None,
    int8: bool,
    tolerance: float | None,
    unsafe: bool,
) -> None:
    """Export a network to an ONNX file for the player and prove that both return the same results.

    MODEL is a .keras or .h5 file of any version of Keras, the folder of a SavedModel, a weights file with
    --network, or an .onnx file of another program: a classifier, as of torch.onnx.export or timm, or a YOLO
    detector. The file written contains labels, input size and threshold, takes uint8 BGR pictures, and is
    written only after the proof.
    """
    options = SourceOptions(
        network=network,
        labels=None if labels is None else parse_labels(labels),
        color_order=color_order,
        size_px=size_px,
        scale=None if scale is None else parse_scale(scale),
        offset=None if offset is None else parse_offset(offset),
        preprocess=preprocess,
        resizing=parse_resizing(crop, interpolation),
        threshold=None if threshold is None else parse_threshold(threshold),
        temperature=temperature,
        unsafe=unsafe,
    )
    # Check what does not need TensorFlow first, since importing it takes seconds.
    file_kind(model)
    output = output_for(model, output, int8=int8)
    with quiet():
        prepare()
        from simpsons_export import convert, embedder, wrapped

        if file_kind(model) == ONNX and wrapped.has_card(model):
            if int8 or pictures is not None:
                given = "--int8" if int8 else "--pictures"
                raise click.UsageError(
                    f"{model} is an export already; leave out {given}, or export its source again with it."
                )
            _rewrite(model, output, options)
            return
        if embedder.is_embedder(model):
            _export_embedder(model, output, options, pictures=pictures, tolerance=tolerance, int8=int8)
            return
        result = convert.export(
            model,
            output,
            options=options,
            pictures=pictures,
            tolerance=tolerance,
            int8=int8,
            on_search=say_trying,
            on_read=say_read,
        )
    say(f"proof: {result.parity}; pictures {result.parity.origin}; {result.parity.provider}")
    if result.accuracy is not None:
        say(f"accuracy: {result.accuracy}")
    if result.int8_proof is not None:
        say_int8(result.int8_proof)
    say(f"wrote: {result.path}, {result.size_bytes / 1e6:.1f} MB, opset {result.opset}")
    say_card(result.card)
    for assumption in result.assumed:
        say(f"assumed: {assumption}")
    if result.search is not None:
        say_warning(result.search, result.card.labels)


def _rewrite(model: Path, output: Path, options: SourceOptions) -> None:
    """Change the card of an export; its graph stays as it is."""
    from simpsons_export import wrapped
    from simpsons_export.output_file import unproven_file

    changed = wrapped.rewrite(model, options)
    with unproven_file(output, changed.model):
        pass
    say(f"wrote: {output}, the same network with another card")
    if not changed.card.detects:
        say(f"pictures: {changed.card.resizing}")
    say_card(changed.card)


def _export_embedder(
    model: Path,
    output: Path,
    options: SourceOptions,
    *,
    pictures: Path | None,
    tolerance: float | None,
    int8: bool,
) -> None:
    from simpsons_export.embedder import export_embedder

    if options != SourceOptions():
        raise click.UsageError(
            f"{model} is an embedder; only --output, --pictures, --tolerance and --int8 apply to it."
        )
    tolerance = TOLERANCE if tolerance is None else tolerance
    result = export_embedder(model, output, pictures=pictures, tolerance=tolerance, int8=int8)
    say(
        f"proof: max |difference| of embeddings {result.max_difference:.1e} over {result.pictures:,} "
        f"pictures (tolerance {tolerance:g}); pictures {result.origin}"
    )
    if result.int8_proof is not None:
        say_int8(result.int8_proof)
    say(f"wrote: {result.path}, {result.size_bytes / 1e6:.1f} MB")
    say(f"told apart: {', '.join(result.card.labels)}")
