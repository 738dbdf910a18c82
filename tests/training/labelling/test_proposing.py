"""Going through episodes: what is put aside, resuming, interrupts and unreadable files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.core.errors import SinkError, SourceError
from simpsons_play.core.frames import Image
from simpsons_play.sources import open_source
from simpsons_training.labelling.config import ChoiceConfig, ProposeConfig
from simpsons_training.labelling.frame_choice import FrameChoice, moments_of
from simpsons_training.labelling.frame_log import FrameLog
from simpsons_training.labelling.frame_sweep import new_moments, sweep
from simpsons_training.labelling.picture_folder import PictureFolder
from simpsons_training.labelling.proposal_folder import ProposalFolder
from simpsons_training.labelling.proposals import Proposal, Proposer
from simpsons_training.labelling.proposing import Proposing
from tests.disk import full_disk
from tests.fakes import LABELS
from tests.training.labelling.kit import SHOT_S, Shot, drawn, make_episode, make_proposer

BART, HOMER, MARGE = LABELS
SHOTS: list[Shot] = [{"left": BART}, {"left": HOMER, "right": MARGE}, {}, {"right": HOMER}]


@pytest.fixture(name="episode", scope="module")
def episode_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_episode(tmp_path_factory.mktemp("season") / "s01" / "e01.mp4", SHOTS)


def run(
    folder: Path,
    episodes: Sequence[Path],
    *,
    proposer: Proposer | None = None,
    warn=lambda line: None,
    **config: object,
) -> Proposing:
    going = Proposing(
        ProposalFolder(folder), proposer or make_proposer(), config=ProposeConfig(**config), warn=warn
    )
    going.run(going.plan(episodes), on_progress=lambda done: None)
    return going


def proposed(folder: Path) -> list[tuple[str, str]]:
    rows = ProposalFolder(folder).proposed.rows()
    return [(row.character, row.crop) for row in sorted(rows, key=lambda row: (row.time_s, row.character))]


def test_each_shot_is_proposed_once(episode: Path, tmp_path: Path) -> None:
    going = run(tmp_path, [episode])
    assert proposed(tmp_path) == [(BART, "full"), (HOMER, "left"), (MARGE, "right"), (HOMER, "full")]
    assert going.summary.frames == 4 and going.summary.characters == {BART: 1, HOMER: 2, MARGE: 1}
    rows = ProposalFolder(tmp_path).proposed.rows()
    assert {row.episode for row in rows} == {"s01/e01.mp4"} and len({row.scene for row in rows}) == 3
    for row in rows:
        assert row.time_s is not None and row.by == "model" and row.probability == pytest.approx(0.95)
    assert not PictureFolder(tmp_path).rows()


def test_nothing_is_looked_at_twice(episode: Path, tmp_path: Path) -> None:
    run(tmp_path, [episode])
    again = Proposing(ProposalFolder(tmp_path), make_proposer(), config=ProposeConfig(), warn=pytest.fail)
    assert again.plan([episode]) == [(str(episode), [])]
    other = run(tmp_path, [episode], choice=ChoiceConfig(seed=1))
    assert not other.summary.frames, "the shots do not change"
    assert len(proposed(tmp_path)) == 4


def test_frames_that_were_labelled_by_hand_are_not_proposed(episode: Path, tmp_path: Path) -> None:
    run(tmp_path / "other", [episode])
    first = min(ProposalFolder(tmp_path / "other").proposed.rows(), key=lambda row: row.time_s or 0)
    PictureFolder(tmp_path / "set").save(
        drawn(0, {}),
        BART,
        episode=first.episode,
        time_s=first.time_s or 0,
        crop="box",
        scene=first.scene,
        by="hand",
    )
    run(tmp_path / "set", [episode])
    assert proposed(tmp_path / "set") == [(HOMER, "left"), (MARGE, "right"), (HOMER, "full")]


@pytest.mark.parametrize(
    ("strategy", "kept"), [("rare", [BART, MARGE]), ("uncertain", None), ("new-scenes", None)]
)
def test_a_limit_keeps_what_the_strategy_prefers(
    episode: Path, tmp_path: Path, strategy: str, kept: list[str] | None
) -> None:
    make = PictureFolder(tmp_path)
    for number in range(3):
        image, scene = drawn(50 + number, {}), f"x-{number}"
        make.save(image, HOMER, episode="x", time_s=number, crop="full", scene=scene, by="hand")
    going = run(tmp_path, [episode], strategy=strategy, count=2)
    found = [character for character, _ in proposed(tmp_path)]
    assert len(found) == 2 and going.summary.left_out == 2 and going.summary.characters.total() == 2
    assert kept is None or sorted(found) == sorted(kept)
    again = run(tmp_path, [episode], strategy=strategy, count=2)
    assert again.summary.left_out == 0 and len(proposed(tmp_path)) == 4, "the others come with the next run"


def test_ctrl_c_keeps_everything(episode: Path, tmp_path: Path) -> None:
    class Interrupted(Proposer):
        def __init__(self, proposer: Proposer) -> None:
            self._proposer, self.looks = proposer, 0

        def proposals(self, image: Image) -> list[Proposal]:
            self.looks += 1
            if self.looks == 3:
                raise KeyboardInterrupt
            return self._proposer.proposals(image)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, [episode], proposer=Interrupted(make_proposer()), count=2)
    assert len(proposed(tmp_path)) == 2, "and the limit counts"
    run(tmp_path, [episode])
    assert len(proposed(tmp_path)) == 4, "the frame that was interrupted is looked at again"


def test_one_unreadable_episode_does_not_stop_the_others(episode: Path, tmp_path: Path) -> None:
    broken, missing = tmp_path / "broken.mp4", tmp_path / "missing.mp4"
    broken.write_bytes(b"no video" * 100)
    warnings: list[str] = []
    going = run(tmp_path / "set", [broken, missing, episode], warn=warnings.append)
    assert len(proposed(tmp_path / "set")) == 4
    assert going.summary.problems == 2 and ["broken" in w or "missing" in w for w in warnings] == [True, True]


def test_a_truncated_episode_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = make_episode(tmp_path / "whole.avi", SHOTS)
    part = tmp_path / "part.avi"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    warnings: list[str] = []
    going = run(tmp_path / "set", [part], warn=warnings.append)
    assert going.summary.problems == len(warnings) == 1
    assert (BART, "full") in proposed(tmp_path / "set")
    assert (HOMER, "full") not in proposed(tmp_path / "set")


def test_a_full_disk_is_an_error_and_the_frame_comes_again(episode: Path, tmp_path: Path) -> None:
    run(tmp_path, [episode], count=1)
    with full_disk(500), pytest.raises(SinkError, match="cannot be written"):
        run(tmp_path, [episode])
    assert len(proposed(tmp_path)) == 1
    run(tmp_path, [episode])
    assert len(proposed(tmp_path)) == 4


def test_a_sweep_chooses_the_frames_of_the_random_order(episode: Path, tmp_path: Path) -> None:
    log, other = FrameLog(tmp_path / "a"), FrameLog(tmp_path / "b")
    config = ChoiceConfig(seed=3)
    moments = new_moments("s01/e01.mp4", str(episode), log=log, config=config)
    assert sorted(moments, key=lambda moment: moment.time_s) == moments
    length_s = len(SHOTS) * SHOT_S
    assert {moment for _, moment in moments_of("s01/e01.mp4", length_s, config)} == set(moments)
    swept = list(sweep(episode, moments, log))
    with open_source(episode) as source:
        frames = {frame.time_s: frame.image for frame in source}
    for frame in swept:
        assert frame.time_s <= frame.moment.time_s < frame.time_s + 1 / 12 + 0.01
        assert np.array_equal(frame.image, frames[frame.time_s])
    starts = sorted({float(frame.scene.rsplit("-", 1)[1]) for frame in swept})
    assert starts == [0.0, 2.0, 4.0, 6.0]
    in_random_order = list(FrameChoice([episode], other, config=config))
    assert {frame.scene for frame in in_random_order} == {frame.scene for frame in swept}
    assert new_moments("s01/e01.mp4", str(episode), log=log, config=config) == []
    assert list(sweep(episode, [], log)) == []


def test_a_scene_has_one_name_whoever_found_it(episode: Path, tmp_path: Path) -> None:
    """Otherwise its frames could be on both sides of the split."""
    config, log = ChoiceConfig(seed=5), FrameLog(tmp_path)
    (labelled,) = [one for one in FrameChoice([episode], log, config=config) if one.time_s < SHOT_S]
    table = tmp_path / "frames.csv"
    table.write_text(table.read_text().replace(labelled.scene, "the first scene"))
    run(tmp_path, [episode])
    first = min(ProposalFolder(tmp_path).proposed.rows(), key=lambda row: row.time_s or 0)
    assert first.scene == "the first scene"
    table.unlink()
    label_log = FrameLog(tmp_path, scenes=FrameLog(tmp_path / "proposed"))
    assert "the first scene" in {one.scene for one in FrameChoice([episode], label_log)}


def test_sweeping_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        new_moments("x", str(tmp_path / "x"), log=FrameLog(tmp_path / "set"), config=ChoiceConfig())
