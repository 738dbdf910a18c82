"""Refuses to overwrite a file that a run reads, and to write one file twice, before anything is opened."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from simpsons_models import default_detector, default_int8_detector, default_model
from simpsons_play.cli.outputs import files_of
from simpsons_play.cli.settings import settings_path
from simpsons_play.core.atomic_file import target_of
from simpsons_play.core.errors import ModelError, SinkError
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.inference.onnx_file import model_files
from simpsons_play.sinks import is_direct, partial_name, pictures, temporary_names
from simpsons_play.sources.reads import Reads, reads_of

_Place: TypeAlias = "tuple[int, int] | tuple[int, int, str]"
"""Identifies a file: device and inode, or device and inode of its folder and a name if it does not exist."""


def refuse_overwriting(requests: Sequence[PlayRequest]) -> None:
    """Raise SinkError if a run would write a file that any of its sources reads, or one file twice.

    Files are compared by inode, not by name, so that links and file systems that ignore case are handled.
    A run also writes the temporary and partial names of each output.
    """
    if not any(request.outputs for request in requests):
        return
    reads = [reads_of(request.source) for request in requests]
    needed: dict[_Place, str] = {}
    for path, what in _own_files(requests[0]):
        needed.update({place: f"{path} is {what}" for place in _there(path)})
    for request, read in zip(requests, reads, strict=True):
        for path in read.files:
            is_source = path == Path(request.source)
            what = "the source" if is_source else f"part of the source {request.source}"
            needed.update({place: f"{path} is {what}" for place in _there(path)})
    taken: dict[_Place, tuple[int, Path, str]] = {}
    for number, (request, read) in enumerate(zip(requests, reads, strict=True)):
        for path, made_of in _written(request, read):
            places = _places(path)
            for place in places:
                if place in needed:
                    raise SinkError(f"{needed[place]}; it would be overwritten, so choose another name")
                if place not in taken:
                    continue
                other_number, other, other_made_of = taken[place]
                same_input = other_number == number and other_made_of == made_of
                if same_input and path == other:
                    raise SinkError(f"{path} would be written twice; give two names")
                if same_input:
                    raise SinkError(f"{path} and {other} are the same file; give two names")
                raise SinkError(
                    f"{other_made_of} and {made_of} would both be written to {path}; give two names"
                )
            taken.update(dict.fromkeys(places, (number, path, made_of)))


def _own_files(request: PlayRequest) -> Iterator[tuple[Path, str]]:
    """The models and the config file; even included models may be in a folder where the user writes."""
    for default in (default_model, default_detector, default_int8_detector):
        try:
            yield default(), "an included model"
        except FileNotFoundError:
            continue
    if request.model is not None:
        yield request.model, "the model"
        with suppress(ModelError):  # loading the model reports it
            yield from ((path, "part of the model") for path in model_files(request.model)[1:])
    if (settings := settings_path()) is not None:
        yield settings, "your config file"


def _written(request: PlayRequest, read: Reads) -> Iterator[tuple[Path, str]]:
    """Each file that the run over one source writes, and the source or picture it is made from."""
    for path in files_of(request):
        if pictures.NAME not in path.name:
            yield path, request.source
            continue
        for picture in read.files:
            if picture.is_file():
                yield path.with_name(path.name.replace(pictures.NAME, picture.stem)), str(picture)


def _places(path: Path) -> set[_Place]:
    """The identities of an output, under its final name and its temporary and partial ones."""
    if is_direct(path):
        return _there(path) or {_place(path)}
    target = target_of(path)
    return {_place(name) for name in (target, partial_name(target), *temporary_names(target))}


def _there(path: Path) -> set[_Place]:
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return set()
    return {(stat.st_dev, stat.st_ino)}


def _place(path: Path) -> _Place:
    for place in _there(path):
        return place
    folder, rest = path.parent, path.name
    while not folder.exists() and folder != folder.parent:
        folder, rest = folder.parent, f"{folder.name}/{rest}"
    if _ignores_case(folder):
        rest = unicodedata.normalize("NFC", rest).casefold()
    try:
        stat = folder.stat()
    except OSError:
        return 0, 0, str(path)
    return stat.st_dev, stat.st_ino, rest


def _ignores_case(folder: Path) -> bool:
    """Whether a folder ignores case, tested on the name of a file in it, or on its own."""
    known = next((file for file in _inside(folder) if file.name != file.name.swapcase()), folder.resolve())
    swapped = known.name.swapcase()
    try:
        return swapped != known.name and os.path.samefile(known.with_name(swapped), known)
    except OSError:
        return os.name == "nt"


def _inside(folder: Path) -> Iterator[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        yield from (folder / entry.name for entry in entries)
