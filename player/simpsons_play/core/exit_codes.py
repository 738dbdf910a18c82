"""Exit codes of all commands, and of the processes that they start."""

from __future__ import annotations

EXIT_ERROR = 1
"""The command failed; one `Error:` line says what and why."""

EXIT_INCOMPLETE = 3
"""The command finished, but part of the source could not be read; a `Warning:` line says what is missing."""

EXIT_INTERRUPTED = 130
"""Stopped by Ctrl-C, SIGTERM or SIGHUP; 128 + SIGINT, as shells report it."""

EXIT_UNREAD = 141
"""The reader of standard output has closed it; 128 + SIGPIPE, as shells report it."""
