"""Web addresses, on a server in this process: variants, lists, web pages, and what lists may open."""

from __future__ import annotations

import dataclasses
import functools
import http.server
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.core.results import FrameResult
from simpsons_play.sinks import VideoWriter
from simpsons_play.sources import VideoFile, lists, open_source, sound
from simpsons_play.sources.opening import open_container
from simpsons_play.sources.sound import SoundFile
from simpsons_play.sources.standard_input import StandardInput
from simpsons_play.sources.variants import sound_of
from simpsons_play.sources.web import open_url
from tests.commands import assert_one_error_line, simpsons
from tests.fakes import write_colour_model
from tests.media import MKV, Studio, make_video, number_of, numbered

SIZES = {"low": (64, 48), "high": (160, 120), "middle": (96, 72)}


class Visit(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and records the requests."""

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers.get("User-Agent", "")))
        if self.path == "/moved.m3u8":
            self.send_response(302)
            self.send_header("Location", "/master.m3u8")
            self.end_headers()
        elif self.path.startswith("/endless/"):
            self.send_endless(self.path)
        elif self.path == "/picky.mkv" and "Mozilla" not in self.headers.get("User-Agent", ""):
            self.send_error(403)
        else:
            super().do_GET()

    def send_endless(self, path: str) -> None:
        """Send an endless response."""
        number = len(self.server.requests)
        pieces = {
            "double": f"#EXT-X-STREAM-INF:BANDWIDTH=1\n{number}/double.m3u8\n" * 2 + "#",
            "variants": "#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n" * 20_000,
            "segments": "#EXTINF:1,\na.ts\n" * 20_000,
            "text": "D'oh!\n" * 20_000,
            "drops": " ",
        }
        kind = Path(path).stem
        self.send_response(200)
        self.end_headers()
        if path.endswith(".m3u8"):
            self.wfile.write(b"#EXTM3U\n")
        with suppress(OSError):  # the reader closed the connection
            self.wfile.write(pieces[kind].replace("a.m3u8", f"{number}.m3u8").encode())
            while kind != "double" and not self.server.ended.wait(0.05 if kind == "drops" else 0):
                self.wfile.write(pieces[kind].encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(name="server")
def server_fixture(tmp_path: Path) -> Iterator[http.server.ThreadingHTTPServer]:
    handler = functools.partial(Visit, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.requests = []
        server.ended = threading.Event()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.ended.set()
        server.shutdown()
        thread.join()


def address(server: http.server.ThreadingHTTPServer, name: str) -> str:
    return f"http://127.0.0.1:{server.server_port}/{name}"


def make_variant(folder: Path, name: str, *, frames: int = 100) -> None:
    """Write one variant of an HLS stream with sound, at 25 frames per second in segments of one second."""
    width, height = SIZES[name]
    options = {"hls_time": "1", "hls_list_size": "0", "hls_segment_filename": str(folder / f"{name}_%d.ts")}
    with av.open(str(folder / f"{name}.m3u8"), "w", format="hls", options=options) as out:
        stream = out.add_stream("libx264", rate=25, options={"g": "25", "bf": "0", "qp": "10"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        sound = out.add_stream("aac", rate=48_000, layout="mono")
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(numbered(number, (width, height)), format="bgr24")
            picture.pts = number
            out.mux(stream.encode(picture))
            wave = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.float32), format="fltp", layout="mono")
            wave.sample_rate, wave.pts = 48_000, number * 1920
            out.mux(sound.encode(wave))
        out.mux(stream.encode())
        out.mux(sound.encode())


def make_master(folder: Path) -> None:
    lines = ["#EXTM3U"]
    for bandwidth, name in ((900_000, "low"), (400_000, "high"), (300_000, "middle")):
        make_variant(folder, name)
        width, height = SIZES[name]
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={width}x{height}", f"{name}.m3u8"]
    (folder / "master.m3u8").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("where", ["master.m3u8", "moved.m3u8", "disk"])
def test_only_the_best_variant_is_loaded(
    where: str, server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    make_master(tmp_path)
    name = str(tmp_path / "master.m3u8") if where == "disk" else address(server, where)
    with open_source(name) as source:
        assert (source.info.width, source.info.height) == SIZES["high"] and source.info.has_sound
        frames = list(source)
    assert [number_of(frame.image) for frame in frames] == list(range(100))
    if where != "disk":
        loaded = {path for path, _ in server.requests if path.endswith(".ts")}
        assert {f"/high_{number}.ts" for number in range(4)} <= loaded
        assert not {path for path in loaded if path.endswith(("_2.ts", "_3.ts"))} - {
            "/high_2.ts",
            "/high_3.ts",
        }


def test_only_the_sound_of_the_variant_is_recorded(tmp_path: Path) -> None:
    make_master(tmp_path)
    model, out = write_colour_model(tmp_path / "m.onnx"), tmp_path / "out.mkv"
    options = ("--no-window", "--no-cache", "--model", model, "-o", out)
    done = simpsons("play", tmp_path / "master.m3u8", *options)
    assert done.returncode == 0, done.stderr
    with av.open(str(out)) as recorded:
        assert len(recorded.streams.audio) == 1 and recorded.streams.video[0].width == SIZES["high"][0]


@pytest.mark.parametrize("name", ["master.m3u8", "film.mkv"])
def test_the_sound_of_a_file_on_the_web_is_recorded(
    name: str, server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    make_master(tmp_path)
    make_video(tmp_path, dataclasses.replace(MKV, name="film.mkv"))
    model, out = write_colour_model(tmp_path / "m.onnx"), tmp_path / "out.mkv"
    options = ("--no-window", "--no-cache", "--model", model, "-o", out)
    done = simpsons("play", address(server, name), *options)
    assert done.returncode == 0 and "Warning" not in done.stderr, done.stderr
    with av.open(str(out)) as recorded:
        (sound,) = recorded.streams.audio
        ends = [packet.pts * sound.time_base for packet in recorded.demux(sound) if packet.size]
    assert float(max(ends)) == pytest.approx(4.0 if name == "master.m3u8" else 1.92, abs=0.1)
    loaded = {path for path, _ in server.requests if path.endswith(".ts")}
    assert not {path for path in loaded if path.endswith(("_2.ts", "_3.ts"))} - {
        "/high_2.ts",
        "/high_3.ts",
    }


def test_a_server_that_answers_only_once_is_recorded_without_sound(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    make_video(tmp_path, dataclasses.replace(MKV, name="once.mkv"))
    messages: list[str] = []
    with open_source(address(server, "once.mkv")) as source:
        (tmp_path / "once.mkv").unlink()
        writer = VideoWriter(
            tmp_path / "out.mp4",
            source.info,
            marks=lambda size, _: (),
            media=source.info.media,
            warn=messages.append,
        )
        with writer as sink:
            for frame in source:
                sink.write(frame, FrameResult(frame.index, frame.time_s, False, (), ()))
    assert len(messages) == 1 and "out.mp4: without sound: http" in messages[0]
    with VideoFile(tmp_path / "out.mp4") as recorded:
        assert len(list(recorded)) == 48


@pytest.mark.parametrize("name", ["master.m3u8", "film.mkv"])
def test_the_sound_of_a_file_on_the_web_is_decoded(
    name: str, server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    make_master(tmp_path)
    make_video(tmp_path, dataclasses.replace(MKV, name="film.mkv"))
    with SoundFile(address(server, name)) as sound:
        assert len(sound.streams) == 1
        heard = sum(len(block) for block in sound.samples(Fraction(1), rate=8000))
    assert heard / 8000 == pytest.approx(3.0 if name == "master.m3u8" else 0.94, abs=0.1)
    assert not [path for path, _ in server.requests if path.endswith(("low_3.ts", "middle_3.ts"))]


def test_the_sound_of_a_live_stream_is_refused(
    server: http.server.ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(tmp_path, dataclasses.replace(MKV, name="film.mkv"))
    monkeypatch.setattr(sound, "is_live", lambda container: True)
    with pytest.raises(SourceError, match="is live; only the sound of files"):
        SoundFile(address(server, "film.mkv"))


def test_sound_belongs_to_the_variant(tmp_path: Path) -> None:
    make_master(tmp_path)
    with open_container(str(tmp_path / "master.m3u8")) as container:
        pictures = next(stream for stream in container.streams.video if stream.codec_context.width == 160)
        (sound,) = sound_of(container, pictures)
        assert container.streams[sound].type == "audio"
        assert container.streams[sound].metadata["variant_bitrate"] == "400000"


@pytest.mark.parametrize("start_s", [1.0, 2.52])
def test_a_variant_can_be_sought(
    start_s: float, server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    make_master(tmp_path)
    with open_source(address(server, "master.m3u8"), start_s=start_s, duration_s=0.2) as source:
        shown = [(number_of(frame.image), frame.time_s) for frame in source]
    assert len(shown) == 5
    assert all(abs(number / 25 - time_s) < 0.05 for number, time_s in shown)


def make_sound_group(folder: Path) -> None:
    """Write two variants without sound of their own, each of which refers to one of two sound groups."""
    make_master(folder)
    lines = ["#EXTM3U"]
    for group in ("low", "high"):
        source = folder / f"{group}.m3u8"
        with av.open(str(source)) as media:
            for kind in ("audio", "video"):
                stream = media.streams.get({kind: 0})[0]
                options = {"hls_time": "1", "hls_list_size": "0"}
                options["hls_segment_filename"] = str(folder / f"{group}_{kind}_%d.ts")
                with av.open(str(folder / f"{group}_{kind}.m3u8"), "w", format="hls", options=options) as out:
                    copied = out.add_stream_from_template(stream)
                    media.seek(0)
                    for packet in media.demux(stream):
                        if packet.dts is not None:
                            packet.stream = copied
                            out.mux(packet)
        lines.append(f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{group}",NAME="{group}",URI="{group}_audio.m3u8"')
    for bandwidth, name in ((300_000, "low"), (900_000, "high")):
        width, height = SIZES[name]
        lines.append(f'#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={width}x{height},AUDIO="{name}"')
        lines.append(f"{name}_video.m3u8")
    (folder / "groups.m3u8").write_text("\n".join(lines) + "\n")


def test_sound_of_a_group_belongs_to_the_variant_that_names_it(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    make_sound_group(tmp_path)
    server.requests.clear()
    with open_source(address(server, "groups.m3u8")) as source:
        assert (source.info.width, source.info.height) == SIZES["high"] and source.info.has_sound
        assert [number_of(frame.image) for frame in source] == list(range(100))
    late = {path for path, _ in server.requests if path.endswith("_3.ts")}
    assert late == {"/high_video_3.ts", "/high_audio_3.ts"}


def test_servers_that_require_a_browser_send_the_video(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    Studio(tmp_path).video(MKV).rename(tmp_path / "picky.mkv")
    with open_source(address(server, "picky.mkv")) as source:
        assert len(list(source)) == 48


PAGE = "<!DOCTYPE html><html><body>Watch it here</body></html>" * 30


def test_a_web_page_is_reported_as_such(server: http.server.ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / "watch").write_text(PAGE)
    (tmp_path / "page.html").write_text(PAGE)
    where = address(server, "watch")
    done = simpsons("play", where, "--no-window")
    assert_one_error_line(done, f"{where} is a web page, not a video; give the address of the video itself")
    with pytest.raises(SourceError, match="it is a web page, not a video"):
        open_source(str(tmp_path / "page.html")).__enter__()
    (tmp_path / "list").write_text("#EXTM3U\nfilm.mkv\n")
    with pytest.raises(SourceError, match="is a playlist, not a video; save it"):
        open_source(address(server, "list")).__enter__()
    with pytest.raises(SourceError, match="404"):
        open_source(address(server, "nothing")).__enter__()


def test_a_response_that_is_not_http_cannot_be_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            visitor, _ = server.accept()
            with visitor:
                visitor.recv(1024)
                visitor.sendall(b"D'oh!\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        place = f"http://127.0.0.1:{server.getsockname()[1]}/film.mp4"
        with pytest.raises(OSError, match="does not answer as HTTP requires"), open_url(place):
            pass
        thread.join()


@pytest.fixture(name="trap")
def trap_fixture() -> Iterator[socket.socket]:
    """A server to which nothing may connect."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        yield trap


@pytest.mark.parametrize("protocol", ["tcp", "rtsp", "rtmp", "gopher", "ftp", "http", "https"])
@pytest.mark.parametrize("kind", ["hls.m3u8", "list.ffconcat", "s.sdp", "a.mpd", "film.avi"])
def test_files_on_disk_connect_only_to_allowed_protocols(
    protocol: str, kind: str, trap: socket.socket, tmp_path: Path
) -> None:
    port = trap.getsockname()[1]
    where = f"{protocol}://127.0.0.1:{port}/x.ts"
    contents = {
        "hls.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{where}\n#EXT-X-ENDLIST\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile {where}\n",
        "s.sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n",
        "a.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
        f'bandwidth="1"><BaseURL>{where}</BaseURL></Representation></AdaptationSet></Period></MPD>',
        "film.avi": f"ffconcat version 1.0\nfile {where}\n",
    }
    path = tmp_path / kind
    path.write_text(contents[kind])
    web = protocol in ("http", "https") and kind == "hls.m3u8"
    if web:
        trap.close()  # allowed; the connection is refused immediately
    with pytest.raises(SourceError) as caught:
        open_source(str(path)).__enter__()
    assert "\n" not in str(caught.value)
    if not web:
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_a_list_in_a_pipe_opens_no_files(tmp_path: Path) -> None:
    Studio(tmp_path).video(MKV)
    (tmp_path / "l").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{tmp_path}/{MKV.name}\n#EXT-X-ENDLIST\n"
    )
    with (tmp_path / "l").open("rb") as file, pytest.raises(SourceError):
        StandardInput(descriptor=file.fileno()).__enter__()


def test_hls_on_disk_may_have_its_segments_on_the_web(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    make_variant(tmp_path, "low", frames=50)
    text = (tmp_path / "low.m3u8").read_text().replace("low_", address(server, "low_"))
    (tmp_path / "far.m3u8").write_text(text)
    with open_source(str(tmp_path / "far.m3u8")) as source:
        assert len(list(source)) == 50


def test_other_kinds_of_files_are_reported_as_such(tmp_path: Path) -> None:
    for name, content, what in (
        ("notes.txt", b"Homer\n" * 500, "a text file"),
        ("film.srt", b"1\n00:00:01,000 --> 00:00:02,000\nD'oh!\n", "a subtitle file"),
        ("film.mp4", b"PK\x03\x04" + bytes(100), "a ZIP archive"),
        ("film.mkv", b"Rar!\x1a\x07\x01\x00" + bytes(100), "a RAR archive"),
        ("list.txt", b"#EXTM3U\nfilm.mkv\n", "a playlist"),
        ("x.mpd", b"<?xml version='1.0'?>\n<MPD xmlns='x'>", "a DASH manifest"),
        ("x.sdp", b"v=0\no=- 0 0 IN IP4 1.1.1.1\ns=x\nm=video 1 RTP/AVP 96\n", "SDP"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError, match=what) as caught:
            open_source(str(tmp_path / name)).__enter__()
        assert "\n" not in str(caught.value) and name in str(caught.value)


def test_contents_win_over_suffixes(tmp_path: Path) -> None:
    Studio(tmp_path).video(MKV).rename(tmp_path / "film.mp4")
    for name in ("film.mp4", "film.jpg"):
        if name == "film.jpg":
            (tmp_path / "film.mp4").rename(tmp_path / name)
        with open_source(str(tmp_path / name)) as source:
            assert len(list(source)) == 48
    (tmp_path / "photo.mp4").write_bytes(cv2.imencode(".png", numbered(5))[1].tobytes())
    with open_source(str(tmp_path / "photo.mp4")) as source:
        assert [number_of(frame.image) for frame in source] == [5] and source.info.stills


@pytest.mark.parametrize(
    "lists",
    [
        {"list.m3u8": "#EXT-X-STREAM-INF:BANDWIDTH=1\nlist.m3u8\n"},
        {"list.m3u8": "#EXT-X-STREAM-INF:BANDWIDTH=1\n./list.m3u8?x=1\n"},
        {
            "list.m3u8": "#EXT-X-STREAM-INF:BANDWIDTH=1\nother.txt\n",
            "other.txt": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlist.m3u8\n",
        },
        {
            "list.m3u8": '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="list.m3u8"\n'
            '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\nlist.m3u8\n'
        },
    ],
    ids=["itself", "itself by another name", "each other", "as a rendition"],
)
def test_a_recursive_hls_list_is_refused(lists: dict[str, str], tmp_path: Path) -> None:
    """ffmpeg would follow it until memory is full."""
    for name, text in lists.items():
        (tmp_path / name).write_text(text if text.startswith("#EXTM3U") else f"#EXTM3U\n{text}")
    with pytest.raises(SourceError, match="leads back to itself"), VideoFile(tmp_path / "list.m3u8"):
        pass


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("double.m3u8", "leads back to itself|leads to more than 500 others"),
        ("variants.m3u8", "is a playlist of more than 16 MiB"),
        ("segments.m3u8", "is a playlist of more than 16 MiB"),
        ("drops.m3u8", "its playlist did not arrive within 0.3 s"),
        ("text.txt", "is a text file"),
    ],
)
def test_endless_responses_are_a_one_line_error(
    name: str, why: str, server: http.server.ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.startswith("drops"):
        monkeypatch.setattr(lists, "_TIMEOUT_S", 0.3)
    with pytest.raises(SourceError, match=why) as caught:
        open_source(address(server, f"endless/{name}")).__enter__()
    assert "\n" not in str(caught.value) and len(server.requests) < 1000


@pytest.mark.parametrize("where", ["web", "disk"])
def test_a_recursive_list_on_the_web_is_refused(
    where: str, server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    (tmp_path / "a.m3u8").write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nb.m3u8\n")
    (tmp_path / "b.m3u8").write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n/a.m3u8\n")
    (tmp_path / "disk.m3u8").write_text(
        f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{address(server, 'a.m3u8')}\n"
    )
    name = str(tmp_path / "disk.m3u8") if where == "disk" else address(server, "a.m3u8")
    with pytest.raises(SourceError, match="leads back to itself"):
        open_source(name).__enter__()
    assert len(server.requests) < 10


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ngood.mkv\n#EXTINF:1,\npipe.ts\n"),
        ("key.m3u8", '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="pipe.ts"\n#EXTINF:1,\ngood.mkv\n'),
        ("outer.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n"),
        ("a.ffconcat", "ffconcat version 1.0\nfile good.mkv\nfile pipe.ts\n"),
        ("called.avi", "ffconcat version 1.0\nfile 'pipe.ts'\n"),
    ],
)
def test_a_list_that_names_a_pipe_is_refused(name: str, content: str, tmp_path: Path) -> None:
    """ffmpeg would wait for a writer forever, and Ctrl-C could not interrupt it."""
    os.mkfifo(tmp_path / "pipe.ts")
    Studio(tmp_path).video(MKV).rename(tmp_path / "good.mkv")
    (tmp_path / "a.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\npipe.ts\n")
    (tmp_path / name).write_text(content)
    with pytest.raises(SourceError, match=r"lists .*pipe\.ts, which is a device or a pipe, not a file"):
        open_source(str(tmp_path / name)).__enter__()


def test_schemes_may_be_upper_case(server: http.server.ThreadingHTTPServer, tmp_path: Path) -> None:
    Studio(tmp_path).video(MKV)
    with open_source(address(server, MKV.name).replace("http", "HTTP")) as source:
        assert len(list(source)) == 48


def test_damage_in_a_listed_file_is_not_blamed_on_the_list(tmp_path: Path) -> None:
    Studio(tmp_path).video(MKV)
    video = tmp_path / MKV.name
    with av.open(str(video)) as media:
        place = min(packet.pos for packet in media.demux(video=0) if packet.pos)
    video.write_bytes(video.read_bytes()[: place + 9] + bytes(video.stat().st_size - place - 9))
    (tmp_path / "a.ffconcat").write_text(f"ffconcat version 1.0\nfile {MKV.name}\n")
    with pytest.raises(SourceError) as caught:
        open_source(str(tmp_path / "a.ffconcat")).__enter__()
    assert "copy it again" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_an_unknown_host_is_named(scheme: str) -> None:
    with pytest.raises(SourceError, match=r"the host camera\.invalid is unknown; check the address"):
        with open_source(f"{scheme}://user:secret@camera.invalid/1.mp4"):
            pass
