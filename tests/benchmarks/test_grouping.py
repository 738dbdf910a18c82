"""The figures of groups of strangers, and the clip that they are measured on."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from simpsons_play.analysis.head_tracks import head_tracks
from tests.benchmarks.grouping import chosen_pictures, pairwise, write_clip
from tests.fakes import DENSE
from tests.player.analysis.people import log_of


def test_pairs_in_one_group_are_compared_with_pairs_of_one_character() -> None:
    tracks = head_tracks(log_of(*([("otto", 10)],) * 6), DENSE, threshold=0.6)
    characters = {track.key: name for track, name in zip(tracks, "aaabb", strict=False)}
    score = pairwise([tracks[:2], tracks[2:]], characters)
    assert (score.right, score.found, score.same, score.heads, score.groups) == (2, 4, 4, 5, 2)
    assert (score.precision, score.recall, score.f1) == (0.5, 0.5, 0.5)


def test_pictures_are_of_several_scenes(tmp_path: Path) -> None:
    rows = [
        f"{name}_{scene}{n}.png,{name},{name}-{scene},val" for name in "ab" for scene in "xyz" for n in "123"
    ]
    table = tmp_path / "pictures.csv"
    table.write_text("\n".join(["file,character,scene,split", *rows, "c.png,c,c-x,val"]))
    (tmp_path / "label_repairs.csv").write_text("file,character\na_x1.png,c\n")
    found = chosen_pictures(table, ["a", "b"], scenes=2, per_scene=2)
    assert [(name, path.stem) for name, path in found] == [
        *(("a", "a_x2"), ("a", "a_x3"), ("b", "b_x1"), ("b", "b_x2")),
        *(("a", "a_y1"), ("a", "a_y2"), ("b", "b_y1"), ("b", "b_y2")),
    ]


@pytest.mark.parametrize("shape", [(192, 144), (120, 192), (60, 192)])
def test_each_picture_is_a_shot(tmp_path: Path, shape: tuple[int, int]) -> None:
    pictures = []
    for name, colour in (("a", (200, 40, 40)), ("b", (40, 200, 40))):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((*shape, 3), colour, np.uint8))
        pictures.append((name, tmp_path / f"{name}.png"))
    assert write_clip(tmp_path / "clip.avi", pictures) == ["a", "b"]
    with av.open(str(tmp_path / "clip.avi")) as clip:
        middles = [frame.to_ndarray(format="bgr24")[144, 192] for frame in clip.decode(video=0)]
    assert [int(middle.argmax()) for middle in middles] == [0] * 36 + [1] * 36
