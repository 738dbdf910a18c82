import cv2
import numpy as np

from simpsons_play.inference.shot_boundaries import ShotBoundaryDetector
from tests.fakes import flat


def steps(*images) -> list[bool]:
    detector = ShotBoundaryDetector()
    return [detector.update(image[None]) for image in images]


def test_different_frame_is_a_cut_and_the_same_one_is_not() -> None:
    night, day = flat((60, 20, 10)), flat((230, 200, 150))
    assert steps(night, night, day, day, night) == [True, False, True, False, True]


def test_camera_movement_is_not_a_cut() -> None:
    scene = cv2.resize(np.random.default_rng(0).integers(0, 256, (6, 16, 3), np.uint8), (320, 96))
    pan = [np.ascontiguousarray(scene[:, x : x + 128]) for x in range(0, 160, 4)]
    assert steps(*pan) == [True] + [False] * (len(pan) - 1)


def test_first_frame_after_a_reset_is_a_cut() -> None:
    detector = ShotBoundaryDetector()
    assert [detector.update(flat((9, 9, 9))[None]) for _ in range(2)] == [True, False]
    detector.reset()
    assert detector.update(flat((9, 9, 9))[None])
