"""Exports the file that is open in the window. What writes files is loaded with the first export."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from simpsons_play.cli.file_detections import FileDetections
from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import SourceInfo
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sources import reads_device
from simpsons_play.sources.file_name import is_address, is_camera
from simpsons_play.window import ExportKind, ExportOptions, NoExporter

if TYPE_CHECKING:
    from simpsons_play.cli.running_export import RunningExport


class ExportJobs:
    """All exports of one window. Leaving this context cancels those that run."""

    def __init__(self) -> None:
        self._running: list[RunningExport] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel them, and wait until their files are removed."""
        for job in self._running:
            job.cancel()
        for job in self._running:
            job.join()

    def _unfinished(self) -> list[RunningExport]:
        return [job for job in self._running if not job.progress().state.is_final]

    def refuse(self, path: Path) -> None:
        """Raise SinkError if another export writes to a path."""
        for job in self._unfinished():
            if os.path.realpath(job.path) == os.path.realpath(path):
                raise SinkError(f"{path} is being exported already; choose another name")

    def start(self, job: RunningExport) -> None:
        """Start an export."""
        self._running = [*self._unfinished(), job]
        job.start()


class FileExporter:
    """Exports one file: an `Exporter`.

    Args:
        request: the file, and how it is analysed and drawn.
        info: of the file.
        network: returns the model, with the names that it gives now.
        detections: in the file.
        threshold: returns the threshold that is set in the window, 0-1.
        jobs: runs the exports.

    Raises:
        ValueError: the source is not a video file.
    """

    unavailable = ""

    def __init__(
        self,
        request: PlayRequest,
        info: SourceInfo,
        network: Callable[[], Classifier | Detector],
        detections: FileDetections,
        *,
        threshold: Callable[[], float],
        jobs: ExportJobs,
    ) -> None:
        if info.path is None:
            raise ValueError(f"{info.name} is not a video file")
        self._request, self._network = request, network
        self._detections, self._threshold, self._jobs = detections, threshold, jobs
        self.source, self.duration_s = info.path, info.duration_s

    def replaced(self, options: ExportOptions) -> tuple[Path, ...]:
        """The existing files that an export would replace."""
        from simpsons_play.cli.outputs import files_of

        return tuple(path for path in files_of(self._requested(options)) if path.exists())

    def start(self, options: ExportOptions) -> RunningExport:
        """Start an export with the threshold that is set now.

        Raises:
            SinkError: its suffix names no format of this kind, its folder does not exist, or it would
                overwrite a file that is read, or that another export writes.
        """
        from simpsons_play.cli.running_export import RunningExport, refuse_outputs

        request = self._requested(options)
        refuse_outputs(request)
        self._jobs.refuse(request.outputs[0])
        length_s = options.duration_s
        if length_s is None and self.duration_s is not None:
            length_s = max(0.0, self.duration_s - options.start_s)
        job = RunningExport(
            request, self._network(), self._detections, length_s=length_s, total_s=self.duration_s
        )
        self._jobs.start(job)
        return job

    def _requested(self, options: ExportOptions) -> PlayRequest:
        kind, path = options.kind, options.path
        return dataclasses.replace(
            self._request,
            config=dataclasses.replace(self._request.config, threshold=self._threshold()),
            start_s=options.start_s,
            duration_s=options.duration_s,
            output=path if kind is ExportKind.VIDEO else None,
            encoder=options.encoder,
            subtitles=(path,) if kind is ExportKind.SUBTITLES else (),
            predictions=(path,) if kind is ExportKind.TABLE else (),
            report=path if kind is ExportKind.REPORT else None,
            only=self._request.only if options.only is None else options.only,
            loops=1,
        )


def no_exporter(request: PlayRequest, info: SourceInfo | None) -> NoExporter:
    """For a source that is not a video file: says why it cannot be exported.

    Args:
        request: the source.
        info: of the source; None if opening it may take long.
    """
    source = request.source
    if is_camera(source) or (info is not None and info.live and not is_address(source)):
        what = "a camera"
    elif is_address(source):
        what = "an address"
    elif reads_device(source) or (info is not None and info.one_pass):
        what = "a pipe"
    else:
        what = "pictures"
    return NoExporter(f"Only video files can be exported from the window; this source is {what}.")
