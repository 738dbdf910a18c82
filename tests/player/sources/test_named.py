"""Found names mean files; only typed names may mean a camera or standard input."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.core.play_request import PlayRequest, name_of
from simpsons_play.sources import Camera, PictureFolder, VideoFile, expand, open_source
from simpsons_play.sources.file_name import without_file_scheme
from simpsons_play.sources.play_queue import PlayQueue
from simpsons_play.sources.standard_input import StandardInput
from simpsons_play.window.shell.recent import RecentSources
from tests.media import make_pictures

ODD = ("7", "-", "camera:x", "0007")


@pytest.fixture(name="odd", autouse=True)
def odd_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with files whose names could mean devices."""
    monkeypatch.chdir(tmp_path)
    for name in ODD:
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize("how", ["pattern", "playlist", "dropped", "missing"])
def test_found_names_mean_files(how: str, odd: Path) -> None:
    if how == "pattern":
        names = expand(["[7c0-]*"])
    elif how == "playlist":
        (odd / "list.m3u").write_text("\n".join(ODD))
        names = expand(["list.m3u"])
    elif how == "dropped":
        names = expand(ODD, typed=False)
    else:
        (odd / "list.m3u").write_text("\n".join([*ODD, "8", "camera:logi", "CAMERA:0", "-"]))
        for name in ODD:
            (odd / name).unlink()
        names = expand(["list.m3u"])
        assert names == ["./7", "./-", "./0007", "./8", "./-"], "camera:logi looks like an address"
    if how != "missing":
        assert sorted(names) == sorted(f"./{name}" for name in ODD)
    for name in names:
        source = open_source(name)
        assert isinstance(source, VideoFile) and not isinstance(source, StandardInput), name


def test_typed_names_mean_devices_unless_such_a_file_exists(odd: Path) -> None:
    messages: list[str] = []
    assert expand(["7"], tell=messages.append) == ["./7"] and "give camera:7" in messages[0]
    assert expand(["7", "8", "-", "camera:x", "camera:y"]) == ["./7", "8", "-", "./camera:x", "camera:y"]
    assert isinstance(open_source("8"), Camera) and isinstance(open_source("camera:8"), Camera)
    (odd / "7").unlink()
    make_pictures(odd / "7", ["1.png"])
    assert expand(["7"]) == ["./7"] and isinstance(open_source("./7"), PictureFolder)


def test_outputs_are_named_after_the_file(odd: Path) -> None:
    assert [name_of(name) for name in ("./7", "./camera:x", "8")] == ["7", "camera-x", "camera-8"]


def test_dropped_names_do_not_mean_devices(odd: Path) -> None:
    played = PlayQueue([], PlayRequest(""), tell=lambda line: None)
    for name in ("camera:logi", "9", "data:video/mp4,x", "concat://a|b", "mailto://x"):
        with pytest.raises(SourceError):
            played.play_instead([name])
    for address in ("rtsp://host/1", "udp://@:1234"):
        played.play_instead([address])
    played.play_instead(["9"], typed=True)
    assert played.current is not None and played.current.source == "9"


PROTOCOLS = (
    "rtsp://host/1",
    "udp://@:1234",
    "tcp://host:1",
    "concat:a.avi|b.avi",
    "data:video/mp4;base64,AAAA",
    "pipe:0",
    "fd:0",
    "ftp://host/x.avi",
    "ffconcat:x",
    "\\\\server\\share\\x.avi",
    "file://server/share/x.avi",
)


@pytest.mark.parametrize("entry", PROTOCOLS)
def test_playlists_may_name_only_files_and_web_addresses(entry: str, odd: Path) -> None:
    messages: list[str] = []
    (odd / "list.m3u").write_text(f"{entry}\nHTTPS://host/x.mp4\n")
    assert expand(["list.m3u"], tell=messages.append) == ["HTTPS://host/x.mp4"]
    assert len(messages) == 1 and entry in messages[0]
    (odd / "list.m3u").write_text(f"{entry}\n")
    with pytest.raises(SourceError, match=r"^list\.m3u lists nothing that can be played$"):
        expand(["list.m3u"])


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
def test_a_disconnected_camera_must_be_typed(odd: Path) -> None:
    messages: list[str] = []
    (odd / "list.m3u").write_text("/dev/video93\n7\n")
    assert expand(["list.m3u"], tell=messages.append) == ["./7"] and "a device or a pipe" in messages[0]
    with pytest.raises(SourceError, match="a device or a pipe"):
        expand(["/dev/video93"], typed=False)
    assert expand(["/dev/video93"]) == ["/dev/video93"]


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
def test_devices_and_pipes_must_be_typed(odd: Path) -> None:
    os.mkfifo(odd / "pipe.avi")
    messages: list[str] = []
    (odd / "list.m3u").write_text("/dev/null\npipe.avi\n7\n")
    assert expand(["list.m3u", "p*.avi", "7"][:1], tell=messages.append) == ["./7"]
    assert ["/dev/null" in messages[0], "pipe.avi" in messages[1], len(messages)] == [True, True, 2]
    (odd / "pine.avi").touch()
    assert expand(["pi*.avi"], tell=messages.append) == ["pine.avi"] and "pipe.avi" in messages[2]
    assert expand(["."]) == ["pine.avi"]
    assert expand(["pipe.avi"]) == ["pipe.avi"]
    assert expand([(odd / "pipe.avi").as_uri()]) == [str(odd / "pipe.avi")]
    for name in ("pipe.avi", "/dev/null"):
        with pytest.raises(SourceError, match="a device or a pipe"):
            expand([name], typed=False)


@pytest.mark.skipif(os.name == "nt", reason="paths of another system")
def test_file_urls_are_paths(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = odd / "a film #1 50%.avi"
    film.touch()
    address = film.as_uri()
    assert "%20" in address and "%25" in address
    for form in (
        address,
        address.replace("file:///", "file://localhost/"),
        address.replace("file:///", "FILE:///"),
        address.replace("file:///", "file:/"),
    ):
        assert expand([form]) == [str(film)]
        source = open_source(form)
        assert isinstance(source, VideoFile)
        with pytest.raises(SourceError, match=f"^{re.escape(str(film))} is empty"):
            source.__enter__()
    (odd / "list.m3u8").write_text(f"{address}\n")
    assert expand(["list.m3u8"]) == [str(film)]
    assert expand([odd.as_uri()]) == [str(film)], "a folder"
    assert expand([address], typed=False) == [str(film)]
    with pytest.raises(SourceError, match="another computer"):
        expand(["file://server/share/x.avi"])
    with pytest.raises(SourceError, match="does not name a file"):
        expand(["file://x"])


def test_file_urls_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simpsons_play.sources.file_name.sys.platform", "win32")
    assert without_file_scheme("file:///C:/my%20films/a.avi") == "C:/my films/a.avi"
    assert without_file_scheme("file:///c|/a.avi") == "c:/a.avi"
    assert without_file_scheme("file://server/share/a.avi") == "//server/share/a.avi"
    assert without_file_scheme("C:\\a.avi") == "C:\\a.avi"


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
def test_pipes_are_not_remembered(odd: Path) -> None:
    os.mkfifo(odd / "pipe.ts")
    recent = RecentSources()
    before = recent.sources()
    for name in ("pipe.ts", "9", "/dev/null"):
        recent.add(name)
    assert recent.sources() == before
    recent.add("./7")
    assert recent.sources()[0] == str(odd / "7")
