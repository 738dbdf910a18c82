"""RTSP servers that support only UDP."""

from __future__ import annotations

import re
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.sources import open_source
from tests.media import Recipe, Studio, number_of

TS = Recipe("live.ts", options={"g": "4", "bf": "0"}, frames=96)


class Server(socketserver.ThreadingTCPServer):
    """Sends a transport stream by RTP over UDP in a loop; answers requests for TCP with `status`."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, content: bytes, status: str) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.content, self.status = content, status
        self.transports: list[str] = []
        self.over = threading.Event()


class Visit(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        while (line := self.rfile.readline()) and not self.server.over.is_set():
            method, target, _ = line.decode().split()
            headers = {}
            while (header := self.rfile.readline().strip()) != b"":
                name, _, value = header.decode().partition(":")
                headers[name.strip().lower()] = value.strip()
            with suppress(OSError):
                getattr(self, f"do_{method}", self.do_OPTIONS)(target, headers)

    def answer(self, headers: dict[str, str], *lines: str, status: str = "200 OK", body: str = "") -> None:
        head = [f"RTSP/1.0 {status}", f"CSeq: {headers['cseq']}", *lines]
        if body:
            head.append(f"Content-Length: {len(body)}")
        self.wfile.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())

    def do_OPTIONS(self, target: str, headers: dict[str, str]) -> None:
        self.answer(headers, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")

    def do_DESCRIBE(self, target: str, headers: dict[str, str]) -> None:
        lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=x", "c=IN IP4 127.0.0.1", "t=0 0"]
        lines += ["m=video 0 RTP/AVP 33", "a=control:track1", ""]
        self.answer(headers, "Content-Type: application/sdp", body="\r\n".join(lines))

    def do_SETUP(self, target: str, headers: dict[str, str]) -> None:
        transport = headers["transport"]
        self.server.transports.append("tcp" if "TCP" in transport else "udp")
        ports = re.search(r"client_port=(\d+)", transport)
        if ports is None:
            self.answer(headers, status=self.server.status)
            return
        self.port = int(ports[1])
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.bind(("127.0.0.1", 0))
        own = self.sender.getsockname()[1]
        self.answer(headers, f"Transport: {transport};server_port={own}-{own + 1}", "Session: 1")

    def do_PLAY(self, target: str, headers: dict[str, str]) -> None:
        self.answer(headers, "Session: 1")
        threading.Thread(target=self.send, daemon=True).start()

    def send(self) -> None:
        packet, content = 0, self.server.content
        with self.sender:
            while not self.server.over.is_set():
                for start in range(0, len(content), 1316):
                    head = struct.pack(">BBHII", 0x80, 33, packet & 0xFFFF, packet * 900, 7)
                    self.sender.sendto(head + content[start : start + 1316], ("127.0.0.1", self.port))
                    packet += 1
                    self.server.over.wait(0.002)


@contextmanager
def serving(content: bytes, status: str) -> Iterator[Server]:
    with Server(content, status) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("status", ["461 Unsupported Transport", "400 Bad Request", "500 No"])
def test_udp_is_tried_if_a_server_rejects_tcp(status: str, tmp_path: Path) -> None:
    content = Studio(tmp_path).video(TS).read_bytes()
    with serving(content, status) as server:
        with open_source(f"rtsp://127.0.0.1:{server.server_address[1]}/1", duration_s=0.5) as source:
            frame = next(iter(source))
            assert source.info.live and 0 <= number_of(frame.image) < 96
        assert server.transports[0] == "tcp" and server.transports[-1] == "udp"


def test_a_missing_stream_is_requested_once(tmp_path: Path) -> None:
    with (
        serving(b"", "404 Not Found") as server,
        pytest.raises(SourceError, match="404"),
    ):
        open_source(f"rtsp://127.0.0.1:{server.server_address[1]}/1").__enter__()
    assert server.transports == ["tcp"]
