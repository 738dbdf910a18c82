"""What `simpsons export` prints. Imports nothing heavy."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simpsons_play.cli.base import say
from simpsons_play.core.names import counted

if TYPE_CHECKING:
    from simpsons_export.conventions.convention import InputConvention
    from simpsons_export.conventions.labelled import LabelledImages
    from simpsons_export.conventions.search import SearchResult
    from simpsons_export.int8.proof import Int8Proof
    from simpsons_export.networks import Network
    from simpsons_play.inference.model_card import ModelCard


def say_card(card: ModelCard) -> None:
    """Print what the file says of itself."""
    say(f"labels: {', '.join(card.labels)}")
    say(f"threshold {card.threshold:g}, temperature {card.temperature:g}")


def say_int8(proof: Int8Proof) -> None:
    """Print how the network in eight bits compares."""
    from simpsons_training.text_table import text_table

    say(f"int8: {proof.differences}")
    for line in text_table([f"{proof.pictures:,} pictures", "fp32", "int8"], proof.rows):
        say(f"int8: {line}")


def say_trying(conventions: Sequence[InputConvention], labelled: LabelledImages) -> None:
    """Print what is being tried, which can take a minute."""
    say(
        f"trying: {len(conventions)} ways to prepare pictures, on {len(labelled):,} labelled pictures of "
        f"{labelled.folder}"
    )


def say_read(network: Network) -> None:
    """Print what was read and, if conventions were tried, how they fared."""
    from simpsons_export.describe import ClassifierNetwork
    from simpsons_export.detector_network import DetectorNetwork

    card = network.card
    if isinstance(network, ClassifierNetwork):
        takes = f"{network.source.shape} ({network.convention})"
    else:
        order = card.color_order if isinstance(network, DetectorNetwork) else f"({network.convention})"
        takes = f"frames of any size, seen at {'x'.join(map(str, network.canvas_px))} {order}"
    say(f"read: {network.read}: {card.network}, {takes}, {counted(len(card.labels), 'label')}")
    if not isinstance(network, DetectorNetwork) and network.search is not None:
        _say_search(network.search)


def _say_search(search: SearchResult) -> None:
    from simpsons_training.text_table import text_table

    rows = [(str(trial.convention), trial.accuracy, len(trial.truth)) for trial in search.trials]
    for line in text_table(["input", "accuracy", "pictures"], rows):
        say(f"tried: {line}")
    if search.found and search.close:
        rivals = "; ".join(str(trial.convention) for trial in search.close)
        say(f"tried: {search.trials[0].convention} is best, but the difference may be chance for {rivals}")


def say_warning(search: SearchResult, labels: Sequence[str]) -> None:
    """Print why the export should not be played as it is, if the pictures show it."""
    if search.order is not None:
        meant = shlex.quote(",".join(labels[index] for index in search.order))
        say(f"warning: the outputs seem to be in another order; if so, export again with --labels {meant}")
    elif not search.found:
        say(
            "warning: the network names the pictures no better than guessing; are the labels in the order of "
            "its outputs, and was it trained on pictures like these, in one of the ways above?"
        )
