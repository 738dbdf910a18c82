"""Finds labels by a part of the name. Does not depend on Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence

NOBODY = "nobody_we_know"
"""Folder and label of characters that are not to be named."""

_WORD_BREAKS = re.compile(r"[\s_]+")


def matching_labels(text: str, labels: Sequence[str]) -> list[str]:
    """The labels that contain a part of a name, best matches first; includes `NOBODY`.

    Matches at the beginning of a word come before matches inside a word.

    Args:
        text: Part of a name, in any case; empty matches all labels.
        labels: The labels to search.

    Example:
        >>> matching_labels("bart", ["bart_simpson", "homer_simpson"])
        ['bart_simpson']
    """
    wanted = _WORD_BREAKS.sub("_", text.strip().lower())
    found = [label for label in (*labels, NOBODY) if wanted in label]
    return sorted(found, key=lambda label: (f"_{wanted}" not in f"_{label}", label == NOBODY))
