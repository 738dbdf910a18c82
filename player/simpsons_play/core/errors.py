"""Errors and warnings. Each says what went wrong, with which value, and what to do about it."""

from __future__ import annotations

from simpsons_play.core.escaping import one_line


class SimpsonsError(Exception):
    """Base of every error a user can cause or mend; the command line prints it as one `Error:` line.

    Names, addresses and words of libraries in it may be anybody's: as text it is one line without passwords.
    """

    def __str__(self) -> str:
        """The message, see `escaping.one_line`."""
        return one_line(super().__str__())


class SourceError(SimpsonsError):
    """A video, picture, folder or camera cannot be opened, or holds nothing to show."""


class SinkError(SimpsonsError):
    """An output file cannot be written: no such folder, no right to write, disk full, unknown format."""


class DetectionLogError(SimpsonsError):
    """What a network said of a video cannot be kept, or what was kept cannot be used."""


class ModelError(SimpsonsError):
    """A model file is missing, broken, or does not describe itself as the player needs."""


class ProviderError(SimpsonsError):
    """An execution provider was asked for by name and does not work on this machine."""


class SettingsError(SimpsonsError):
    """The file with the user's own defaults cannot be read, or sets what is not there."""


class DisplayError(SimpsonsError):
    """A window cannot be opened on this machine."""


class DependencyError(SimpsonsError):
    """A command needs packages that are not installed; the message holds the command that installs them."""


class DataError(SimpsonsError):
    """A folder of pictures, or the table beside it, cannot be used for training or judging."""


class ExportError(SimpsonsError):
    """A network cannot be exported, or the exported one does not equal its source."""


class SimpsonsWarning(UserWarning):
    """Something that the user should know and that does not stop the work, such as a truncated video."""
