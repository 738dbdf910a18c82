"""The cast file: what is written is read again, foreign and damaged files are told, and nothing is lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simpsons_play.cast import cast_file
from simpsons_play.cast.cast import Cast
from simpsons_play.cast.cast_file import CastFile, default_path
from simpsons_play.cast.cast_json import from_json, to_json
from simpsons_play.cast.members import Example
from simpsons_play.core.errors import CastError
from tests.commands import environment
from tests.disk import full_disk
from tests.player.cast.examples import EMBEDDER, example
from tests.player.cast.test_cast import contents, taught


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path) -> CastFile:
    return CastFile(tmp_path / "cast.json")


def full() -> Cast:
    """A cast with something of everything."""
    cast = taught(otto_mann=2, lenny=1).rename("otto_mann", "Otto").recolour("lenny", (1, 2, 3))
    return cast.teach("lenny", [example(9, time_s=83.5, looks=3)], embedder=EMBEDDER).remove("otto_mann")


def test_what_was_written_is_read_again(file: CastFile) -> None:
    assert contents(file.load()) == [] and file.stamp is None
    cast = full()
    before, after = file.update(lambda old: cast)
    assert contents(before) == [] and after is cast
    read = file.load()
    assert contents(read) == contents(cast) and read.embedder == EMBEDDER
    for one, other in zip(read.examples, cast.examples, strict=True):
        np.testing.assert_array_equal(one.embeddings, other.embeddings)
        assert (one.picture, one.source, one.time_s, one.change) == (
            other.picture,
            other.source,
            other.time_s,
            other.change,
        )
    assert [len(one.looks) for one in read["lenny"].examples] == [0, 3]
    assert [(c.id, c.time, c.text) for c in read.changes] == [(c.id, c.time, c.text) for c in cast.changes]
    assert contents(read.undo()) == contents(cast.undo()), "also what was removed"
    assert to_json(read) == to_json(cast) == file.path.read_bytes(), "nothing drifts"
    assert sorted(p.name for p in file.path.parent.iterdir() if not p.name.endswith(".lock")) == ["cast.json"]


def test_undo_brings_back_looks_that_were_dropped(file: CastFile) -> None:
    seen, other = example(1, time_s=2.0, looks=3), example(2, time_s=300.0)
    other = Example(other.embedding, other.picture, other.source, other.time_s, looks=seen.looks[:1])
    file.update(lambda old: old.teach("otto_mann", [seen], embedder=EMBEDDER))
    before = file.load()["otto_mann"].embeddings
    file.update(lambda old: old.teach("lenny", [other], embedder=EMBEDDER))
    assert len(file.load()["otto_mann"].embeddings) == 3
    file.update(Cast.undo)
    np.testing.assert_array_equal(file.load()["otto_mann"].embeddings, before)


def test_a_file_that_does_not_change_is_not_written(file: CastFile) -> None:
    file.update(lambda old: full())
    stamp = file.stamp
    assert stamp is not None
    file.update(lambda old: old)
    assert file.stamp == stamp
    file.update(lambda old: old.undo())
    assert file.stamp != stamp


def test_each_picture_is_stored_once(file: CastFile) -> None:
    cast = full()
    for number in range(10):
        cast = cast.rename("lenny", f"Lenny {number}")
    text = to_json(cast).decode()
    assert text.count('"picture"') == 4


def test_path_of_the_cast_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIMPSONS_CAST", "")
    assert default_path() is None
    monkeypatch.setenv("SIMPSONS_CAST", str(tmp_path / "mine.json"))
    assert default_path() == tmp_path / "mine.json"
    monkeypatch.delenv("SIMPSONS_CAST")
    path = default_path()
    assert path is not None and path.parts[-2:] == ("simpsons-play", "cast.json")


def changed(change: Callable[[Any], object]) -> bytes:
    """A cast file in which one thing was changed."""
    document = json.loads(to_json(full()))
    change(document)
    return json.dumps(document).encode()


def first_example(document: dict[str, Any]) -> dict[str, Any]:
    return next(iter(document["examples"].values()))


DAMAGED = {
    "empty": b"",
    "text": b"Homer",
    "binary": bytes(range(256)) * 9,
    "list": b"[]",
    "other JSON": b'{"format": "COCO", "version": 1}',
    "cut off": to_json(full())[:-100],
    "deep": b"[" * 100_000,
    "long number": b'{"format": ' + b"9" * 5000 + b"}",
    "no version": changed(lambda d: d.pop("version")),
    "version 0": changed(lambda d: d.update(version=0)),
    "no embedder": changed(lambda d: d.update(embedder="")),
    "embedder": changed(lambda d: d.update(embedder=["x"])),
    "members": changed(lambda d: d.update(members={"a": 1})),
    "label outside": changed(lambda d: d["members"][0].update(label="../../etc")),
    "long label": changed(lambda d: d["members"][0].update(label="x" * 300)),
    "label twice": changed(lambda d: d["members"].append(d["members"][0])),
    "no name": changed(lambda d: d["members"][0].update(display_name="!!")),
    "colour": changed(lambda d: d["members"][0].update(colour="red")),
    "colour number": changed(lambda d: d["members"][0].update(colour=7)),
    "threshold": changed(lambda d: d["members"][0].update(threshold=float("nan"))),
    "high threshold": changed(lambda d: d["members"][0].update(threshold=1e300)),
    "missing example": changed(lambda d: d["members"][0]["examples"].append("0")),
    "not base64": changed(lambda d: first_example(d).update(embedding="!!!!")),
    "odd embedding": changed(lambda d: first_example(d).update(embedding="AAAA")),
    "zero embedding": changed(lambda d: first_example(d).update(embedding="AAAAAA==")),
    "other length": changed(lambda d: first_example(d).update(embedding="ADwAPA==")),
    "long embedding": changed(lambda d: first_example(d).update(embedding="ADwA" * 9999)),
    "no looks": changed(lambda d: first_example(d).update(looks=None)),
    "many looks": changed(lambda d: first_example(d).update(looks=["ADwAPA=="] * 65)),
    "looks": changed(lambda d: first_example(d).update(looks=7)),
    "number": changed(lambda d: first_example(d).update(looks=[5])),
    "odd look": changed(lambda d: first_example(d).update(looks=["ADwA" * 16 + "AA=="])),
    "looks differ": changed(lambda d: first_example(d).update(looks=["ADwAPA==", "ADwAPAA8"])),
    "letters": changed(lambda d: first_example(d).update(embedding="\u00e9")),
    "look": changed(lambda d: first_example(d).update(looks=["!!!!"])),
    "other look": changed(lambda d: first_example(d).update(looks=["ADwAPA=="])),
    "no JPEG": changed(lambda d: first_example(d).update(picture="ADwAPA==")),
    "big picture": changed(lambda d: first_example(d).update(picture="/9j/" * 100_000)),
    "time": changed(lambda d: first_example(d).update(time_s="83")),
    "change": changed(lambda d: d["changes"][0].update(time="yesterday")),
    "before": changed(lambda d: d["changes"][0].update(before={"../x": {"examples": []}})),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_damaged_and_foreign_files_are_told_in_one_line_and_never_overwritten(
    file: CastFile, content: bytes
) -> None:
    file.path.write_bytes(content)
    for call in (file.load, lambda: file.update(lambda old: full())):
        with pytest.raises(CastError) as caught:
            call()
        message = str(caught.value)
        assert str(file.path) in message and "\n" not in message and len(message) < 500
        assert "not a cast file" in message
    assert file.path.read_bytes() == content


def test_a_file_of_a_newer_version_is_told(file: CastFile) -> None:
    file.path.write_bytes(changed(lambda d: d.update(version=2, members=None)))
    with pytest.raises(CastError, match="was written by a newer version of simpsons-play"):
        file.load()


def test_an_editor_may_add_a_byte_order_mark(file: CastFile) -> None:
    content = to_json(full())
    file.path.write_bytes(b"\xef\xbb\xbf" + content)
    assert to_json(file.load()) == content


def test_names_from_a_shared_file_cannot_control_a_terminal() -> None:
    content = changed(lambda d: first_example(d).update(source="\x1b[31mred\n"))
    assert all("\x1b" not in e.source and "\n" not in e.source for e in from_json(content, name="x").examples)


def test_huge_files_are_neither_read_nor_written(file: CastFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.update(lambda old: taught(lenny=1))
    content = file.path.read_bytes()
    monkeypatch.setattr(cast_file, "MAX_BYTES", len(content))
    with pytest.raises(CastError, match="would be larger than"):
        file.update(lambda old: full())
    assert file.path.read_bytes() == content
    monkeypatch.setattr(cast_file, "MAX_BYTES", len(content) - 1)
    with pytest.raises(CastError, match="it is longer than"):
        file.load()


def test_a_folder_is_no_cast_file(tmp_path: Path) -> None:
    with pytest.raises(CastError, match="is not a file"):
        CastFile(tmp_path).update(lambda old: full())
    long = CastFile(tmp_path / ("x" * 300))
    for call in (long.load, lambda: long.update(lambda old: full())):
        with pytest.raises(CastError, match=r"cannot be (read|written): "):
            call()
    (tmp_path / "file").touch()
    with pytest.raises(CastError, match="cannot be written: "):
        CastFile(tmp_path / "file" / "cast.json").update(lambda old: full())


@pytest.mark.skipif(os.name != "posix", reason="named pipes of Unix")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cast.json")
    with pytest.raises(CastError, match="is not a file"):
        CastFile(tmp_path / "cast.json").load()


@pytest.mark.skipif(os.name != "posix", reason="file systems of Unix")
def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    link = tmp_path / "cast.json"
    link.symlink_to("shared/cast.json")
    CastFile(link).update(lambda old: full())
    assert link.is_symlink() and contents(CastFile(tmp_path / "shared" / "cast.json").load())
    loop = tmp_path / "loop.json"
    loop.symlink_to("loop.json")
    with pytest.raises(CastError):
        CastFile(loop).update(lambda old: full())


def test_a_full_disk_loses_nothing(file: CastFile) -> None:
    file.update(lambda old: taught(lenny=1))
    content = file.path.read_bytes()
    with full_disk(len(content) // 2), pytest.raises(CastError, match=r"cannot be written: file too large"):
        file.update(lambda old: full())
    assert file.path.read_bytes() == content
    assert not list(file.path.parent.glob("*.part")) and not list(file.path.parent.glob(".*.part"))


def _teach(path: str, worker: int) -> None:
    for number in range(5):
        seed = 100 * worker + number + 1
        CastFile(Path(path)).update(
            lambda cast, s=seed: cast.teach(f"w_{worker}", [example(s)], embedder=EMBEDDER)
        )


def test_processes_that_change_it_at_the_same_time_lose_nothing(file: CastFile) -> None:
    workers = [
        multiprocessing.get_context("spawn").Process(target=_teach, args=(str(file.path), i))
        for i in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    cast = file.load()
    assert [len(member.examples) for member in cast.members] == [5, 5, 5] and len(cast.changes) == 15


def test_waiting_for_another_process_ends_with_an_error(file: CastFile) -> None:
    def again(old: Cast) -> Cast:
        with pytest.raises(CastError, match="in use by another process"):
            CastFile(file.path, patience_s=0.05).update(lambda old: old)
        return old

    file.update(again)


@pytest.mark.skipif(os.name != "posix", reason="signals of Unix")
def test_a_killed_process_leaves_a_whole_file(file: CastFile) -> None:
    file.update(lambda old: taught(lenny=1))
    script = (
        "import sys\nfrom pathlib import Path\nfrom simpsons_play.cast.cast_file import CastFile\n"
        "file = CastFile(Path(sys.argv[1]))\nnumber = 0\n"
        "while True:\n"
        "    file.update(lambda cast: cast.rename('lenny', f'Lenny {number}'))\n"
        "    number += 1\n    print(number, flush=True)\n"
    )
    for delay_s in (0.0, 0.003, 0.01):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(file.path)], env=environment(), stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        with process:
            process.stdout.readline()
            time.sleep(delay_s)
            process.send_signal(signal.SIGKILL)
        assert file.load()["lenny"].name.startswith("Lenny")
    file.update(lambda cast: cast.rename("lenny", "Lenford"))
    assert file.load()["lenny"].name == "Lenford", "its lock holds nobody up"
    assert not list(file.path.parent.glob(".*.part"))
