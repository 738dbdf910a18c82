"""Errors of sources: shown until they are closed, or until the user has opened another source."""

from __future__ import annotations

from simpsons_play.window.widgets.error_banner import ErrorBanner


class ErrorReports:
    """Decides how long the banner shows an error.

    A new choice of the user replaces the errors before it, but only when it plays: a stream may turn out to
    be unreachable, and then the player returns to what was played before.

    Args:
        banner: Shows the errors.
    """

    def __init__(self, banner: ErrorBanner) -> None:
        self._banner = banner
        self._replaced: tuple[str, ...] = ()

    def add(self, line: str) -> None:
        """Show an error."""
        self._banner.add(line)

    def on_chosen(self) -> None:
        """The user has chosen another source, which may still fail."""
        self._replaced = self._banner.lines

    def on_playing(self) -> None:
        """The first frame of a source is shown."""
        self._banner.remove(self._replaced)
        self._replaced = ()

    def on_failed(self) -> None:
        """The source has failed; what plays next is not what the user has chosen."""
        self._replaced = ()
