"""Which frames of episodes are offered."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.core.errors import DataError, SinkError, SourceError
from simpsons_training.duplicates import Fingerprint, fingerprint, has_near_duplicate, near_pairs
from simpsons_training.labelling import frame_log
from simpsons_training.labelling.config import ChoiceConfig
from simpsons_training.labelling.frame_choice import (
    ChosenFrame,
    FrameChoice,
    episode_name,
    moments_of,
    read_shot,
)
from simpsons_training.labelling.frame_log import FrameLog, Moment
from tests.disk import full_disk
from tests.media import Recipe, make_video
from tests.training.labelling.episodes import make_episode, shot_picture


def choose(folder: Path, *episodes: Path, **config: float) -> list[ChosenFrame]:
    return list(FrameChoice(episodes, FrameLog(folder), config=ChoiceConfig(**config)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def episode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six shots, the third black and the last like the first."""
    return make_episode(tmp_path_factory.mktemp("season"), "e1.mp4", [1, 2, None, 3, 4, 1])


def shot_of(frame: ChosenFrame) -> int:
    return int(frame.time_s // 2)


def test_each_picture_is_offered_once_and_black_never(episode: Path, tmp_path: Path) -> None:
    frames = choose(tmp_path, episode)
    shots = {shot_of(frame) for frame in frames}
    assert shots in ({0, 1, 3, 4}, {5, 1, 3, 4}), "shots 0 and 5 look alike, and shot 2 is black"
    looks = [fingerprint(frame.image) for frame in frames]
    assert not len(near_pairs(looks)), "no near duplicates"
    for frame in frames:
        assert frame.image.shape == (120, 160, 3) and frame.episode == episode_name(episode)


def test_frames_of_a_shot_share_a_scene(tmp_path: Path) -> None:
    """Whichever of them is offered first; a shot that moves much is offered several times."""

    def picture(number: int, size: tuple[int, int]) -> np.ndarray:
        return np.roll(shot_picture(number // 48, size), 4 * number, axis=1)

    recipe = Recipe("pan.mp4", frames=144, rate=Fraction(12), size=(160, 120), picture=picture)
    path = make_video(tmp_path, recipe)
    for seed in range(3):
        frames = choose(tmp_path / str(seed), path, seed=seed)
        scenes = {int(frame.time_s // 4): frame.scene for frame in frames}
        assert len(frames) > 4 and len(set(scenes.values())) == len(scenes) == 3
        for frame in frames:
            assert scenes[int(frame.time_s // 4)] == frame.scene and "pan" in frame.scene


def test_the_same_seed_gives_the_same_frames(episode: Path, tmp_path: Path) -> None:
    once, again, other = (
        [frame.time_s for frame in choose(tmp_path / name, episode, seed=seed)]
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert once == again != other
    assert once != sorted(once), "in random order"


def test_another_episode_does_not_change_the_times_of_the_first(episode: Path, tmp_path: Path) -> None:
    second = make_episode(tmp_path / "s", "e2.mp4", [7, 8])
    both = choose(tmp_path / "both", episode, second)
    name = episode_name(episode)
    assert [f.time_s for f in both if f.episode == name] == [
        f.time_s for f in choose(tmp_path / "x", episode)
    ]
    assert {f.episode for f in both} == {name, "s/e2.mp4"}


def test_what_was_offered_is_not_offered_again(episode: Path, tmp_path: Path) -> None:
    log = FrameLog(tmp_path)
    choice = FrameChoice([episode], log)
    first, second = next(choice), next(choice)
    log.release(second.moment)
    rest = choose(tmp_path, episode)
    assert rest[0].time_s == second.time_s, "as it was not looked at"
    shots = [shot_of(frame) % 5 for frame in (first, *rest)]
    assert len(shots) == len(set(shots)) == 4
    assert not choose(tmp_path, episode)
    assert not choose(tmp_path, episode, seed=1), "other times show the same pictures"


def test_two_processes_are_never_offered_the_same(
    episode: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a log of its own, as two processes have, and takes long between reading and writing it."""

    def slowly(one: Fingerprint, others: Sequence[Fingerprint]) -> bool:
        time.sleep(0.05)
        return has_near_duplicate(one, others)

    monkeypatch.setattr(frame_log, "has_near_duplicate", slowly)
    found: list[list[ChosenFrame]] = [[], []]

    def work(frames: list[ChosenFrame]) -> None:
        frames.extend(FrameChoice([episode], FrameLog(tmp_path)))

    threads = [threading.Thread(target=work, args=(frames,)) for frames in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shots = [shot_of(frame) % 5 for frames in found for frame in frames]
    assert sorted(shots) == [0, 1, 3, 4]


def test_titles_and_credits_of_episodes_are_skipped() -> None:
    def span(length_s: float, **config: float) -> tuple[float, float]:
        times = [moment.time_s for _, moment in moments_of("e", length_s, ChoiceConfig(**config))]  # type: ignore[arg-type]
        return min(times), max(times)

    first, last = span(22 * 60)
    assert 90 <= first < 92 and 22 * 60 - 47 < last < 22 * 60 - 45
    first, last = span(60)
    assert first < 2 and 58 < last < 60, "nothing of a short clip is"
    first, last = span(60, skip_start_s=10, skip_end_s=20)
    assert 10 <= first < 12 and 38 < last < 40
    first, last = span(22 * 60, skip_start_s=0, skip_end_s=0)
    assert first < 2 and last > 22 * 60 - 2
    assert not list(moments_of("e", 10, ChoiceConfig(skip_start_s=20)))


@pytest.mark.parametrize("length_s", [0.04, 0.125, 0.9])
def test_the_shortest_videos_have_a_moment(length_s: float) -> None:
    for seed in range(20):
        ((_, moment),) = moments_of("e", length_s, ChoiceConfig(seed))
        assert 0 <= moment.time_s <= length_s


def test_the_start_of_a_shot_is_found(episode: Path) -> None:
    image, time_s, shot_start_s = read_shot(str(episode), 9.0)
    assert time_s == pytest.approx(9.0, abs=0.1) and shot_start_s == pytest.approx(8.0, abs=0.01)
    assert np.abs(image.astype(int) - shot_picture(4)).mean() < 40
    assert read_shot(str(episode), 0.0)[1:] == (0.0, 0.0)


def test_pictures_have_square_pixels(tmp_path: Path) -> None:
    path = make_video(tmp_path, Recipe("wide.mp4", size=(64, 48), aspect=Fraction(2)))
    assert read_shot(str(path), 1.0)[0].shape == (48, 128, 3)


def test_what_is_not_an_episode_is_refused(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"")
    for name in (str(tmp_path / "missing.avi"), str(tmp_path), "0", "-"):
        with pytest.raises(SourceError):
            choose(tmp_path / "log", name)  # type: ignore[arg-type]


def test_a_damaged_episode_gives_what_can_be_read(tmp_path: Path) -> None:
    path = make_episode(tmp_path, "e.avi", list(range(1, 9)))
    warnings: list[str] = []
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    frames = list(FrameChoice([path], FrameLog(tmp_path / "log"), warn=warnings.append))
    assert 2 <= len(frames) < 8 and len(warnings) <= 1


def test_a_damaged_log_is_one_line(episode: Path, tmp_path: Path) -> None:
    for text in ("episode,time_s,scene,shot_start_s,fingerprint\ne,x,,,\n", 'episode,"'):
        (tmp_path / "frames.csv").write_text(text)
        with pytest.raises(DataError, match=r"frames\.csv"):
            choose(tmp_path, episode)


def test_a_full_disk_is_one_line_and_loses_nothing(episode: Path, tmp_path: Path) -> None:
    log = FrameLog(tmp_path)
    choice = FrameChoice([episode], log)
    next(choice)
    size = (tmp_path / "frames.csv").stat().st_size
    with full_disk(size + 10), pytest.raises(SinkError, match="free some space"):
        next(choice)
    assert (tmp_path / "frames.csv").stat().st_size == size
    assert len(choose(tmp_path, episode)) == 3


def test_a_near_duplicate_is_found_as_among_pairs() -> None:
    pictures = [shot_picture(number) for number in range(6)]
    pictures += [np.roll(picture, 1, axis=1) for picture in pictures[:3]] + [np.zeros_like(pictures[0])] * 2
    looks = [fingerprint(picture) for picture in pictures]
    pairs = near_pairs(looks)
    linked = {*pairs.first.tolist(), *pairs.second.tolist()}
    for i, one in enumerate(looks):
        assert has_near_duplicate(one, looks[:i] + looks[i + 1 :]) == (i in linked)
    assert not has_near_duplicate(looks[0], [])


def test_episodes_of_one_name_and_strange_names_are_kept_apart(tmp_path: Path) -> None:
    odd = '=a, "b"\n\x1b[31m.mp4'
    paths = [make_episode(tmp_path / at / "s1", odd, [shot]) for at, shot in (("x", 1), ("y", 2))]
    frames = choose(tmp_path / "log", *paths, paths[0])
    assert len(frames) == 2 and len({frame.episode for frame in frames}) == 2
    assert not choose(tmp_path / "log", *paths)
    log = FrameLog(tmp_path / "log")
    assert all(log.has(frame.moment) for frame in frames)
    assert not log.has(Moment(frames[0].episode, frames[0].moment.time_s + 0.001))


def test_shots_that_look_alike_share_a_scene(tmp_path: Path) -> None:
    """The camera returns to somebody who has moved: not a near duplicate, but no other scene either."""

    def picture(number: int, size: tuple[int, int]) -> np.ndarray:
        shot = number // 24
        image = shot_picture(1 if shot in (0, 2) else 2, size)
        if shot == 2:
            image[20:100, 60:130] = (255, 255, 255)
        return image

    recipe = Recipe("talk.mp4", frames=72, rate=Fraction(12), size=(160, 120), picture=picture)
    for seed in range(3):
        frames = choose(tmp_path / str(seed), make_video(tmp_path, recipe), seed=seed)
        scenes = {shot_of(frame): frame.scene for frame in frames}
        assert len(frames) == 3 and scenes[0] == scenes[2] != scenes[1]
