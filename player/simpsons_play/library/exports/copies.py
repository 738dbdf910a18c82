"""Copies of videos with chapters in them: the streams are copied, not encoded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

from simpsons_play.core.data_packages import data_package
from simpsons_play.core.errors import SinkError
from simpsons_play.core.escaping import readable
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.library.exports.chapters import Chapter
from simpsons_play.library.exports.episodes import Episode
from simpsons_play.library.exports.side_files import SideFiles
from simpsons_play.sinks.partial import PartialFile, make_folder

_KINDS = ("video", "audio", "subtitle", "attachment")
"""Streams that Matroska holds."""


def copy_with_chapters(
    episode: Episode, chapters: Sequence[Chapter], target: Path, files: SideFiles, *, videos: Sequence[Path]
) -> bool:
    """Copy a video to a Matroska file with chapters; chapters of its own are replaced.

    Args:
        episode: the episode; its video exists.
        chapters: the chapters.
        target: the file to write.
        files: counts what is written and left out, and knows whether existing files are replaced.
        videos: all videos of the library, none of which is ever replaced.

    Returns:
        Whether the copy is complete.
    """
    for video in videos:
        with suppress(OSError, ValueError):
            if os.path.samefile(video, target):
                return files.leave_out(f"{target} is a video of the library; choose another folder")
    if not files.may_create(target):
        return False
    av: Any = data_package("av", "copies")
    try:
        make_folder(target.parent)
        file = PartialFile(target, keep_suffix=True)
        file.create()
    except SinkError as error:
        return files.leave_out(str(error))
    try:
        _remux(av, episode.path, file.part, chapters)
        file.commit(complete=True)
    except (OSError, ValueError, SinkError) as error:  # av.FFmpegError is one of the first two
        file.discard()
        reason = str(error) if not isinstance(error, OSError) else clause_of(error)
        return files.leave_out(f"{target} cannot be written: {reason}")
    except BaseException:
        file.discard()
        raise
    files.written += 1
    return True


def _remux(av: Any, video: Path, part: Path, chapters: Sequence[Chapter]) -> None:
    with av.open(str(video)) as source, av.open(str(part), "w", format="matroska") as output:
        streams = {
            stream.index: output.add_stream_from_template(stream, opaque=True)
            if stream.type != "attachment"
            else output.add_stream_from_template(stream)
            for stream in source.streams
            if stream.type in _KINDS
        }
        output.metadata.update(source.metadata)
        output.set_chapters(
            [
                {
                    "id": number,
                    "start": round(one.start_s * 1000),
                    "end": round(one.end_s * 1000),
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": readable(one.title)},
                }
                for number, one in enumerate(chapters, 1)
            ]
        )
        wanted = [
            stream for stream in source.streams if stream.index in streams and stream.type != "attachment"
        ]
        start = Fraction(max(0, source.start_time or 0), av.time_base)  # times of the library are from here
        for packet in source.demux(wanted):
            if packet.size:  # the last ones of each stream are empty
                late = round(start / packet.time_base)
                packet.pts = None if packet.pts is None else packet.pts - late
                packet.dts = None if packet.dts is None else packet.dts - late
                packet.stream = streams[packet.stream.index]
                output.mux(packet)
