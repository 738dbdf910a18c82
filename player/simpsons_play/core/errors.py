"""Errors and warnings. Each message names the problem, the value that caused it and a remedy."""

from __future__ import annotations

from simpsons_play.core.escaping import one_line


class SimpsonsError(Exception):
    """Base class of all errors that a user can cause or fix; commands print them as one `Error:` line.

    File names, addresses and library messages in it are untrusted: `str()` returns one line without
    passwords.
    """

    def __str__(self) -> str:
        """The message, made safe by `escaping.one_line`."""
        return one_line(super().__str__())


class SourceError(SimpsonsError):
    """A video, picture, folder, camera or stream cannot be opened or contains no frames."""


class SinkError(SimpsonsError):
    """An output file cannot be written: missing folder, no permission, full disk, unknown format."""


class LibraryError(SimpsonsError):
    """A library of many videos cannot be read or written, or a question to it cannot be answered."""


class DetectionLogError(SimpsonsError):
    """The detections of a video cannot be stored, or stored ones cannot be read."""


class CastError(SimpsonsError):
    """A cast file cannot be read or written, or a cast cannot be changed in this way."""


class ModelError(SimpsonsError):
    """A model file is missing, damaged, or lacks the metadata that the player needs."""


class ProviderError(SimpsonsError):
    """An execution provider was requested by name and does not work on this machine."""


class SettingsError(SimpsonsError):
    """The user's settings file cannot be read, or sets an unknown option."""


class DisplayError(SimpsonsError):
    """A window cannot be opened on this machine."""


class ClusterError(SimpsonsError):
    """A cluster does not answer, or lacks what a task needs."""


class DependencyError(SimpsonsError):
    """A command needs packages that are not installed; the message contains the command to install them."""


class DataError(SimpsonsError):
    """A folder of pictures, or the table that belongs to it, cannot be used for training or evaluation."""


class ExportError(SimpsonsError):
    """A network cannot be exported, or the exported model does not match it."""


class SimpsonsWarning(UserWarning):
    """Something the user should know that does not stop the run, such as a truncated video."""
