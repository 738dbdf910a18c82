"""The folder of labelled pictures: its layout, hostile names, several processes, full disks and kills."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simpsons_play.core.errors import DataError, SinkError
from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_training.dataset import read_picture, read_pictures
from simpsons_training.labelling.label_folders import label_of
from simpsons_training.labelling.picture_folder import PictureFolder, SavedPicture, split_of
from simpsons_training.table import read_table
from tests.commands import environment
from tests.disk import full_disk
from tests.training.labelling.episodes import shot_picture


def save(pictures: PictureFolder, label: str, number: int = 0, **changes: Any) -> SavedPicture:
    values: dict[str, Any] = {
        "episode": "s/e.avi",
        "time_s": float(number),
        "crop": "full",
        "scene": f"e-{number}",
        "by": "hand",
    }
    return pictures.save(shot_picture(number), label, **(values | changes))


def files(folder: Path) -> list[str]:
    """All files but the lock and the log of frames, relative to the folder."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name not in (".lock", "frames.csv"))


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "pictures.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def assert_whole(folder: Path) -> None:
    """Every row has a readable picture, every picture has a row, and nothing else is left."""
    rows = [row["file"] for row in table(folder)]
    assert len(rows) == len(set(rows))
    assert files(folder) == sorted([*rows, "pictures.csv"])
    for picture in read_table(folder / "pictures.csv"):
        assert read_picture(picture.path).shape == (120, 160, 3)


def test_a_picture_is_saved_where_training_reads_it(tmp_path: Path) -> None:
    pictures = PictureFolder(tmp_path / "new" / "folder")
    first = save(pictures, "Otto Mann", 0, probability=0.75, by="model", box=Box(1, 2, 30, 40))
    second = save(pictures, "otto-mann", 1, crop="left")
    nobody = save(pictures, "Nobody we know", 2)
    folder = pictures.folder
    assert [p.path.relative_to(folder).as_posix() for p in (first, second, nobody)] == [
        "otto_mann/pic_0000.jpg",
        "otto_mann/pic_0001.jpg",
        "others/nobody_we_know/pic_0000.jpg",
    ]
    assert np.abs(read_picture(first.path).astype(int) - shot_picture(0)).mean() < 3
    assert table(folder)[0] == {
        "file": "otto_mann/pic_0000.jpg",
        "character": "otto_mann",
        "scene": "e-0",
        "split": split_of("e-0"),
        "x_min": "1",
        "y_min": "2",
        "x_max": "30",
        "y_max": "40",
        "episode": "s/e.avi",
        "time_s": "0.000",
        "crop": "full",
        "by": "model",
        "probability": "0.7500",
    }
    assert PictureFolder(folder).rows() == [first, second, nobody]
    known = {p.path.name: p.known for p in read_table(folder / "pictures.csv") if p.character == NOBODY}
    assert known == {"pic_0000.jpg": False}
    save(pictures, "Bart Simpson", 3)
    save(pictures, "bart_simpson", 4)
    assert read_pictures(folder, split="scenes", val_share=0.5).labels == ("bart_simpson", "otto_mann")
    assert_whole(folder)


def test_whole_scenes_are_for_validation() -> None:
    splits = [split_of(f"episode-{number}") for number in range(4000)]
    assert 0.11 < splits.count("val") / len(splits) < 0.14
    assert split_of("episode-1") == split_of("episode-1")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Otto Mann", "otto_mann"),
        ("  otto  MANN ", "otto_mann"),
        ("Bartsimpson", "bart_simpson"),
        ("mr. burns", "charles_montgomery_burns"),
        ("../../etc", "etc"),
        ("/etc/passwd", "etc_passwd"),
        ("..\\..\\windows", "windows"),
        ("C:\\", "c"),
        ("CON", "_con"),
        ("lpt1", "_lpt1"),
        ("others", "_others"),
        ("Characters", "_characters"),
        ("nobody WE know", NOBODY),
        ("Señor Ding-Dong", "señor_ding_dong"),
        ("=cmd()", "cmd"),
        ("a\0b\nc", "a_b_c"),
        ("Jose\u0301", "jos\u00e9"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_names_become_safe_labels(name: str, label: str) -> None:
    assert label_of(name, ()) == label


def test_hostile_names_stay_in_the_folder(tmp_path: Path) -> None:
    pictures = PictureFolder(tmp_path / "in")
    for name in ("../../etc", "x" * 60, "日" * 60, "CON", "a/../../b", "\u202egnp", "Otto 😀" * 9):
        saved = save(pictures, name)
        assert saved.path.resolve().is_relative_to(tmp_path / "in")
        assert len(saved.path.parent.name.encode()) <= 255
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]
    for name in ("", "   ", "😀" * 30, "😀" * 300, "..", "/", "___", "x" * 5000):
        with pytest.raises(DataError, match=r"a name (needs a letter or digit|has at most 60)") as error:
            save(pictures, name)
        assert len(str(error.value)) < 120
    assert_whole(tmp_path / "in")


def test_a_link_to_the_table_stays(tmp_path: Path) -> None:
    table = tmp_path / "shared.csv"
    table.write_text("file,character,scene,split\n")
    pictures = PictureFolder(tmp_path / "in")
    pictures.folder.mkdir()
    (pictures.folder / "pictures.csv").symlink_to(table)
    first = save(pictures, "Otto Mann")
    save(pictures, "Lenny", 1)
    pictures.remove(first)
    assert (pictures.folder / "pictures.csv").is_symlink()
    assert [row.character for row in pictures.rows()] == ["lenny"] and len(read_table(table)) == 1


def test_long_labels_of_a_table_stay_apart(tmp_path: Path) -> None:
    rows = "".join(f"a.jpg,{'a' * length},e,train\n" for length in (300, 301))
    (tmp_path / "pictures.csv").write_text(f"file,character,scene,split\n{rows}")
    pictures = PictureFolder(tmp_path)
    first, second = (save(pictures, "a" * length).path for length in (300, 301))
    assert first.parent != second.parent and len(first.parent.name) <= 100


def test_undo_removes_picture_and_row(tmp_path: Path) -> None:
    pictures = PictureFolder(tmp_path)
    kept, removed, nobody = (save(pictures, name, n) for n, name in enumerate(("Otto", "Otto", NOBODY)))
    pictures.remove(removed)
    pictures.remove(nobody)
    pictures.remove(nobody)  # as another process may have done
    assert pictures.rows() == [kept]
    assert files(tmp_path) == ["otto/pic_0000.jpg", "pictures.csv"] and not (tmp_path / "others").exists()
    assert save(pictures, "Otto", 3).path.name == "pic_0001.jpg"


def test_nothing_outside_is_removed(tmp_path: Path) -> None:
    outside = tmp_path / "mine.jpg"
    outside.write_bytes(b"mine")
    pictures = PictureFolder(tmp_path / "in")
    save(pictures, "Otto")
    with (tmp_path / "in" / "pictures.csv").open("a", newline="") as file:
        file.write("../mine.jpg,otto,e,train,,,,,,,,,\r\n")
    row = pictures.rows()[1]
    with pytest.raises(DataError, match="outside of"):
        pictures.remove(row)
    assert outside.read_bytes() == b"mine"


def test_an_existing_data_set_is_continued(tmp_path: Path) -> None:
    """Its table, which may have other columns, and its folders are kept."""
    (tmp_path / "characters" / "otto_mann").mkdir(parents=True)
    (tmp_path / "characters" / "otto_mann" / "mine.jpg").write_bytes(b"mine")
    text = 'file,character,scene,split,note\ncharacters/otto_mann/mine.jpg,otto_mann,1,val,"=a, ""b"""'
    (tmp_path / "pictures.csv").write_text(text)
    pictures = PictureFolder(tmp_path)
    assert [row.crop for row in pictures.rows()] == [""]
    saved = save(pictures, "Otto Mann", 1)
    assert saved.path.relative_to(tmp_path).as_posix() == "characters/otto_mann/pic_0000.jpg"
    first, second = table(tmp_path)
    assert (first["note"], first["split"], first["crop"]) == ('=a, "b"', "val", "")
    assert (second["note"], second["crop"]) == ("", "full")
    assert len(read_table(tmp_path / "pictures.csv")) == 2
    pictures.remove(saved)
    assert table(tmp_path)[0]["note"] == '=a, "b"' and len(table(tmp_path)) == 1


def test_a_label_in_a_table_never_leads_outside(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "pictures.csv").write_text(
        "file,character,scene,split\n../../x/a.jpg,../../etc,1,train\n/abs/a.jpg,otto,2,train\n"
    )
    pictures = PictureFolder(tmp_path / "in")
    for name in ("etc", "Otto"):
        assert save(pictures, name).path.resolve().is_relative_to(tmp_path / "in")


def test_pictures_without_a_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "otto").mkdir()
    (tmp_path / "otto" / "pic_0000.jpg").write_bytes(b"mine")
    with pytest.raises(DataError, match=r"has pictures but no pictures\.csv"):
        PictureFolder(tmp_path)
    assert files(tmp_path) == ["otto/pic_0000.jpg"]


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b'file,"', b"file,character\nx", b"file\n\n,\n" * 3])
def test_broken_tables_are_one_line(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "pictures.csv").write_bytes(text)
    with pytest.raises(DataError, match=r"pictures\.csv") as error:
        PictureFolder(tmp_path)
        read_table(tmp_path / "pictures.csv")
    assert "\n" not in str(error.value)


def test_a_foreign_file_is_never_overwritten(tmp_path: Path) -> None:
    pictures = PictureFolder(tmp_path)
    save(pictures, "Otto")
    (tmp_path / "otto" / "pic_0007.jpg").write_bytes(b"mine")
    assert save(pictures, "Otto").path.name == "pic_0008.jpg"
    assert (tmp_path / "otto" / "pic_0007.jpg").read_bytes() == b"mine"


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    pictures = PictureFolder(tmp_path)
    save(pictures, "Otto", 0)
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    for limit in (0, 100, 1000):
        with full_disk(limit), pytest.raises(SinkError, match="free some space"):
            save(pictures, "Maggie", 1)
        assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before
    assert not (tmp_path / "maggie").exists()
    save(pictures, "Maggie", 1)
    assert_whole(tmp_path)


def test_a_row_that_does_not_fit_is_taken_back(tmp_path: Path) -> None:
    pictures = PictureFolder(tmp_path)
    for number in range(80):  # until the table is larger than a picture
        saved = save(pictures, "Otto", number, episode="e" * 200)
    size = (tmp_path / "pictures.csv").stat().st_size
    assert size > saved.path.stat().st_size
    with full_disk(size + 50), pytest.raises(SinkError, match="free some space"):
        save(pictures, "Otto", 81)
    assert (tmp_path / "pictures.csv").stat().st_size == size and len(pictures.rows()) == 80
    assert_whole(tmp_path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/sys takes no files even from root")
@pytest.mark.parametrize("folder", ["/proc/self/new", "/sys/kernel", "/sys/kernel/new"])
def test_a_folder_without_write_permission_is_one_line(folder: str) -> None:
    with pytest.raises(SinkError, match=f"^{folder} cannot be (written|created): "):
        save(PictureFolder(Path(folder)), "Otto")


_SAVES = """
import sys
from pathlib import Path
from simpsons_training.labelling.picture_folder import PictureFolder
from tests.training.labelling.test_picture_folder import save
pictures = PictureFolder(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    save(pictures, "Otto Mann", number)
    print(number, flush=True)
"""


def start_saving(folder: Path, number: int, *, before: str = "") -> subprocess.Popen[str]:
    """Start a process that waits for a line, then saves this many pictures."""
    return subprocess.Popen(
        [sys.executable, "-c", before + _SAVES, str(folder), str(number)],
        env=environment(PYTHONPATH=":".join(map(str, [Path.cwd(), *sys.path]))),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_save_at_once_never_collide(tmp_path: Path) -> None:
    processes = [start_saving(tmp_path, 25) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert len(table(tmp_path)) == 75
    assert_whole(tmp_path)


def test_a_killed_process_does_no_harm(tmp_path: Path) -> None:
    saved = 0
    for run in range(4):
        with start_saving(tmp_path, 10_000) as process:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            for _ in range(4 + run):  # "ready" as well
                process.stdout.readline()
            time.sleep(0.001 * run)
            process.kill()
        saved += 3 + run
        pictures = PictureFolder(tmp_path)
        assert len(pictures.rows()) >= saved, "what was reported as saved is there"
        assert_whole(tmp_path)


_KILLED = """
import os
from simpsons_training.labelling import picture_files
from simpsons_training.labelling.table_file import TableFile

def kill_at(call, *, after):
    def killed(*args, **options):
        if after:
            call(*args, **options)
        os._exit(9)
    return killed

replace, count = os.replace, [0]

def replace_or_die(source, target):
    count[0] += 1
    if count[0] == {replaces}:
        os._exit(9)
    replace(source, target)

if {replaces}:
    os.replace = replace_or_die
else:
    setattr({owner}, "{name}", kill_at(getattr({owner}, "{name}"), after={after}))
"""


@pytest.mark.parametrize(
    ("owner", "name", "after", "replaces", "kept"),
    [
        ("os", "replace", False, 1, 0),  # of the journal
        ("os", "replace", False, 2, 0),  # of the picture
        ("os", "replace", False, 3, 1),  # of the new table
        ("TableFile", "append", False, 0, 1),
        ("TableFile", "append", True, 0, 1),
        ("picture_files.Path", "touch", False, 0, 0),
        ("picture_files.Path", "touch", True, 0, 0),
    ],
)
def test_a_process_killed_at_any_step_is_completed(
    tmp_path: Path, owner: str, name: str, after: bool, replaces: int, kept: int
) -> None:
    before = _KILLED.format(owner=owner, name=name, after=after, replaces=replaces)
    with start_saving(tmp_path, 1, before=before) as process:
        process.communicate("\n")
        assert process.returncode == 9
    pictures = PictureFolder(tmp_path)
    save(pictures, "Otto Mann", 5)
    assert len(pictures.rows()) == kept + 1
    assert_whole(tmp_path)


def test_a_removal_that_was_killed_is_completed(tmp_path: Path) -> None:
    pictures = PictureFolder(tmp_path)
    save(pictures, "Otto", 0)
    save(pictures, "Otto", 1)
    (tmp_path / ".unfinished.json").write_text(json.dumps({"file": "otto/pic_0001.jpg"}))
    assert len(PictureFolder(tmp_path).rows()) == 1
    assert_whole(tmp_path)


def test_a_journal_never_takes_what_is_not_ours(tmp_path: Path) -> None:
    pictures = PictureFolder(tmp_path)
    save(pictures, "Otto", 0)
    (tmp_path / "otto" / "pic_0001.jpg").write_bytes(b"mine")
    entry = {"file": "otto/pic_0001.jpg", "sha256": "0" * 64, "row": {"character": "otto"}}
    (tmp_path / ".unfinished.json").write_text(json.dumps(entry))
    assert len(PictureFolder(tmp_path).rows()) == 1
    assert (tmp_path / "otto" / "pic_0001.jpg").read_bytes() == b"mine"


@pytest.mark.parametrize("file", ["../precious.jpg", "otto/../../precious.jpg", "/precious.jpg"])
def test_a_journal_of_somebody_else_removes_nothing_outside(tmp_path: Path, file: str) -> None:
    precious = tmp_path / "precious.jpg"
    precious.write_bytes(b"mine")
    pictures = PictureFolder(tmp_path / "in")
    save(pictures, "Otto", 0)
    name = str(precious) if file.startswith("/") else file
    for entry in ({"files": ["otto/pic_0000.jpg", name]}, {"file": name, "sha256": "0", "row": {}}):
        (tmp_path / "in" / ".unfinished.json").write_text(json.dumps(entry))
        with pytest.raises(DataError, match=r"names a file outside of the folder\); remove it"):
            pictures.rows()
    assert precious.read_bytes() == b"mine" and (tmp_path / "in" / "otto" / "pic_0000.jpg").exists()


@pytest.mark.parametrize(
    ("column", "cell"), [("x_min", "1e400"), ("x_max", "-9"), ("time_s", "nan"), ("probability", "inf")]
)
def test_impossible_numbers_in_a_table_are_told(tmp_path: Path, column: str, cell: str) -> None:
    row = dict.fromkeys(("time_s", "probability"), "0.5") | dict.fromkeys(("x_min", "y_min"), "1")
    row |= dict.fromkeys(("x_max", "y_max"), "9") | {column: cell}
    (tmp_path / "pictures.csv").write_text(
        f"file,character,scene,split,{','.join(row)}\na.jpg,otto,s,train,{','.join(row.values())}\n"
    )
    with pytest.raises(DataError, match=r"pictures\.csv: invalid row \(.+\); repair or move it"):
        PictureFolder(tmp_path)


def test_a_picture_that_took_the_name_of_a_removed_one_stays(tmp_path: Path) -> None:
    first, second = PictureFolder(tmp_path), PictureFolder(tmp_path)
    saved = save(first, "Otto", 0)
    second.remove(saved)
    other = save(second, "Otto", 1)
    assert other.path == saved.path
    first.remove(saved)
    assert second.rows() == [other] and other.path.is_file()
