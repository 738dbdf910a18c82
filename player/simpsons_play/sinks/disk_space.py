"""Disk space for completing the video that is being written."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from stat import S_ISREG

DISK_FULL_ERRORS = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})
"""The disk, a quota or a file is full."""
DISK_ERRORS = DISK_FULL_ERRORS | {
    errno.EIO,
    errno.EPIPE,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EBADF,
}
"""Errors that are caused by the place a file is written to, not by its content."""

_INDEX_BYTES = 256
"""Upper bound for one frame and its sound in the index that MP4 writes at the end."""
_MAX_BUFFERED_FRAMES = 128
"""Upper bound for the frames that encoder and muxer buffer."""
_MIN_FREE_BYTES = 1 << 17
_PLENTY_BYTES, _UNCHECKED = 1 << 30, 7
"""With at least this much left, so many frames are not checked: asking takes 0.1 ms."""


class DiskSpace:
    """Tells when to stop writing a video while it can still be completed.

    MP4 and MOV cannot be played without the index at their end, and ffmpeg writes nothing more to a file once
    a write has failed.

    Args:
        path: the file that is being written.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._folder, self._frames, self._unchecked = str(path), str(path.parent), 0, 0

    def reserve_frame(self) -> bool:
        """Count one more frame; returns whether it can be written and the file completed after it."""
        self._frames += 1
        if self._unchecked:
            self._unchecked -= 1
            return True
        try:
            stat = os.stat(self._path)
            if not S_ISREG(stat.st_mode):  # a pipe is never full while somebody reads it
                return True
            free = shutil.disk_usage(self._folder).free
        except OSError:  # the next write reports it
            return True
        size = stat.st_size
        buffered = size * min(_MAX_BUFFERED_FRAMES, self._frames) // self._frames
        left = free - (_MIN_FREE_BYTES + self._frames * _INDEX_BYTES + buffered)
        self._unchecked = _UNCHECKED if left > _PLENTY_BYTES else 0
        return left > 0
