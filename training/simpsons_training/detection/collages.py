"""Scenes that imitate frames of the show, put together from pictures with one or two people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_training.detection.scenes import Head, Scene, clipped, moved

Random = np.random.Generator
Draw = Callable[[Random], Scene]

_SEEN_FROM = 0.35
"""A head of which less than this share is inside the picture is no longer one; from half of it on it is one
for sure, and in between nothing is learned."""

_LEAST_PX = 7.0
"""Heads that are narrower cannot be told apart at the network's size."""


def collage(draw: Draw, size_px: tuple[int, int], random: Random) -> Scene:
    """A scene of `size_px` (width, height) out of as many pictures as it takes.

    One picture by itself, near or far; two halves of a frame side by side; two to six pictures in a grid
    with borders at random; and on top, sometimes, people cut out of other pictures.

    Args:
        draw: gives a picture at random.
        size_px: of the scene.
        random: where chance comes from.
    """
    width, height = size_px
    kind = random.random()
    if kind < 0.3:
        windows = [(0, 0, width, height)]
    elif kind < 0.5:
        middle = round(width * random.uniform(0.38, 0.62))
        windows = [(0, 0, middle, height), (middle, 0, width, height)]
    else:
        windows = _grid(width, height, random)
    canvas = np.empty((height, width, 3), np.uint8)
    heads: list[Head] = []
    for window in windows:
        x_min, y_min, x_max, y_max = window
        part = _view(draw(random), (x_max - x_min, y_max - y_min), random, alone=len(windows) == 1)
        canvas[y_min:y_max, x_min:x_max] = part.image
        heads += [moved(h, scale_x=1, scale_y=1, shift_x=x_min, shift_y=y_min) for h in part.heads]
    scene = Scene(canvas, tuple(heads))
    for _ in range(random.choice([0, 1, 2, 4], p=[0.55, 0.2, 0.15, 0.1])):
        scene = _paste(scene, draw(random), random)
    if random.random() < 0.12:
        scene = _wide_screen(scene, random)
    return scene


def _grid(width: int, height: int, random: Random) -> list[tuple[int, int, int, int]]:
    columns = int(random.integers(1, 4))
    rows = int(random.integers(1, 3)) if columns > 1 else 2
    xs = _borders(width, columns, random)
    ys = _borders(height, rows, random)
    return [(xs[i], ys[j], xs[i + 1], ys[j + 1]) for i in range(columns) for j in range(rows)]


def _borders(length: int, parts: int, random: Random) -> list[int]:
    inner = [round(length * (i + random.uniform(-0.22, 0.22)) / parts) for i in range(1, parts)]
    return [0, *inner, length]


def _view(scene: Scene, size_px: tuple[int, int], random: Random, *, alone: bool) -> Scene:
    """A window onto a picture: mirrored or not, stretched a little, near or far, anywhere."""
    width, height = size_px
    have_y, have_x = scene.image.shape[:2]
    cover = max(width / have_x, height / have_y)
    fit = min(width / have_x, height / have_y)
    base = np.exp(random.uniform(np.log(fit), np.log(cover)))
    scale = base * np.exp(random.uniform(np.log(0.6), np.log(1.7)) if alone else random.uniform(-0.25, 0.35))
    stretch = 1.2 ** random.uniform(-0.5, 0.5)
    scale_x, scale_y = scale * stretch, scale / stretch
    shift_x = _place(width, have_x * scale_x, random)
    shift_y = _place(height, have_y * scale_y, random)
    if random.random() < 0.5:
        shift_x += have_x * scale_x
        scale_x = -scale_x
    return _warp(scene, scale_x, scale_y, shift_x, shift_y, size_px, random)


def _place(room: float, length: float, random: Random) -> float:
    """Where a picture begins: anywhere inside, or, where it is larger, so that it fills the room."""
    spare = room - length
    return float(random.uniform(min(0.0, spare), max(0.0, spare)))


def _warp(
    scene: Scene,
    scale_x: float,
    scale_y: float,
    shift_x: float,
    shift_y: float,
    size_px: tuple[int, int],
    random: Random,
) -> Scene:
    image = scene.image
    if abs(scale_x) < 0.6:
        image = np.asarray(cv2.blur(image, (2, 2)), np.uint8)
    matrix = np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y]])
    border = cv2.BORDER_REPLICATE
    colour: tuple[int, ...] = (0, 0, 0)
    if random.random() < 0.5:
        border, colour = cv2.BORDER_CONSTANT, tuple(int(v) for v in random.integers(0, 256, 3))
    warped = cv2.warpAffine(
        image, matrix, size_px, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=colour
    )
    heads = []
    for head in scene.heads:
        there = moved(head, scale_x=scale_x, scale_y=scale_y, shift_x=shift_x, shift_y=shift_y)
        heads += _inside(there, size_px)
    return Scene(np.asarray(warped, np.uint8), tuple(heads))


def _inside(head: Head, size_px: tuple[int, int]) -> list[Head]:
    """The head as far as it can be seen in a window of this size, or nothing."""
    seen, share = clipped(head, 0, 0, *size_px)
    if share < 0.1:
        return []
    sure = head.sure and share >= 0.5 and min(seen.width, seen.height) >= _LEAST_PX
    if share < _SEEN_FROM and seen.width * seen.height < 64:
        return []
    return [Head(seen.x_min, seen.y_min, seen.x_max, seen.y_max, seen.label, sure)]


def _paste(scene: Scene, other: Scene, random: Random) -> Scene:
    """Put a person of another picture, head and what is under it, in front of a scene."""
    chosen = [head for head in other.heads if head.sure]
    if not chosen:
        return scene
    head = chosen[random.integers(len(chosen))]
    height, width = scene.image.shape[:2]
    side = float(np.exp(random.uniform(np.log(14), np.log(90))))
    scale = side / max(head.width, head.height)
    mirror = -1.0 if random.random() < 0.5 else 1.0
    x, y = random.uniform(0, width), random.uniform(0.1, 0.8) * height
    centre_x, centre_y = (head.x_min + head.x_max) / 2, (head.y_min + head.y_max) / 2
    shift_x, shift_y = x - mirror * scale * centre_x, y - scale * centre_y
    matrix = np.array([[mirror * scale, 0, shift_x], [0, scale, shift_y]])
    source = other.image
    if scale < 0.6:
        source = np.asarray(cv2.blur(source, (2, 2)), np.uint8)
    mask = _outline(other.image, head, random)
    flags = cv2.INTER_LINEAR
    front = cv2.warpAffine(source, matrix, (width, height), flags=flags)
    alpha = cv2.warpAffine(mask, matrix, (width, height), flags=flags)[..., None].astype(np.float32) / 255
    image = (front * alpha + scene.image * (1 - alpha)).astype(np.uint8)
    there = moved(head, scale_x=mirror * scale, scale_y=scale, shift_x=shift_x, shift_y=shift_y)
    heads = [left for h in scene.heads for left in _behind(h, alpha[..., 0])]
    return Scene(image, (*heads, *_inside(there, (width, height))))


def _outline(image: Image, head: Head, random: Random) -> Image:
    """(H, W) uint8: an ellipse about the head and, mostly, a body under it."""
    mask = np.zeros(image.shape[:2], np.uint8)
    centre = (round((head.x_min + head.x_max) / 2), round((head.y_min + head.y_max) / 2))
    axes = (round(head.width * 0.58), round(head.height * 0.6))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1)
    if random.random() < 0.8:
        half = head.width * random.uniform(0.45, 0.9)
        top, bottom = round(head.y_max - 0.15 * head.height), round(head.y_max + 3 * head.height)
        cv2.rectangle(mask, (round(centre[0] - half), top), (round(centre[0] + half), bottom), 255, -1)
    return mask


def _behind(head: Head, alpha: np.ndarray) -> list[Head]:
    """A head of which something may be hidden now: as before, doubtful, or gone."""
    x_min, y_min = max(0, int(head.x_min)), max(0, int(head.y_min))
    covered = alpha[y_min : max(y_min + 1, int(head.y_max)), x_min : max(x_min + 1, int(head.x_max))]
    hidden = float(covered.mean()) if covered.size else 0.0
    if hidden > 0.8:
        return []
    sure = head.sure and hidden < 0.45
    return [Head(head.x_min, head.y_min, head.x_max, head.y_max, head.label, sure)]


def _wide_screen(scene: Scene, random: Random) -> Scene:
    """Black bars above and below, as a letterbox leaves of a wider frame."""
    height, width = scene.image.shape[:2]
    bar = round(height * random.uniform(0.08, 0.14))
    image = np.zeros_like(scene.image)
    image[bar : height - bar] = scene.image[bar : height - bar]
    heads = []
    for head in scene.heads:
        seen, share = clipped(head, 0, bar, width, height - bar)
        if share >= 0.1:
            sure = head.sure and share >= 0.5
            heads.append(Head(seen.x_min, seen.y_min, seen.x_max, seen.y_max, head.label, sure))
    return Scene(image, tuple(heads))


def of_scenes(scenes: Sequence[Scene], weights: Sequence[float]) -> Draw:
    """Draws from scenes, each as often as its weight says."""
    shares = np.cumsum(np.asarray(weights, np.float64))
    shares /= shares[-1]

    def draw(random: Random) -> Scene:
        return scenes[min(int(np.searchsorted(shares, random.random(), side="right")), len(scenes) - 1)]

    return draw
