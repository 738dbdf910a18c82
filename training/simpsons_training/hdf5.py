"""HDF5 files of others, read in a process of their own first: a damaged one can hang or crash libhdf5."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from simpsons_play.core.foreign_files import format_size, reason_of

MOST_BYTES = 1 << 31
"""So much a file may unpack to: a few kilobytes of zip or HDF5 can say that they hold terabytes."""

_MOST_MEMORY_BYTES = 3 * MOST_BYTES
_MOST_S = 120.0
"""So long reading may take, in seconds; two GiB take ten."""

_READ = [sys.executable, "-m", "simpsons_training.hdf5"]


def check_hdf5(path: Path) -> None:
    """Read a whole HDF5 file, or those in a `.keras` file, in another process.

    Raises:
        ValueError: it cannot be read within `MOST_BYTES` and a time, or leads to other files.
        OSError: there is no such file.
    """
    stat = path.stat()
    _check(str(path.absolute()), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=16)
def _check(path: str, size: int, mtime_ns: int) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            [*_READ, path],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_MOST_S,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"HDF5 has not read it within {_MOST_S:g} s: it is damaged") from error
    if done.returncode:
        raise ValueError(done.stdout.strip() or "HDF5 crashes on it: it is damaged")


def refuse_large_hdf5(file: Path | IO[bytes], *, reads: bool = False) -> None:
    """Raise ValueError where an HDF5 file holds more than `MOST_BYTES`, or leads to other files.

    Args:
        file: a path or an open file.
        reads: read all of it as well.
    """
    import h5py

    total, waiting, seen = 0, [], set()
    with h5py.File(file) as root:
        waiting.append(root)
        while waiting:
            group = waiting.pop()
            _read_attributes(group)
            for name in group:
                link = group.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise ValueError("it leads to other files")
                if isinstance(link, h5py.SoftLink):
                    continue
                item = group[name]
                address = h5py.h5o.get_info(item.id).addr
                if address in seen:
                    continue
                seen.add(address)
                if isinstance(item, h5py.Group):
                    waiting.append(item)
                elif isinstance(item, h5py.Dataset):
                    if item.external or item.is_virtual:
                        raise ValueError("it leads to other files")
                    total += item.nbytes
                if total > MOST_BYTES:
                    raise ValueError(f"it unpacks to more than {format_size(MOST_BYTES)}")
                if reads and isinstance(item, h5py.Dataset):
                    _read_attributes(item)
                    item[()]


def _read_attributes(item: Any) -> None:
    for _ in item.attrs.values():
        pass


def _main(path: Path) -> int:
    """What runs in the other process: says in one line why the file is refused."""
    _limit_memory()
    try:
        if not zipfile.is_zipfile(path):
            refuse_large_hdf5(path, reads=True)
            return 0
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(".h5"):
                    refuse_large_hdf5(io.BytesIO(archive.read(entry)), reads=True)
    except Exception as error:
        sys.stdout.buffer.write(reason_of(error).encode("utf-8", "replace"))
        return 1
    return 0


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):  # Windows has none; a lower limit stays
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
