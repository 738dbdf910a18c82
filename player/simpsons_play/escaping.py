"""Text that others wrote, made harmless for where it goes: a terminal, a file name, a table, subtitles, Qt.

Labels and titles of models, metadata of media, addresses, entries of playlists and names of files may hold
anything. Whatever shows or writes them asks here, so that there is one answer for each place.
"""

from __future__ import annotations

import csv
import html
import io
import re

_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: colours, cursor movements, line breaks
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing around
    "\u2028\u2029\ufff9-\ufffb\U000e0000-\U000e007f]"  # line separators, annotations, invisible tags
)
_BAD = "\ufffd"

_PASSWORD = re.compile(
    r"((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://[^\s/?#@:\[]*):"  # scheme, user
    r"(?!\d{0,5}(?:[/?#\s|,;'\")]|$))"  # no port
    r"(?:[^/?#\n]*(?=@)|[^@\n]*(?=@))",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"([?&;|\s](?:[\w.-]*(?:pass|pwd|token|secret|signature|credential|api[_-]?key|apikey|auth)[\w.-]*"
    r"|key|sig|sid|session|jwt|code|user(?:name)?)=)[^&#\s;|'\"]+",
    re.IGNORECASE,
)

_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_MOST_NAME_BYTES = 150
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def masked(text: str) -> str:
    """The same without passwords of addresses: `rtsp://user:***@host/?token=***`.

    What stands between the first colon behind the user and the last `@` of the host is a password; in the
    query it is whatever is called so, or `token`, `key` and the like.
    """
    if "://" not in text:
        return text
    return _SECRET.sub(r"\1***", _PASSWORD.sub(r"\1:***", text))


def readable(text: str) -> str:
    """Text as a file in UTF-8 can hold it, without passwords: what is no Unicode in it becomes U+FFFD."""
    return masked(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str) -> str:
    """The same for people, on one line of a terminal or window: control characters become U+FFFD, too."""
    return _CONTROLS.sub(_BAD, readable(text))


def file_name(text: str, *, fallback: str = "unnamed") -> str:
    """A part of a path that stays within its folder on every system.

    Args:
        text: what the file or folder should be called.
        fallback: its name where nothing is left of that.
    """
    name = re.sub(r'[/\\:*?"<>|]', "-", one_line(text)).strip().rstrip(".")
    name = name.encode()[:_MOST_NAME_BYTES].decode("utf-8", "ignore").strip()
    if not name.strip(".-"):
        return fallback
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def csv_row(*values: object, line_end: str = "\n") -> str:
    """One line of CSV (RFC 4180, but with a line feed alone); quotes what needs it.

    A text that a spreadsheet would take for a formula, because it begins with `=`, `+`, `-`, `@`, a tab or a
    line break, gets an apostrophe in front, as OWASP advises; one that already begins with apostrophes before
    such a character gets one more, so that `csv_text` always gives back what was written. Numbers stay.
    """
    line = io.StringIO(newline="")
    cells = [_cell(value) if isinstance(value, str) else value for value in values]
    csv.writer(line, lineterminator="\r\n").writerow(cells)  # so that it quotes either
    return line.getvalue().removesuffix("\r\n") + line_end


def csv_text(cell: str) -> str:
    """What `csv_row` was given for a cell."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def srt_text(text: str) -> str:
    """A line of SubRip, which has no way to escape: what its readers take for markup is replaced."""
    return _without_braces(one_line(text)).translate(_ANGLES)


def vtt_text(text: str) -> str:
    """A line of WebVTT (https://www.w3.org/TR/webvtt1/#webvtt-cue-text-span)."""
    return html.escape(one_line(text), quote=False)


def ass_text(text: str) -> str:
    """A line of ASS without override tags; renderers do not agree on how to escape their braces."""
    return _without_braces(one_line(text))


def rich_text(text: str) -> str:
    """Text for what Qt may take for HTML, such as tooltips, as it stands, line by line."""
    lines = (html.escape(one_line(line)) for line in text.splitlines())
    return f"<span>{'<br>'.join(lines)}</span>" if text else ""


def button_text(text: str) -> str:
    """Text for a button or menu, where Qt makes a shortcut of the letter behind an ampersand."""
    return one_line(text).replace("&", "&&")


_BRACES = str.maketrans({"{": "(", "}": ")", "\\": "/"})
_ANGLES = str.maketrans({"<": "\u2039", ">": "\u203a"})


def _without_braces(text: str) -> str:
    return text.translate(_BRACES)


def _cell(text: str) -> str:
    text = readable(text)
    is_formula = _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None
    return f"'{text}" if is_formula else text
