"""`simpsons label` as a user runs it: in a pseudo-terminal, through pipes, and without a display."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simpsons_play.cast.cast_file import CastFile
from simpsons_training.labelling.picture_folder import PictureFolder
from tests.commands import HANGS_S, assert_one_error_line, environment, simpsons, started, wait_for
from tests.player.cast.test_cast import taught
from tests.training.labelling.episodes import make_episode

_ACTION, _NAME, _WHO = "What to do (1-6): ", "goes back): ", "Enter for 1): "


@pytest.fixture(scope="module")
def episode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_episode(tmp_path_factory.mktemp("season"), "e1.mp4", [1, 2, 3, 4])


def files(folder: Path) -> list[str]:
    with (folder / "pictures.csv").open(newline="") as file:
        return [row["file"] for row in csv.DictReader(file)]


class Prompts:
    """A command in a pseudo-terminal."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process, self._terminal, self._unread = process, terminal, ""

    def read_until(self, text: str) -> str:
        """Read what is shown until a text, which must come."""
        end_s = time.monotonic() + HANGS_S
        while text not in self._unread:
            assert time.monotonic() < end_s, self._unread[-2000:]
            try:
                self._unread += os.read(self._terminal, 1 << 16).decode(errors="replace")
            except OSError:  # the command has ended
                raise AssertionError(self._unread[-2000:]) from None
        shown, _, self._unread = self._unread.partition(text)
        return shown + text

    def answer(self, text: str, until: str) -> str:
        """Type a line, and read until a text."""
        os.write(self._terminal, f"{text}\n".encode())
        return self.read_until(until)

    def end_by(self, key: bytes) -> tuple[int, str]:
        """Press a key until the command has ended; gives its exit code and what it has shown."""
        end_s = time.monotonic() + HANGS_S
        while self.process.poll() is None and time.monotonic() < end_s:
            os.write(self._terminal, key)  # again, as one is lost that comes before the prompt waits for it
            time.sleep(0.3)
        try:
            while data := os.read(self._terminal, 1 << 16):
                self._unread += data.decode(errors="replace")
        except OSError:
            pass
        return self.process.wait(HANGS_S), self._unread


@contextmanager
def in_terminal(*args: object, term: str = "dumb") -> Iterator[Prompts]:
    """Start `simpsons label --terminal ARGS` in a pseudo-terminal, which controls it."""
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "simpsons_play", "label", "--terminal", *map(str, args)],
        env=environment(TERM=term, COLORTERM="truecolor", COLUMNS="60", LINES="40", NO_COLOR=None),
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=_control_terminal,
    )
    os.close(end)
    try:
        yield Prompts(process, terminal)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def _control_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_episodes_are_labelled_in_a_terminal(episode: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    with in_terminal(episode, "--into", folder) as prompts:
        shown = prompts.read_until(_ACTION)
        preview = Path(shown.partition("Preview: ")[2].partition("\r\n")[0])
        assert preview.is_file() and preview.read_bytes()[:2] == b"\xff\xd8"
        assert "1: left half  2: whole frame" in shown and "\x1b" not in shown
        first = preview.read_bytes()
        assert "1: Mr. Burns" in prompts.answer("1", _NAME) + prompts.answer("burns", _WHO)
        assert "Saved Mr. Burns" in prompts.answer("", _ACTION)
        prompts.answer("3", _NAME)
        assert "1: Bart Simpson" in prompts.answer("simp", _WHO)
        prompts.answer("1", _ACTION)
        assert preview.read_bytes() == first, "the same frame until the next is asked for"
        prompts.answer("4", _ACTION)
        assert preview.read_bytes() != first
        prompts.answer("2", _NAME)
        assert "1: new character: Otto Mann" in prompts.answer("Otto Mann", _WHO)
        assert "3 saved" not in prompts.answer("2", _NAME), "another name"
        prompts.answer("", _ACTION)
        prompts.answer("2", _NAME)
        prompts.answer("Otto Mann", _WHO)
        assert "3 pictures saved)" in prompts.answer("1", _ACTION), "and the next frame"
        assert "Removed Otto Mann" in prompts.answer("5", _ACTION)
        assert all("Give a number from 1 to 6." in prompts.answer(wrong, _ACTION) for wrong in ("7", "x", ""))
        os.write(prompts._terminal, b"6\n")
        assert "2 pictures saved in" in prompts.read_until("pictures\r\n")
        assert prompts.process.wait(HANGS_S) == 0
    assert files(folder) == ["charles_montgomery_burns/pic_0000.jpg", "bart_simpson/pic_0000.jpg"]
    assert not preview.parent.exists()


def test_ctrl_c_keeps_everything_and_the_next_run_goes_on(episode: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    with in_terminal(episode, "--into", folder) as prompts:
        prompts.read_until(_ACTION)
        prompts.answer("2", _NAME)
        prompts.answer("burns", _WHO)
        prompts.answer("1", _ACTION)
        second = prompts.answer("4", _ACTION)
        code, shown = prompts.end_by(b"\x03")
        assert code == 130 and "1 picture saved in" in shown and "Traceback" not in shown
    assert files(folder) == ["charles_montgomery_burns/pic_0000.jpg"]
    with in_terminal(episode, "--into", folder) as prompts:
        again = prompts.read_until(_ACTION)
        assert again.splitlines()[0].partition("(")[0] == second.splitlines()[1].partition("(")[0]
        prompts.answer("4", _ACTION)
        os.write(prompts._terminal, b"4\n")
        prompts.read_until("No more frames")
        assert prompts.process.wait(HANGS_S) == 0
    assert len(PictureFolder(folder).rows()) == 1


def test_the_frame_is_drawn_where_there_are_colours(episode: Path, tmp_path: Path) -> None:
    with in_terminal(episode, "--into", tmp_path / "pictures", term="xterm-256color") as prompts:
        shown = prompts.read_until(_ACTION)
        assert shown.count("\u2580") >= 20 * 20 and "\x1b[38;2;" in shown
        code, _ = prompts.end_by(b"\x04")
        assert code == 0, "Ctrl-D ends the input"


def test_answers_are_read_from_a_pipe(episode: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simpsons_play", "label", episode, "--into", tmp_path / "p", "--terminal"],
        env=environment(),
        input="1\nmoe\n\n4\n",
        capture_output=True,
        text=True,
        timeout=HANGS_S,
    )
    assert done.returncode == 0 and "Saved Moe Szyslak" in done.stdout and not done.stderr
    assert files(tmp_path / "p") == ["moe_szyslak/pic_0000.jpg"]


def test_names_of_the_cast_are_offered(episode: Path, tmp_path: Path) -> None:
    cast, folder = CastFile(tmp_path / "cast.json"), tmp_path / "p"
    cast.update(lambda old: taught(otto_mann=1).rename("otto_mann", "Otto the Driver"))
    command = [sys.executable, "-m", "simpsons_play", "label", episode, "--into", folder, "--terminal"]

    def answered(answers: str) -> subprocess.CompletedProcess[str]:
        variables = environment(SIMPSONS_CAST=str(cast.path))
        return subprocess.run(
            command, env=variables, input=answers, capture_output=True, text=True, timeout=HANGS_S
        )

    done = answered("1\ndriv\n1\n2\nmann\n1\n")
    assert done.stdout.count("1: Otto the Driver  2: new character: ") == 2 and not done.stderr
    assert files(folder) == ["otto_mann/pic_0000.jpg", "otto_mann/pic_0001.jpg"]
    cast.path.write_bytes(cast.path.read_bytes()[:100])
    done = answered("6\n")
    assert done.returncode == 0 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("Warning: ") and "its names are not offered" in done.stderr


def test_errors_are_one_line(episode: Path, tmp_path: Path) -> None:
    if sys.platform.startswith("linux"):
        assert_one_error_line(
            simpsons("label", episode, "--into", tmp_path / "new"), "no display", "add --terminal"
        )
        assert not (tmp_path / "new").exists()
    missing = simpsons("label", "missing.avi", "--into", tmp_path, "--terminal")
    assert_one_error_line(missing, "missing.avi")
    (tmp_path / "otto").mkdir()
    (tmp_path / "otto" / "a.jpg").write_bytes(b"mine")
    assert_one_error_line(simpsons("label", episode, "--into", tmp_path, "--terminal"), "no pictures.csv")
    for wrong in ((episode,), ("--into", tmp_path), (episode, "--into", episode)):
        assert simpsons("label", *wrong, "--terminal").returncode == 2


def test_the_window_is_closed_by_ctrl_c(
    episode: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PySide6.QtWidgets")
    monkeypatch.setattr("tests.commands.environment", lambda: environment(QT_QPA_PLATFORM="offscreen"))
    log = tmp_path / "p" / "frames.csv"
    with started("label", episode, "--into", tmp_path / "p") as process:
        wait_for(process, lambda: log.exists() and log.stat().st_size > 1000)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=HANGS_S)
        assert process.returncode == 130 and errors == "Interrupted.\n"
    rows = log.read_text().splitlines()
    assert len(rows) == 1, "the frame on screen and the next are offered again"


def test_labelling_needs_no_keras() -> None:
    code = (
        "import sys, simpsons_training.labelling.session, simpsons_training.labelling.window.label_window; "
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANGS_S)
    assert done.stdout.strip() == "[]", done
