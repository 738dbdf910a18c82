"""Mosaics: training images that imitate frames of the show, composed of pictures with one or two people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_training.detection.scenes import Head, Scene, clip, transform

Random = np.random.Generator
SceneSampler = Callable[[Random], Scene]
"""Draws a random scene."""

_MIN_VISIBLE, _CERTAIN_VISIBLE = 0.35, 0.5
"""Visible share of a head's area: below the first, small heads are dropped; below the second, the head is
uncertain and ignored in the loss."""

_MIN_PX = 7.0
"""Narrower heads cannot be told apart at the network's input size."""


def mosaic(sample: SceneSampler, size_px: tuple[int, int], random: Random) -> Scene:
    """Compose a scene of `size_px` (width, height) from random pictures.

    The layout is a single picture, near or far; two halves of a frame side by side; or a grid of two to six
    pictures with random borders. Sometimes people cut out of other pictures are pasted on top, or black bars
    imitate a letterboxed film.

    Args:
        sample: Draws a random scene.
        size_px: Width and height of the mosaic.
        random: Random generator.
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
        tile = _view(sample(random), (x_max - x_min, y_max - y_min), random, alone=len(windows) == 1)
        canvas[y_min:y_max, x_min:x_max] = tile.image
        heads += [transform(h, scale_x=1, scale_y=1, shift_x=x_min, shift_y=y_min) for h in tile.heads]
    scene = Scene(canvas, tuple(heads))
    for _ in range(random.choice([0, 1, 2, 4], p=[0.55, 0.2, 0.15, 0.1])):
        scene = _paste(scene, sample(random), random)
    if random.random() < 0.12:
        scene = _add_black_bars(scene, random)
    return scene


def weighted_sampler(scenes: Sequence[Scene], weights: Sequence[float]) -> SceneSampler:
    """Return a function that draws scenes with probabilities proportional to their weights."""
    cumulative = np.cumsum(np.asarray(weights, np.float64))
    cumulative /= cumulative[-1]

    def sample(random: Random) -> Scene:
        return scenes[min(int(np.searchsorted(cumulative, random.random(), side="right")), len(scenes) - 1)]

    return sample


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
    """A random view of a picture: position, scale, slight stretch and mirroring vary."""
    width, height = size_px
    image_height, image_width = scene.image.shape[:2]
    cover = max(width / image_width, height / image_height)
    fit = min(width / image_width, height / image_height)
    base = np.exp(random.uniform(np.log(fit), np.log(cover)))
    scale = base * np.exp(random.uniform(np.log(0.6), np.log(1.7)) if alone else random.uniform(-0.25, 0.35))
    stretch = 1.2 ** random.uniform(-0.5, 0.5)
    scale_x, scale_y = scale * stretch, scale / stretch
    shift_x = _random_offset(width, image_width * scale_x, random)
    shift_y = _random_offset(height, image_height * scale_y, random)
    if random.random() < 0.5:
        shift_x += image_width * scale_x
        scale_x = -scale_x
    return _warp(scene, scale_x, scale_y, shift_x, shift_y, size_px, random)


def _random_offset(available: float, length: float, random: Random) -> float:
    """Random start of a picture: anywhere inside the window or, if larger, so that it fills the window."""
    spare = available - length
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
        placed = transform(head, scale_x=scale_x, scale_y=scale_y, shift_x=shift_x, shift_y=shift_y)
        heads += _visible_head(placed, size_px)
    return Scene(np.asarray(warped, np.uint8), tuple(heads))


def _visible_head(head: Head, size_px: tuple[int, int]) -> list[Head]:
    """The visible part of a head in a window of this size; empty if hardly any of it is visible."""
    seen, share = clip(head, 0, 0, *size_px)
    if share < 0.1:
        return []
    certain = head.certain and share >= _CERTAIN_VISIBLE and min(seen.width, seen.height) >= _MIN_PX
    if share < _MIN_VISIBLE and seen.width * seen.height < 64:
        return []
    return [Head(seen.x_min, seen.y_min, seen.x_max, seen.y_max, seen.label, certain)]


def _paste(scene: Scene, other: Scene, random: Random) -> Scene:
    """Paste a person from another picture, head and body, onto a scene."""
    candidates = [head for head in other.heads if head.certain]
    if not candidates:
        return scene
    head = candidates[random.integers(len(candidates))]
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
    mask = _person_mask(other.image, head, random)
    flags = cv2.INTER_LINEAR
    foreground = cv2.warpAffine(source, matrix, (width, height), flags=flags)
    alpha = cv2.warpAffine(mask, matrix, (width, height), flags=flags)[..., None].astype(np.float32) / 255
    image = (foreground * alpha + scene.image * (1 - alpha)).astype(np.uint8)
    placed = transform(head, scale_x=mirror * scale, scale_y=scale, shift_x=shift_x, shift_y=shift_y)
    heads = [head for h in scene.heads for head in _occluded_head(h, alpha[..., 0])]
    return Scene(image, (*heads, *_visible_head(placed, (width, height))))


def _person_mask(image: Image, head: Head, random: Random) -> Image:
    """(H, W) uint8: an ellipse around the head and, usually, a rectangle for the body."""
    mask = np.zeros(image.shape[:2], np.uint8)
    centre = (round((head.x_min + head.x_max) / 2), round((head.y_min + head.y_max) / 2))
    axes = (round(head.width * 0.58), round(head.height * 0.6))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1)
    if random.random() < 0.8:
        half = head.width * random.uniform(0.45, 0.9)
        top, bottom = round(head.y_max - 0.15 * head.height), round(head.y_max + 3 * head.height)
        cv2.rectangle(mask, (round(centre[0] - half), top), (round(centre[0] + half), bottom), 255, -1)
    return mask


def _occluded_head(head: Head, alpha: np.ndarray) -> list[Head]:
    """The head after something was pasted: unchanged, uncertain, or removed if mostly covered."""
    x_min, y_min = max(0, int(head.x_min)), max(0, int(head.y_min))
    covered = alpha[y_min : max(y_min + 1, int(head.y_max)), x_min : max(x_min + 1, int(head.x_max))]
    hidden = float(covered.mean()) if covered.size else 0.0
    if hidden > 0.8:
        return []
    certain = head.certain and hidden < 0.45
    return [Head(head.x_min, head.y_min, head.x_max, head.y_max, head.label, certain)]


def _add_black_bars(scene: Scene, random: Random) -> Scene:
    """Cover the top and bottom with black bars, as in a letterboxed film."""
    height, width = scene.image.shape[:2]
    bar = round(height * random.uniform(0.08, 0.14))
    image = np.zeros_like(scene.image)
    image[bar : height - bar] = scene.image[bar : height - bar]
    heads = []
    for head in scene.heads:
        seen, share = clip(head, 0, bar, width, height - bar)
        if share >= 0.1:
            certain = head.certain and share >= _CERTAIN_VISIBLE
            heads.append(Head(seen.x_min, seen.y_min, seen.x_max, seen.y_max, head.label, certain))
    return Scene(image, tuple(heads))
