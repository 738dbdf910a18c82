"""Find the labelled pictures in a folder, as it was made by hand or downloaded and unpacked."""

from __future__ import annotations

import dataclasses
import filecmp
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.names import CHARACTERS_BGR, letters_of
from simpsons_play.sources.endings import STILLS, is_hidden
from simpsons_training.labelling.label_folders import PROPOSED
from simpsons_training.table import OTHERS, TABLE_NAME, Picture, read_table

_NUMBERED = re.compile(r"(?P<character>.+)_\d+")
"""Name of a picture in the test set on Kaggle: `bart_simpson_0.jpg`."""

_ARCHIVES = {".zip", ".7z", ".rar", ".tar", ".gz", ".tgz"}
_DEPTH = 3
_SPLIT_FOLDERS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing", "holdout"), "test"),
}
"""Last words of the names of folders that split a data set."""

_NO_WORDS = re.compile(r"[\W_]+|(?:data)?set$|images$|pictures$")
"""What is between words, and what may follow them: `simpsons_train`, `test_set`, `Training Images`."""

_MEANINGFUL = {"characters", OTHERS, PROPOSED, "heads"}
"""Folders of a data set that are read, or that have pictures for something else."""

_LISTED = {letters_of(name) for name in CHARACTERS_BGR}


@dataclass(frozen=True, slots=True)
class FoundPictures:
    """The pictures of a folder before any of them is read.

    Attributes:
        pictures: The pictures; those of a folder without a table have no scene.
        passed_over: Files that are not read.
        empty: Folders of characters without pictures.
        unused: Folders whose pictures are not read, as they are not where those of a character belong.
        used: The folder that contains the pictures, if it is not the one that was asked for.
        split_by: What splits the pictures, such as `the folders train and test`, if their folders do.
        kept: Folder of pictures to evaluate on after the training, which are not among these.
    """

    pictures: tuple[Picture, ...]
    passed_over: tuple[Path, ...] = ()
    empty: tuple[Path, ...] = ()
    unused: tuple[Path, ...] = ()
    used: Path | None = None
    split_by: str | None = None
    kept: Path | None = None


def is_archive(path: Path) -> bool:
    """Whether a file is an archive, judging by its name."""
    return path.suffix.lower() in _ARCHIVES


def find_pictures(folder: Path) -> FoundPictures:
    """Find the pictures of a folder, of the only folder in it that has some, or of those that split it.

    See `pictures_of` for how a folder is read. Folders such as `train`, `val` and `test` split a data set.

    Raises:
        DataError: It is not a folder, its table is invalid, several folders in it have pictures, or it has
            only pictures of one character.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        remedy = "unpack it and give its folder" if is_archive(folder) else "give the folder"
        raise DataError(f"{folder} {what}; {remedy} of the pictures")
    try:
        return _find(folder)
    except OSError as error:
        raise DataError(f"{error.filename or folder}: {clause_of(error)}") from error


def _find(folder: Path) -> FoundPictures:
    found = pictures_of(folder)
    of_one = len({letters_of(picture.character) for picture in found.pictures}) == 1
    data_sets = [sub for sub in found.unused if sub.parent == folder and _holds_characters(sub)]
    if found.pictures and not (of_one and data_sets):
        return found
    inside = [sub for sub in _folders(folder) if sub.name != PROPOSED and _holds_pictures(sub, _DEPTH)]
    if len(inside) == 1:
        found = _find(inside[0])
        return dataclasses.replace(found, used=found.used or inside[0])
    if parts := _split_folders([sub for sub in inside if sub.name != OTHERS]):
        found = _split(parts)
        return (
            _join(found, _in_folders(folder / OTHERS, (), known=False)) if len(parts) < len(inside) else found
        )
    if inside:
        raise DataError(
            f"{folder} contains several folders with pictures: {', '.join(sub.name for sub in inside)}; "
            f"give one or more of them, such as {next(filter(_holds_characters, inside), inside[0])}"
        )
    if any(map(_is_picture, _files(folder))):
        parent = folder.absolute().parent
        characters = sum(any(map(_is_picture, _files(sub))) for sub in _folders(parent))
        remedy = f"give {parent}" if characters > 1 else "put those of each character into a folder"
        raise DataError(f"{folder} contains pictures, but no folders of characters; {remedy}")
    return found


def _split_folders(folders: Sequence[Path]) -> dict[str, Path]:
    """The folders that split a data set, by `train`, `val` and `test`; empty if these are others."""
    words = [_NO_WORDS.sub(" ", folder.name.lower()).split() for folder in folders]
    names = [_SPLIT_FOLDERS.get(of_folder[-1], "") if of_folder else "" for of_folder in words]
    parts = dict(zip(names, folders, strict=True))
    if "train" not in parts or "" in parts or len(parts) != len(folders):
        return {}
    return {name: parts[name] for name in ("train", "val", "test") if name in parts}


def _split(parts: dict[str, Path]) -> FoundPictures:
    """The pictures of the folders that split a data set: to train on, and to validate on.

    Where there are some of both and test pictures, too, these are kept for later. Those without labels, as in
    competitions, are not used.
    """
    unlabelled = tuple(f for f in parts.values() if not (_holds_characters(f) or _is_flat(f)))
    parts = {name: folder for name, folder in parts.items() if folder not in unlabelled}
    kept = parts.pop("test") if {"val", "test"} <= set(parts) else None
    found = FoundPictures((), unused=unlabelled)
    for name, folder in parts.items():
        part = _find(folder)
        split = ("train" if name == "train" else "val") if len(parts) > 1 else ""
        pictures = tuple(dataclasses.replace(picture, split=split) for picture in part.pictures)
        found = _join(found, dataclasses.replace(part, pictures=pictures))
    names = " and ".join(folder.name for folder in parts.values())
    return dataclasses.replace(found, split_by=f"the folders {names}" if len(parts) > 1 else None, kept=kept)


def pictures_of(folder: Path) -> FoundPictures:
    """The pictures of a folder in one of these layouts.

    - A `pictures.csv` lists them, see `table.read_table`.
    - One sub-folder per character, which may be inside `characters`, next to `others` for unknown people.
      Pictures in folders inside that of a character are of the character, too.
    - The same with a copy in a folder of the same name, as the data set on Kaggle unpacks: pictures that are
      in both are listed once.
    - `bart_simpson_0.jpg`: the name of the character and a number, as in the test set on Kaggle.

    Raises:
        DataError: The table is invalid.
    """
    if (folder / TABLE_NAME).is_file():
        return FoundPictures(tuple(read_table(folder / TABLE_NAME)))
    if (folder / "characters").is_dir():
        found = _in_folders(folder / "characters", (), known=True)
        beside = (sub for sub in _folders(folder) if sub.name not in _MEANINGFUL)
        found = _join(found, FoundPictures((), unused=tuple(s for s in beside if _holds_pictures(s, _DEPTH))))
    else:
        nested = folder / folder.absolute().name
        is_copy = nested.is_dir() and not nested.samefile(folder)
        copy = pictures_of(nested) if is_copy else FoundPictures(())
        found = _in_folders(folder, [nested] if copy.pictures else [], known=True)
        found = _join(copy, found)
        if not found.pictures and _is_flat(folder):
            return _flat(folder)
    others = folder / OTHERS
    return _join(found, _in_folders(others, (), known=False) if others.is_dir() else FoundPictures(()))


def _is_flat(folder: Path, at_least: int = 1) -> bool:
    """Whether the pictures in a folder are named by character and number, like `bart_simpson_0.jpg`.

    Any names may end with a number: some must be those of listed characters, and not that of the folder.
    """
    names = (_NUMBERED.fullmatch(path.stem) for path in _files(folder) if _is_picture(path))
    characters = {letters_of(name["character"]) for name in names if name}
    return letters_of(folder.name) not in characters and len(characters & _LISTED) >= at_least


def distinct(pictures: Iterable[Picture], earlier: Iterable[Picture]) -> list[Picture]:
    """Those pictures that are not among earlier ones: the same file, or a copy with the same name."""
    by_name: defaultdict[tuple[str, str], list[Path]] = defaultdict(list)
    for picture in earlier:
        by_name[letters_of(picture.character), picture.path.name].append(picture.path)
    return [
        picture
        for picture in pictures
        if not any(
            _are_equal(picture.path, other)
            for other in by_name.get((letters_of(picture.character), picture.path.name), ())
        )
    ]


def _are_equal(path: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(path, other, shallow=False)
    except OSError:
        return False


def _join(first: FoundPictures, second: FoundPictures) -> FoundPictures:
    pictures = (*first.pictures, *distinct(second.pictures, first.pictures))
    characters = {(p.known, letters_of(p.character)) for p in pictures if p.known}
    empty = (path for path in first.empty + second.empty if (True, letters_of(path.name)) not in characters)
    return dataclasses.replace(
        first,
        pictures=pictures,
        passed_over=first.passed_over + second.passed_over,
        empty=tuple(empty),
        unused=first.unused + second.unused,
    )


def _in_folders(root: Path, left_out: Sequence[Path], *, known: bool) -> FoundPictures:
    """The pictures in the sub-folders of a folder, each with the name of a character."""
    pictures: list[Picture] = []
    passed_over: list[Path] = []
    empty: list[Path] = []
    unused: list[Path] = []
    for folder in _folders(root):
        if folder in left_out or (known and folder.name in (OTHERS, PROPOSED)):
            continue
        if _is_flat(folder, at_least=2):
            unused.append(folder)
            continue
        is_character = letters_of(folder.name) in _LISTED or any(map(_is_picture, _files(folder)))
        files = list(_files_below(folder) if is_character else _files(folder))
        name = unicodedata.normalize("NFC", folder.name)
        of_character = [Picture(path, name, known, "", "") for path in files if _is_picture(path)]
        pictures += of_character
        passed_over += [path for path in files if not _is_picture(path)]
        if not of_character:
            (unused if _holds_pictures(folder, _DEPTH) else empty).append(folder)
    if pictures:
        passed_over += _files(root)
    return FoundPictures(tuple(pictures), tuple(passed_over), tuple(empty), tuple(unused))


def _flat(folder: Path) -> FoundPictures:
    pictures, passed_over = [], []
    for path in _files(folder):
        match = _NUMBERED.fullmatch(path.stem) if _is_picture(path) else None
        if match:
            name = unicodedata.normalize("NFC", match["character"])
            pictures.append(Picture(path, name, True, "", ""))
        else:
            passed_over.append(path)
    return FoundPictures(tuple(pictures), tuple(passed_over))


def _holds_pictures(folder: Path, depth: int) -> bool:
    if (folder / TABLE_NAME).is_file() or any(map(_is_picture, _files(folder))):
        return True
    return depth > 0 and any(_holds_pictures(sub, depth - 1) for sub in _folders(folder))


def _holds_characters(folder: Path, depth: int = _DEPTH) -> bool:
    """Whether pictures are in folders of characters, or in a table, and not all in one folder."""
    if (folder / TABLE_NAME).is_file():
        return True
    inside = _folders(folder)
    if any(any(map(_is_picture, _files(sub))) and not _is_flat(sub) for sub in inside):
        return True
    return depth > 0 and any(_holds_characters(sub, depth - 1) for sub in inside)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in STILLS


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder, sorted, with links that lead nowhere and without hidden ones."""
    return (path for path in sorted(folder.iterdir()) if not is_hidden(path) and not path.is_dir())


def _files_below(folder: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """The files of a folder and of those inside it."""
    yield from _files(folder)
    if depth:
        for sub in _folders(folder):
            yield from _files_below(sub, depth - 1)


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, sorted, without hidden ones."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not is_hidden(path))
