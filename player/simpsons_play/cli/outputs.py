"""The outputs of one run: the sinks that were asked for, and the files that they left."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path

from simpsons_play.core.atomic_file import target_of
from simpsons_play.core.cores import codec_threads
from simpsons_play.core.errors import SinkError
from simpsons_play.core.names import no_one
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.results import Sink
from simpsons_play.sinks import (
    PREDICTIONS,
    SUBTITLES,
    PicturesWriter,
    ReportWriter,
    SinkContext,
    VideoWriter,
    descriptor_of,
    is_direct,
    partial_name,
    pictures,
    refuse_special_file,
    report_files,
    require_parquet,
)


class Outputs:
    """The outputs of one request.

    Args:
        request: what the user asked for.

    Raises:
        SinkError: one is a folder or a disk, or its suffix names no format.
        DependencyError: one needs a package that is not installed.
    """

    def __init__(self, request: PlayRequest) -> None:
        self._request = request
        self._files = files_of(request)
        for path in filter(None, (request.output, *request.predictions, *request.subtitles)):
            refuse_special_file(path)
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
            if path.suffix.lower() not in PREDICTIONS and not is_direct(path):
                suffixes = " or ".join(PREDICTIONS)
                raise SinkError(f"{path}: cannot write '{path.suffix}' predictions; end it with {suffixes}")
            if path.suffix.lower() == ".parquet":
                require_parquet(path)
        for path in request.subtitles:
            if path.suffix.lower() not in SUBTITLES:
                raise SinkError(
                    f"{path}: cannot write '{path.suffix}' subtitles; end it with {', '.join(SUBTITLES)}"
                )
        self._before = self._versions()

    def sinks(self, context: SinkContext) -> Iterator[Sink]:
        """All sinks, not yet entered.

        Args:
            context: of the run.
        """
        request, info = self._request, context.run.source
        for path in request.predictions:
            make = PREDICTIONS.get(path.suffix.lower(), PREDICTIONS[".jsonl"])
            yield make(path, context)
        for path in request.subtitles:
            yield SUBTITLES[path.suffix.lower()](path, context)
        if request.report is not None:
            yield ReportWriter(
                request.report,
                context.run,
                context.timeline,
                sensitivity=context.sensitivity,
                strangers=context.strangers,
            )
        if request.output is not None and _is_picture(request.output):
            yield PicturesWriter(request.output, info, marks=context.marks)
        elif request.output is not None:
            if info.media is None and info.has_sound:
                context.warn(f"the sound of {info.name} is not recorded: only that of files can be")
            yield VideoWriter(
                request.output,
                info,
                timeline=context.timeline,
                unnamed=no_one(context.run.only),
                marks=context.marks,
                media=info.media,
                start_s=request.start_s,
                duration_s=request.duration_s,
                encoder=request.encoder,
                threads=codec_threads(),
                warn=context.warn,
            )

    def written(self) -> list[str]:
        """The files that were written since this was made, complete or partial."""
        return [
            str(path)
            for path, version in self._versions().items()
            if version not in (None, self._before.get(path))
        ]

    def _versions(self) -> dict[Path, tuple[int, int] | None]:
        """Inode and modification time of each file; None for one that does not exist."""
        names = [
            name
            for path in self._files
            for name in (*_pictures(path), path, partial_name(target_of(path)))
            if descriptor_of(name) is None
        ]
        stats = {path: path.stat() if path.exists() else None for path in names}
        return {path: stat and (stat.st_ino, stat.st_mtime_ns) for path, stat in stats.items()}


def files_of(request: PlayRequest) -> list[Path]:
    """The files that a run over one source writes, `{picture}` still in their names."""
    files = [path for path in (request.output, *request.predictions, *request.subtitles) if path]
    return [*files, *(report_files(request.report) if request.report is not None else ())]


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in pictures.EXTENSIONS


def _pictures(path: Path) -> list[Path]:
    """The files that exist for a name with `{picture}` in it."""
    if pictures.NAME not in path.name:
        return []
    before, after = (glob.escape(part) for part in path.name.split(pictures.NAME, 1))
    return sorted(path.parent.glob(f"{before}*{after}"))
