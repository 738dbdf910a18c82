"""A queue between threads, and Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
import time
from queue import Empty

import pytest

from simpsons_play.analysis.bounded_queue import BoundedQueue


def test_items_keep_their_order_and_a_full_queue_waits() -> None:
    queue, got = BoundedQueue[int](2), list[int]()
    queue.put(0)
    assert not queue.full()
    queue.put(1)
    assert queue.full()
    reader = threading.Thread(target=lambda: got.extend(queue.get() for _ in range(100)))
    reader.start()
    for number in range(2, 100):
        queue.put(number)
    reader.join()
    assert got == list(range(100))
    with pytest.raises(Empty):
        queue.get_nowait()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to one thread")
def test_an_interrupted_wait_harms_no_other_thread() -> None:
    main = threading.main_thread().ident
    assert main is not None and threading.current_thread() is threading.main_thread()
    for _ in range(30):
        queue, got, ended = BoundedQueue[int | None](2), list[int](), threading.Event()
        begun = threading.Event()

        def read(
            queue: BoundedQueue[int | None] = queue, got: list[int] = got, ended: threading.Event = ended
        ) -> None:
            while (item := queue.get()) is not None:
                got.append(item)
            ended.set()

        def interrupt(begun: threading.Event = begun) -> None:
            begun.wait()
            time.sleep(0.002)
            signal.pthread_kill(main, signal.SIGINT)

        threading.Thread(target=read, daemon=True).start()
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            begun.set()
            for number in range(1 << 30):
                queue.put(number)
        queue.put(None)
        assert ended.wait(10) and got == sorted(got)
