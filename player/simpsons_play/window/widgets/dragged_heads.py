"""Heads that are dragged with the mouse, as the keys of their tracks."""

from __future__ import annotations

import json
from collections.abc import Collection

from PySide6.QtCore import QMimeData

_MIME = "application/x-simpsons-play-heads"


def dragged(keys: Collection[str]) -> QMimeData:
    """What is dragged."""
    data = QMimeData()
    data.setData(_MIME, json.dumps(sorted(keys)).encode())
    return data


def heads_in(data: QMimeData) -> frozenset[str]:
    """The keys of the tracks that are dragged; empty if something else is."""
    try:
        keys = json.loads(bytes(data.data(_MIME).data()))
    except ValueError:
        return frozenset()
    return frozenset(map(str, keys)) if isinstance(keys, list) else frozenset()
