"""Text of HTML pages is legible in light and in dark."""

from __future__ import annotations

import re

import numpy as np
import pytest

from simpsons_play.render.html import render_page
from tests.colour_vision import contrast

PAGE = render_page("Title", "lead", [])


def bgr(css: str) -> np.ndarray:
    """`#1c1c1c` -> (3,) BGR."""
    return np.array([int(css[at : at + 2], 16) for at in (5, 3, 1)], float)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_of_pages_is_legible(scheme: int) -> None:
    colours = dict(re.findall(r"--(\w+): (#\w{6})", re.findall(r":root \{([^}]*)\}", PAGE)[scheme]))
    for ground in ("paper", "soft"):
        behind = bgr(colours[ground])
        for text in ("ink", "faint", "link"):
            assert contrast(bgr(colours[text]), behind) >= 4.5, (text, ground)
