"""Whether a disk has room to complete the video that is being written."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

NO_ROOM = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})
"""Nothing more fits on a disk, in a quota or into a file."""
DISK_ERRORS = NO_ROOM | {errno.EIO, errno.EPIPE, errno.EROFS, errno.EACCES, errno.EPERM, errno.EBADF}
"""Something is wrong with where a file is written to, and not with what is written."""

_INDEX_BYTES = 256
"""For each picture and the sound beside it, at most, in the index that MP4 writes at the end."""
_HELD_PICTURES = 128
"""So many an encoder and a muxer may hold back, at most."""
_LEAST_BYTES = 1 << 17


class Room:
    """Says when to stop, so that what was written until then can be completed.

    What MP4 and MOV are without their index nothing can play, and ffmpeg writes nothing more to a file once a
    write has failed.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._pictures = path, 0

    def is_left(self) -> bool:
        """Whether another picture may be written; ask once for each."""
        self._pictures += 1
        if not self._path.is_file():  # a pipe has room as long as somebody reads
            return True
        try:
            free = shutil.disk_usage(self._path.parent).free
            size = self._path.stat().st_size
        except OSError:  # the next write will say what is wrong
            return True
        held = size * min(_HELD_PICTURES, self._pictures) // self._pictures
        return free > _LEAST_BYTES + self._pictures * _INDEX_BYTES + held
