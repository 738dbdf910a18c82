"""Check untrusted HDF5 files in a separate process, since a damaged one can hang or crash libhdf5."""

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

MAX_BYTES = 1 << 31
"""Maximum unpacked size: a zip or HDF5 file of a few kilobytes can claim terabytes."""

_MAX_MEMORY_BYTES = 3 * MAX_BYTES
_TIMEOUT_S = 120.0
"""Maximum reading time in seconds; two GiB take ten."""

_COMMAND = [sys.executable, "-m", "simpsons_training.hdf5"]


def check_hdf5(path: Path) -> None:
    """Read an HDF5 file, or those in a `.keras` file, completely in a separate process.

    Raises:
        ValueError: It cannot be read within the size and time limits, or refers to other files.
        OSError: The file does not exist.
    """
    stat = path.stat()
    _check(str(path.absolute()), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=16)
def _check(path: str, size: int, mtime_ns: int) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            [*_COMMAND, path],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"reading it takes more than {_TIMEOUT_S:g} s, so it is probably damaged") from error
    if done.returncode:
        raise ValueError(done.stdout.strip() or "the HDF5 library crashes on it, so it is damaged")


def refuse_large_hdf5(file: Path | IO[bytes], *, reads: bool = False) -> None:
    """Raise ValueError if an HDF5 file unpacks to more than `MAX_BYTES` or refers to other files.

    Args:
        file: A path or an open file.
        reads: Also read all data.
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
                    raise ValueError("it refers to other files")
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
                        raise ValueError("it refers to other files")
                    total += item.nbytes
                if total > MAX_BYTES:
                    raise ValueError(f"it unpacks to more than {format_size(MAX_BYTES)}")
                if reads and isinstance(item, h5py.Dataset):
                    _read_attributes(item)
                    item[()]


def _read_attributes(item: Any) -> None:
    for _ in item.attrs.values():
        pass


def _main(path: Path) -> int:
    """Entry point of the separate process; prints in one line why a file is rejected."""
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
    with suppress(ImportError, OSError, ValueError):  # not available on Windows; a lower hard limit stays
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
