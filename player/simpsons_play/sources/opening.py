"""Opening media with ffmpeg: what is checked first, with which options, and clear errors when it fails."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from urllib.parse import urlsplit

import av
from av.container import InputContainer

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import clause_of, reason_of
from simpsons_play.sources.access import (
    check_file,
    diagnose,
    leads_to_web,
    options_for,
    read_head,
    refuse_text,
)
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.late_sound import probing_options
from simpsons_play.sources.lists import is_hls, refuse_endless, refuse_pipes
from simpsons_play.sources.manifests import lists_files

PATIENCE_S = 10.0
"""Seconds without data after which an address counts as unreachable."""


def url_of(path: str | Path) -> str:
    """The URL of a file for ffmpeg, which takes the text before a colon in a plain path for a protocol."""
    return f"file:{path}"


def open_container(name: str, *, options: dict[str, str] | None = None) -> InputContainer:
    """Open a file or address for reading.

    Args:
        name: a path, or an address with `://`.
        options: further options for ffmpeg.

    Raises:
        SourceError: it does not exist, is empty, may not be read, or is not a media file.
    """
    head = b"" if is_address(name) else _checked_head(name)
    # A stalled stream must end at some point, or a reader that waits for the next frame could never stop.
    timeout_s = PATIENCE_S if is_address(name) or leads_to_web(head) else None
    try:
        url = _with_lower_case_scheme(name) if is_address(name) else url_of(name)
        options = {**options_for(name, head), **(options or {})}
        container = av.open(url, mode="r", metadata_errors="replace", timeout=timeout_s, options=options)
        if not is_address(name) and (deeper := probing_options(container, name)):
            container.close()
            container = av.open(url, mode="r", metadata_errors="replace", options={**options, **deeper})
            container.seek(0, unsupported_byte_offset=True)
    except av.error.ExitError as error:
        subject = name if is_address(name) else f"{name} leads to an address that"
        raise SourceError(
            f"{subject} does not answer: no video arrived within {timeout_s:g} s; check the address and the "
            "server"
        ) from error
    except Exception as error:  # parsers of dozens of formats raise nearly anything
        reason = reason_for(error)
        if is_address(name):
            why = f"{_unknown_host(name, error) or reason}; check the address"
        else:
            why = diagnose(name, head, reason)
        raise SourceError(f"{name} cannot be opened: {why}") from error
    is_terminal = container.format.name == "tty"  # ffmpeg takes any text for the output of a terminal
    if is_terminal or not (container.streams.video or container.streams.audio):
        try:
            refuse_text(name, head, is_terminal=is_terminal)
        except SourceError:
            container.close()
            raise
    return container


def reason_for(error: Exception) -> str:
    """Why ffmpeg failed, as a clause to follow a colon."""
    return clause_of(error) if isinstance(error, (OSError, av.FFmpegError)) else reason_of(error)


def _unknown_host(address: str, error: Exception) -> str:
    """Says that the host of an address is unknown, which ffmpeg reports as an error of input or output."""
    if not isinstance(error, OSError) or error.errno != errno.EIO:
        return ""
    try:
        host = urlsplit(address).hostname
    except ValueError:  # not a valid address
        return ""
    try:
        if host is not None:
            socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return f"the host {host} is unknown"
    return ""


def _checked_head(name: str) -> bytes:
    """The first bytes of a file that can be read and names nothing that must not be opened.

    Raises:
        SourceError: it cannot be read, or is a list that leads to pipes, devices or itself.
    """
    check_file(name)
    try:
        head = read_head(name)
    except OSError as error:
        raise SourceError(f"{name} cannot be opened: {clause_of(error)}") from error
    if lists_files(Path(name), head):
        refuse_pipes(name)
    if is_hls(head):
        refuse_endless(name)
    return head


def _with_lower_case_scheme(address: str) -> str:
    """An address with the scheme in lower case: ffmpeg does not recognise `HTTP://`."""
    scheme, rest = address.split("://", 1)
    return f"{scheme.lower()}://{rest}"
