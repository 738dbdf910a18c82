"""Find the labels that come with a network: in its file, or in a file next to it."""

from __future__ import annotations

import ast
import codecs
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simpsons_export.files import HDF5, KERAS, SAVED_MODEL, file_kind
from simpsons_play.core.foreign_files import read_bounded, read_entry
from simpsons_play.core.names import counted

_KEYS = (
    *("class_names", "classes", "labels", "class_indices", "categories"),
    *("names", "id2label", "label_names"),
)
"""What people call them; then Ultralytics, transformers and timm."""

_SUFFIXES = ("json", "txt")
_FILES = tuple(f"{key}.{suffix}" for key in _KEYS for suffix in _SUFFIXES)
_MAX_BYTES = 1 << 20
_NUMBER = re.compile(r"(\d+)[\s:,]+(.*)")
"""A line of the `labels.txt` of Teachable Machine: `0 bart`."""

_ASSIGNMENT = re.compile(r"\A\s*\w+\s*=\s*(?=[\[{(])")
"""What is before a list that was copied out of a program: `names = `."""

_QUOTED = re.compile(r'"[^"]+"|\'[^\']+\'')


@dataclass(frozen=True, slots=True)
class FoundLabels:
    """Labels that came with a network.

    Attributes:
        names: One name for each output, in order.
        where: One phrase on where they were found: `class_names in net.h5`.
    """

    names: tuple[str, ...]
    where: str


def find_labels(path: Path) -> tuple[FoundLabels, ...]:
    """Find what may be the labels of a network, the most trustworthy first.

    In an HDF5 file, these are attributes and data sets named `class_names`, `classes`, `labels` or
    `class_indices`; in a `.keras` file, keys of its `metadata.json`, or files such as `labels.txt`; in a
    SavedModel, such files among its assets. Then come such files next to the network, which may begin with
    its name: `net_labels.txt`.

    Args:
        path: A network that Keras could read.
    """
    return tuple(_in_file(path))


def labels_for(found: Sequence[FoundLabels], outputs: int) -> FoundLabels | None:
    """The first that are as many as a network has outputs; None if none are."""
    return next((one for one in found if len(one.names) == outputs), None)


def why_unfit(found: Sequence[FoundLabels], outputs: int) -> str:
    """One clause on labels that cannot be those of a network; empty if some can be, or none were found.

    Example:
        >>> why_unfit([FoundLabels(("bart", "lisa"), "labels.txt next to it")], 3)
        'labels.txt next to it has 2 names for 3 outputs, so they are not used'
    """
    if not found or labels_for(found, outputs) is not None:
        return ""
    names, where = len(found[0].names), found[0].where
    return f"{where} has {counted(names, 'name')} for {counted(outputs, 'output')}, so they are not used"


def labels_in(entries: Mapping[str, Any], where: str) -> Iterator[FoundLabels]:
    """Labels below the usual keys, such as `class_names` or the `names` of Ultralytics.

    Args:
        entries: Metadata or the content of a JSON file.
        where: Where it is from.
    """
    for key in _KEYS:
        if key in entries:
            yield from _parsed(entries[key], f"{key} in {where}")


def labels_next_to(path: Path) -> Iterator[FoundLabels]:
    """Labels in files next to a network: `labels.txt`, `classes.json`, and those with its name, first."""
    stem = path.name.partition(".")[0]
    own = [f"{stem}{separator}{name}" for name in _FILES for separator in "_-."]
    for name in (*own, *(f"{stem}.{suffix}" for suffix in _SUFFIXES), *_FILES):
        yield from _in_text_file(path.parent / name, f"{name} next to it")


def names_in_file(content: bytes, name: str) -> tuple[str, ...]:
    r"""Labels in a file of text, JSON or YAML; the latter two may have them below one of the usual keys.

    Args:
        content: Content of the file.
        name: Its name, whose suffix tells YAML.

    Raises:
        ValueError: It is something else.

    Example:
        >>> names_in_file(b"nc: 2\nnames: [bart, homer]\n", "data.yaml")
        ('bart', 'homer')
        >>> names_in_file(b'{"id2label": {"0": "bart", "1": "homer"}}', "config.json")
        ('bart', 'homer')
    """
    text = _decoded(content)
    if name.lower().endswith((".yaml", ".yml")):
        value = _yaml(text)
    elif text.lstrip().startswith("{"):
        value = _literal(text)
    else:
        return parse_names(text)
    if isinstance(value, dict) and (found := next(labels_in(value, name), None)) is not None:
        return found.names
    return parse_names(value)


def _decoded(content: bytes) -> str:
    """Text in UTF-8 or, as PowerShell writes it, in UTF-16."""
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf_16 else "utf-8-sig")


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("not YAML") from error


def parse_names(value: Any) -> tuple[str, ...]:
    r"""Bring labels into a list of names.

    Args:
        value: Names; or names to indices, or indices to names; or these in JSON or as a literal of Python; or
            lines of text. A name may be a pair of an identifier and a name, as in the
            `imagenet_class_index.json` of Keras. Lines may be numbered from 0 or 1 or be quoted, and those
            that begin with `#` are comments.

    Raises:
        ValueError: It is something else.

    Example:
        >>> parse_names('{"homer": 1, "bart": 0}'), parse_names("0 bart\n1 homer\n")
        (('bart', 'homer'), ('bart', 'homer'))
    """
    if isinstance(value, bytes):
        value = _decoded(value)
    if isinstance(value, str):
        value = _ASSIGNMENT.sub("", value)
        return parse_names(_literal(value) if _is_literal(value) else _lines(value))
    if isinstance(value, dict):
        if all(isinstance(index, int) for index in value.values()):
            value = {index: name for name, index in value.items()}
        by_index = {int(index): name for index, name in value.items()}
        if sorted(by_index) != list(range(len(by_index))):
            raise ValueError("the indices are not 0, 1, 2 ...")
        value = [by_index[index] for index in range(len(by_index))]
    value = [item[1] if isinstance(item, list) and len(item) == 2 else item for item in value]
    names = tuple(item.decode("utf-8") if isinstance(item, bytes) else item for item in value)
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError("not all are names")
    return tuple(name.strip() for name in names)


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("#")]
    if len(lines) == 1:
        lines = [name.strip() for name in lines[0].split(",") if name.strip()]
    elif all(line.endswith(",") for line in lines[:-1]):  # copied out of a list
        lines = [line.rstrip(", ") for line in lines]
    if lines and all(_QUOTED.fullmatch(line) for line in lines):
        lines = [line[1:-1] for line in lines]
    numbered = [_NUMBER.fullmatch(line) for line in lines]
    for first in (0, 1):
        if all(match and int(match[1]) == index for index, match in enumerate(numbered, first)):
            return [match[2] for match in numbered if match]
    return lines


def _is_literal(text: str | bytes) -> bool:
    start = text.lstrip()[:1]
    return start in (("[", "{", "(") if isinstance(start, str) else (b"[", b"{", b"("))


def _literal(text: str) -> Any:
    """A value in JSON or, as Ultralytics writes it, in Python: `{0: 'bart'}`."""
    with suppress(ValueError):
        return json.loads(text)
    try:
        return ast.literal_eval(text.strip())
    except (SyntaxError, ValueError, TypeError, MemoryError) as error:
        raise ValueError("neither JSON nor a literal of Python") from error


def _parsed(value: Any, where: str) -> Iterator[FoundLabels]:
    with suppress(ValueError, TypeError, KeyError, RecursionError):
        names = parse_names(value)
        # One word may be anything; a list of one is the class of a detector.
        if len(names) > 1 or (names and not isinstance(value, str | bytes)) or _is_literal(value):
            yield FoundLabels(names, where)


def _in_file(path: Path) -> Iterator[FoundLabels]:
    kind = file_kind(path)
    if kind == HDF5:
        yield from _in_hdf5(path)
    elif kind == KERAS:
        yield from _in_archive(path)
    elif kind == SAVED_MODEL:
        for folder in (path / "assets", path / "assets.extra", path):
            for name in _FILES:
                yield from _in_text_file(folder / name, f"{name} in {folder.name}")
    yield from labels_next_to(path)


def _in_hdf5(path: Path) -> Iterator[FoundLabels]:
    import h5py

    with h5py.File(path) as file:
        for key in _KEYS:
            values = [file.attrs[key]] if key in file.attrs else []
            if isinstance(file.get(key), h5py.Dataset):
                values.append(file[key][()])
            for value in values:
                plain = value.tolist() if hasattr(value, "tolist") else value
                yield from _parsed(plain, f"{key} in {path.name}")


def _in_archive(path: Path) -> Iterator[FoundLabels]:
    with zipfile.ZipFile(path) as archive:
        entries = {Path(entry).name: entry for entry in archive.namelist()}
        for name in ("metadata.json", *_FILES):
            if name in entries:
                with suppress(ValueError):
                    text = read_entry(archive, entries[name], max_bytes=_MAX_BYTES)
                    yield from _in_text(text, name, f"{name} in {path.name}")


def _in_text_file(path: Path, where: str) -> Iterator[FoundLabels]:
    with suppress(OSError, ValueError):
        yield from _in_text(read_bounded(path, max_bytes=_MAX_BYTES), path.name, where)


def _in_text(text: bytes, name: str, where: str) -> Iterator[FoundLabels]:
    """Labels in a text or JSON file, which may also have them below a key."""
    if not name.endswith(".json"):
        yield from _parsed(text, where)
        return
    value = json.loads(text)
    if isinstance(value, dict):
        yield from labels_in(value, where)
    if name != "metadata.json":
        yield from _parsed(value, where)
