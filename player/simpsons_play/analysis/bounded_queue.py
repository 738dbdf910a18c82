"""A queue of limited length between threads that survives Ctrl-C."""

from __future__ import annotations

from queue import SimpleQueue
from typing import Generic, TypeVar

_T = TypeVar("_T")


class BoundedQueue(Generic[_T]):
    """Passes items from one thread to another; `put` waits while the queue is full.

    Ctrl-C in a wait of `queue.Queue` can release its lock while the other thread holds it, which then fails
    ("release unlocked lock"), so that this one waits for ever. Waiting for a `SimpleQueue` is safe.

    Args:
        size: number of items that wait at most; one interrupted call may cost the place of one.
    """

    def __init__(self, size: int) -> None:
        self._items: SimpleQueue[_T] = SimpleQueue()
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(size):
            self._places.put(None)

    def put(self, item: _T) -> None:
        """Append an item; wait for a place."""
        self._places.get()
        self._items.put(item)

    def get(self) -> _T:
        """Remove the first item; wait for one."""
        item = self._items.get()
        self._places.put(None)
        return item

    def get_nowait(self) -> _T:
        """Remove the first item.

        Raises:
            queue.Empty: there is none.
        """
        item = self._items.get_nowait()
        self._places.put(None)
        return item

    def full(self) -> bool:
        """Whether `put` would wait."""
        return self._places.empty()
