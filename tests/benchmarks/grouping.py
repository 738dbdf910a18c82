"""How well strangers are grouped: pairwise F1 of the groups, over heads whose characters are known.

`python -m tests.benchmarks.grouping PICTURES [CLIPS]` cuts a clip from pictures of characters that no network
was trained to name, several pictures of several scenes each, and groups the heads in it. The similarity from
which heads are joined is chosen on every other character, and the figures are those of the rest. With CLIPS,
it also groups the strangers of all clips in `show/truth.csv`, as far as that says which head is whose.

A pair of heads counts as found if both are in one group, and as right if both are of one character.
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any

import av
import click
import cv2
import numpy as np

from simpsons_play.analysis.head_tracks import HeadTrack, head_tracks
from simpsons_play.analysis.pipeline import run
from simpsons_play.analysis.session import Session
from simpsons_play.analysis.strangers import MIN_SIMILARITY, grouped, is_unknown
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Image
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.loading import load_model
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sources import open_source

HELD_OUT = (
    "barney_gumble",
    "carl_carlson",
    "groundskeeper_willie",
    "lenny_leonard",
    "maggie_simpson",
    "martin_prince",
    "mayor_quimby",
    "patty_bouvier",
    "selma_bouvier",
    "waylon_smithers",
)
"""The characters that the included networks were never trained to tell apart."""

_RATE, _WIDTH, _HEIGHT, _SHOT_S = 24, 384, 288, 1.5
_SIMILARITIES = np.arange(0.1, 0.91, 0.02)
_UNCLEAR = {"stranger", "crowd"}


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs of heads.

    Attributes:
        right: pairs in one group, of one character.
        found: pairs in one group.
        same: pairs of one character.
        heads: number of heads.
        groups: number of groups.
    """

    right: int
    found: int
    same: int
    heads: int
    groups: int

    @property
    def precision(self) -> float:
        """Share of the pairs in one group that are of one character."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the pairs of one character that are in one group."""
        return self.right / self.same if self.same else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.found + self.same) if self.found + self.same else 1.0

    def __str__(self) -> str:
        return (
            f"pairwise F1 {self.f1:.3f} (precision {self.precision:.3f}, recall {self.recall:.3f}); "
            f"{self.heads} heads in {self.groups} groups"
        )


def pairwise(groups: Sequence[Sequence[HeadTrack]], characters: Mapping[str, str]) -> Score:
    """Score groups of tracks; tracks without a known character do not count.

    Args:
        groups: the groups.
        characters: key of a track -> its character.
    """
    cells: Counter[tuple[int, str]] = Counter(
        (number, characters[track.key])
        for number, group in enumerate(groups)
        for track in group
        if track.key in characters
    )
    of_group, of_character = Counter[int](), Counter[str]()
    for (number, character), count in cells.items():
        of_group[number] += count
        of_character[character] += count
    pairs = [sum(comb(n, 2) for n in counter.values()) for counter in (cells, of_group, of_character)]
    return Score(*pairs, sum(cells.values()), len(of_group))


def chosen_pictures(
    table: Path, characters: Sequence[str], *, scenes: int, per_scene: int
) -> list[tuple[str, Path]]:
    """Characters and pictures of several scenes each, spread evenly, one of each character at a time."""
    with table.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["character"] in characters]
    with (table.parent / "label_repairs.csv").open(newline="") as file:
        wrong = {row["file"] for row in csv.DictReader(file)}
    by_scene: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["file"] not in wrong:
            by_scene[row["character"]][row["scene"]].append(table.parent / row["file"])
    found = []
    for number in range(scenes):
        for character in sorted(by_scene):
            of = sorted(by_scene[character].items())
            if number < len(of):
                pictures = of[number * max(1, len(of) // scenes)][1]
                found += [
                    (character, picture) for picture in pictures[:: max(1, len(pictures) // per_scene)]
                ][:per_scene]
    return found


def write_clip(path: Path, pictures: Sequence[tuple[str, Path]]) -> list[str]:
    """A clip of slow pans over the pictures, one shot each; returns the character of each shot."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("mpeg4", rate=_RATE, options={"qscale": "3"})
        video.width, video.height, video.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for number, (_, picture) in enumerate(pictures):
            image = cv2.imread(str(picture))
            if image is None:
                raise click.ClickException(f"{picture} is not a picture that can be read")
            for step, part in enumerate(_pan(np.asarray(image, np.uint8), round(_SHOT_S * _RATE))):
                frame = av.VideoFrame.from_ndarray(part, "bgr24")
                frame.pts = number * round(_SHOT_S * _RATE) + step
                frame.time_base = Fraction(1, _RATE)
                out.mux(video.encode(frame))
        out.mux(video.encode())
    return [character for character, _ in pictures]


def _pan(image: Image, frames: int) -> Iterator[Image]:
    scale = max(_WIDTH * 1.04 / image.shape[1], _HEIGHT / image.shape[0])
    if scale * image.shape[0] > 1.3 * _HEIGHT:  # a narrow picture is shown whole, beside grey
        scale = _HEIGHT / image.shape[0]
        side = max(0, int(_WIDTH * 1.04 / scale) - image.shape[1])
        image = cv2.copyMakeBorder(
            image, 0, 0, side // 2, side - side // 2, cv2.BORDER_CONSTANT, value=(90,) * 3
        )
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    height, width = large.shape[:2]
    large = cv2.copyMakeBorder(
        large, 0, max(0, _HEIGHT - height), 0, max(0, _WIDTH - width), cv2.BORDER_REPLICATE
    )
    top = max(0, (height - _HEIGHT) // 3)
    for step in range(frames):
        left = int(max(0, width - _WIDTH) * (step // 2 * 2) / frames)
        yield np.ascontiguousarray(large[top : top + _HEIGHT, left : left + _WIDTH])


def tracks_of(path: Path, network: Classifier | Detector, *, name: str = "") -> list[HeadTrack]:
    """Analyse a file, and follow the heads in it; the keys of the tracks begin with a name."""
    config = AnalysisConfig()
    with open_source(str(path)) as source:
        source.defer_images()
        session = Session(source, network, config, cache=False, keep_log=True)
        run(source, session.frame_analyser, times=StageTimes())
        tracks = head_tracks(session.log, config, threshold=session.analyser.threshold)
    return [track.within(path.name, name) for track in tracks]


def unknown_in(tracks: Sequence[HeadTrack], threshold: float) -> list[HeadTrack]:
    """The tracks that nobody names."""
    return [track for track in tracks if is_unknown(track, threshold=threshold)]


def _main_heads(tracks: Sequence[HeadTrack], characters: Sequence[str]) -> dict[str, str]:
    """The largest head of each shot shows the character of the shot."""
    largest: dict[int, HeadTrack] = {}
    for track in tracks:
        shot = int((track.start_s + 0.1) / _SHOT_S)
        if track.looks and (shot not in largest or _area(track) > _area(largest[shot])):
            largest[shot] = track
    return {track.key: characters[shot] for shot, track in largest.items() if shot < len(characters)}


def _area(track: HeadTrack) -> int:
    return max(look.box.width * look.box.height for look in track.looks)


def _labelled_in_clips(
    folder: Path, network: Detector, threshold: float
) -> tuple[list[HeadTrack], dict[str, str]]:
    """The strangers of all clips, and who those are of which the truth is clear."""
    with (folder / "show" / "truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    unknown, characters = list[HeadTrack](), dict[str, str]()
    for clip in sorted({row["clip"] for row in rows}):
        tracks = unknown_in(tracks_of(folder / "show" / clip, network, name=f"{clip}:"), threshold)
        unknown += tracks
        votes: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            others = set(filter(None, row["others"].split(";")))
            time_s = float(row["time_s"])
            there = [track for track in tracks if track.start_s <= time_s < track.end_s]
            if row["clip"] == clip and len(others) == len(there) == 1 and not others & _UNCLEAR:
                votes[there[0].key] |= others
        characters |= {key: names.pop() for key, names in votes.items() if len(names) == 1}
    return unknown, characters


def best_similarity(tracks: Sequence[HeadTrack], characters: Mapping[str, str]) -> float:
    """The similarity from which heads are joined with the highest F1."""
    return max(
        (float(s) for s in _SIMILARITIES),
        key=lambda s: pairwise(grouped(tracks, min_similarity=s), characters).f1,
    )


@click.command()
@click.argument("pictures", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("clips", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--scenes", default=6, help="Scenes of each character.", show_default=True)
@click.option("--per-scene", default=3, help="Pictures of each scene.", show_default=True)
def main(pictures: Path, clips: Path | None, scenes: int, per_scene: int) -> None:
    """Group the strangers of a clip cut from PICTURES, a table of pictures.csv, and those of CLIPS."""
    network = load_model(provider="cpu")
    if not isinstance(network, Detector) or network.embedder is None:
        raise click.ClickException("the included model has no embedder")
    threshold = network.card.threshold
    click.echo(
        f"{network}, {network.embedder.id}; names from {threshold:.2f} on, joined from {MIN_SIMILARITY}"
    )
    chosen = chosen_pictures(pictures, HELD_OUT, scenes=scenes, per_scene=per_scene)
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "others.avi"
        of_shots = write_clip(clip, chosen)
        tracks = tracks_of(clip, network)
    characters = _main_heads(tracks, of_shots)
    unknown = [track for track in unknown_in(tracks, threshold) if track.key in characters]
    click.echo(
        f"{len(of_shots)} pictures of {len(set(of_shots))} characters: a head in {len(characters)}, "
        f"unknown in {len(unknown)}"
    )
    click.echo(f"All, joined from {MIN_SIMILARITY}: {pairwise(grouped(unknown), characters)}")
    for first in (0, 1):
        on = set(HELD_OUT[first::2])
        chosen_on = [track for track in unknown if characters[track.key] in on]
        rest = [track for track in unknown if characters[track.key] not in on]
        similarity = best_similarity(chosen_on, characters)
        score = pairwise(grouped(rest, min_similarity=similarity), characters)
        click.echo(f"Joined from {similarity:.2f}, chosen on {len(on)} others: {score}")
    if clips is not None:
        unknown, characters = _labelled_in_clips(clips, network, threshold)
        score = pairwise(grouped(unknown), characters)
        click.echo(
            f"Clips, {len(unknown)} unknown heads: {score}, of {len(set(characters.values()))} characters"
        )


if __name__ == "__main__":
    main()
