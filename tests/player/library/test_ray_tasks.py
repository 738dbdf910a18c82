"""Tasks of a cluster without a cluster: files that a machine does not see, and other versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.library import ray_files, ray_tasks
from simpsons_play.library.engine import EpisodeJob
from simpsons_play.library.episode_analysis import episode_id
from simpsons_play.library.ray_files import DriverServices, SharedFile
from simpsons_play.library.ray_tasks import ClusterTask, perform
from tests.fakes import write_model_with_data
from tests.films import BART, HOMER, colour_settings, film

ray = pytest.importorskip("ray")


class _Remote:
    """Calls what Ray would call on another machine, where files have another place."""

    def __init__(self, there: Path, here: Path) -> None:
        self._services, self._there, self._here, self.sent = DriverServices(), there, here, 0
        self.report = SimpleNamespace(remote=self._services.report)
        self.read = SimpleNamespace(remote=self._read)
        self.take_reports = self._services.take_reports

    def _read(self, path: Path, offset: int) -> bytes:
        data = self._services.read(self._there / path.relative_to(self._here), offset)
        self.sent += len(data)
        return data


@pytest.fixture
def remote(tmp_path, monkeypatch):
    monkeypatch.setattr(ray, "get", lambda value: value)
    monkeypatch.setattr(ray_files, "_CHUNK_BYTES", 1000)
    monkeypatch.setattr(ray_files.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    monkeypatch.setattr(ray_tasks, "_files", ray_files.LocalFiles())
    monkeypatch.setattr(ray_tasks, "_networks", ray_tasks._Networks())
    monkeypatch.setattr(ray_tasks, "share_cores", lambda processes: None)
    (tmp_path / "there").mkdir()
    return _Remote(tmp_path / "there", tmp_path / "here")


def task_for(remote, tmp_path) -> ClusterTask:
    """A task for a video and a model that are at `here/` on the other machine, and not on this one."""
    there, here = tmp_path / "there", tmp_path / "here"
    video = film(there / "S01E02 Film.mp4", [BART, HOMER])
    model = write_model_with_data(there / "colours.onnx", there / "colours.data")
    files = [SharedFile.of(model), SharedFile.of(there / "colours.data")]
    return ClusterTask(
        EpisodeJob(here / video.name, episode_id(video)),
        colour_settings(there, model=here / "colours.onnx"),
        tuple(replace(file, path=here / file.path.name) for file in files),
    )


def test_files_that_this_machine_does_not_see_are_sent_once(remote, tmp_path):
    task = task_for(remote, tmp_path)
    status, analysed = perform(task, remote)
    assert (status.kind, status.reason) == ("done", "")
    sizes = sum(path.stat().st_size for path in (tmp_path / "there").iterdir())
    assert remote.sent == sizes
    again, _ = perform(task, remote)
    assert again.kind == "done" and remote.sent == sizes
    assert analysed is not None and b"here/S01E02 Film.mp4" in analysed.files["episodes"]
    assert {report.episode_id for report in remote.take_reports()} == {task.job.episode_id}
    assert len([*(tmp_path / "tmp").iterdir()]) == 1
    ray_files.remove_files(task.run_id)
    assert not [*(tmp_path / "tmp").iterdir()]
    assert perform(task, remote)[0].kind == "done", "they are sent again"


def test_files_at_the_same_place_are_not_sent(remote, tmp_path):
    task = task_for(remote, tmp_path)
    (tmp_path / "there").rename(tmp_path / "here")
    status, _ = perform(task, remote)
    assert status.kind == "done" and not remote.sent


def test_another_video_at_the_same_place_is_not_taken_for_it(remote, tmp_path):
    task = task_for(remote, tmp_path)
    film(tmp_path / "here" / task.job.video.name, [HOMER])
    status, analysed = perform(task, remote)
    assert status.kind == "done" and remote.sent
    assert analysed.files["shots"] and episode_id(ray_tasks._files._video[1]) == task.job.episode_id


def test_only_the_last_video_is_kept(remote, tmp_path):
    task = task_for(remote, tmp_path)
    perform(task, remote)
    first = ray_tasks._files._video[1]
    other = film(tmp_path / "there" / "other.mp4", [BART, None], seed=3)
    job = EpisodeJob(tmp_path / "here" / "other.mp4", episode_id(other))
    perform(replace(task, job=job), remote)
    assert not first.exists() and ray_tasks._files._video[1].name == "other.mp4"


def test_a_video_that_cannot_be_sent_is_an_error_of_this_video(remote, tmp_path):
    task = task_for(remote, tmp_path)
    (tmp_path / "there" / task.job.video.name).unlink()
    status, _ = perform(task, remote)
    assert status.kind == "failed" and "cannot be sent" in status.reason


def test_another_version_ends_the_run(remote, tmp_path):
    status, _ = perform(replace(task_for(remote, tmp_path), version="0.0.1"), remote)
    assert status.kind == "fatal" and "0.0.1" in status.reason and "install the same" in status.reason


def test_a_model_that_cannot_be_loaded_ends_the_run(remote, tmp_path):
    task = task_for(remote, tmp_path)
    there = tmp_path / "there" / "colours.onnx"
    there.write_bytes(b"no model")
    files = (replace(task.files[0], sha256=SharedFile.of(there).sha256), *task.files[1:])
    status, _ = perform(replace(task, files=files), remote)
    assert status.kind == "fatal" and "colours.onnx" in status.reason


def test_an_unreadable_video_is_an_error_of_this_video(remote, tmp_path):
    task = task_for(remote, tmp_path)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    status, _ = perform(replace(task, job=EpisodeJob(broken, episode_id_or(broken))), remote)
    assert status.kind == "failed" and "broken.mp4" in status.reason


def episode_id_or(path: Path) -> str:
    try:
        return episode_id(path)
    except SourceError:
        return "0" * 32
