"""What one run writes: the sinks that were asked for, and which files they left."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator
from pathlib import Path

from simpsons_play.analysis.sensitivity import ThresholdBand
from simpsons_play.core.config import PlayRequest
from simpsons_play.core.errors import SinkError
from simpsons_play.core.links import target_of
from simpsons_play.core.types import Analysis, Image, RunInfo, Sink, Source
from simpsons_play.sinks import (
    PicturesWriter,
    PredictionsTable,
    PredictionsWriter,
    ReportWriter,
    SubtitlesWriter,
    VideoWriter,
    descriptor_of,
    is_direct,
    partial_name,
    pictures,
    refuse_name,
    report_files,
)
from simpsons_play.sources import VideoFile
from simpsons_play.sources.network import Address

_LINES, _TABLE = ".jsonl", ".csv"
"""What files of predictions end with."""


class Outputs:
    """The files of one request.

    Args:
        request: what was asked for.

    Raises:
        SinkError: one is a folder or a disk, or its ending says no format.
    """

    def __init__(self, request: PlayRequest) -> None:
        self._request = request
        self._files = files_of(request)
        for path in filter(None, (request.output, *request.predictions, *request.subtitles)):
            refuse_name(path)
        if (
            request.output is not None
            and pictures.NAME in request.output.name
            and not _is_picture(request.output)
        ):
            raise SinkError(
                f"{request.output}: {pictures.NAME} stands for the name of each picture; end it with .png"
            )
        if request.fps is not None and request.output is not None and _is_picture(request.output):
            raise SinkError(f"{request.output} is a picture, and --fps makes a video; end it with .mp4")
        for path in request.predictions:
            if path.suffix.lower() not in (_LINES, _TABLE) and not is_direct(path):
                raise SinkError(
                    f"{path}: predictions are JSON Lines or a table; end it with {_LINES} or {_TABLE}"
                )
        self._before = self._versions()

    def sinks(
        self,
        source: Source,
        run_info: RunInfo,
        *,
        draw: Callable[[Image, Analysis], Image],
        band: Callable[[], ThresholdBand],
        tell: Callable[[str], object],
    ) -> Iterator[Sink]:
        """All sinks, not yet entered.

        Args:
            source: that they are fed from; entered.
            run_info: what they say of themselves.
            draw: picture and what is known of it -> the same with captions, a copy.
            band: everybody's time at other thresholds; asked at the end, where there is a report.
            tell: told in one line what of the source a video will not have.
        """
        request = self._request
        for path in request.predictions:
            if path.suffix.lower() == _TABLE:
                yield PredictionsTable(path, stills=source.info.stills)
            else:
                yield PredictionsWriter(path, run_info, warnings=source.warnings)
        for path in request.subtitles:
            yield SubtitlesWriter(path, source.info)
        if request.report is not None:
            yield ReportWriter(request.report, run_info, band=band)
        if request.output is not None and _is_picture(request.output):
            yield PicturesWriter(request.output, source.info, draw=draw)
        elif request.output is not None:
            kept_from = source.media if isinstance(source, VideoFile | Address) else None
            if kept_from is None and source.info.has_sound:
                tell(f"the sound of {source.info.name} is not recorded, only that of a file can be")
            yield VideoWriter(
                request.output,
                source.info,
                draw=draw,
                kept_from=kept_from,
                start_s=request.start_s,
                duration_s=request.duration_s,
                encoder=request.encoder,
                tell=tell,
            )

    def written(self) -> list[str]:
        """The files that were written since this was made, complete or partial."""
        return [
            str(path)
            for path, version in self._versions().items()
            if version not in (None, self._before.get(path))
        ]

    def _versions(self) -> dict[Path, tuple[int, int] | None]:
        """What lies under each name: nothing, or its place on the disk and the time it was written."""
        names = [
            name
            for path in self._files
            for name in (*_pictures(path), path, partial_name(target_of(path)))
            if descriptor_of(name) is None
        ]
        stats = {path: path.stat() if path.exists() else None for path in names}
        return {path: stat and (stat.st_ino, stat.st_mtime_ns) for path, stat in stats.items()}


def files_of(request: PlayRequest) -> list[Path]:
    """The files that one source's run writes, `{picture}` still in their names."""
    files = [path for path in (request.output, *request.predictions, *request.subtitles) if path]
    return [*files, *(report_files(request.report) if request.report is not None else ())]


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in pictures.EXTENSIONS


def _pictures(path: Path) -> list[Path]:
    """The files there are for the name of several pictures."""
    if pictures.NAME not in path.name:
        return []
    before, after = (glob.escape(part) for part in path.name.split(pictures.NAME, 1))
    return sorted(path.parent.glob(f"{before}*{after}"))
