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

_COLON, _SLASH, _AT = r"(?::|%(?:25)*3a)", r"(?:/|%(?:25)*2f)", r"(?:@|%(?:25)*40)"
"""Also as an address within another has them, escaped once or several times."""
_NETWORK = r"(?:https?|rtsp[stu]?|rtmp(?:[est]|te|ts)?|srt|rist|mms[ht]?|udp|rtp|tcp|s?ftp|wss?)"
_NO_PORT = r"(?!\d{0,5}(?:[/?#\s|,;'\")]|$))"

_ADDRESS = re.compile(rf"{_COLON}{_SLASH}{{2}}|(?<![\w.-]){_NETWORK}:", re.IGNORECASE)
_PASSWORD = re.compile(
    rf"((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*{_COLON}{_SLASH}{{2}}"  # scheme
    rf"(?:(?!{_COLON}|{_SLASH}|{_AT})[^\s/?#\[]){{0,256}}){_COLON}"  # user
    rf"{_NO_PORT}(?:(?:(?!%(?:25)*(?:2f|3f|23))[^/?#\n])*(?={_AT})|[^@\n]{{0,256}}(?=@))",
    re.IGNORECASE,
)
_SLIP = re.compile(
    rf"((?<![a-z0-9+.-]){_NETWORK}:[/\\]{{0,3}}[^\s/\\@:\[]{{0,256}}):{_NO_PORT}[^@\n]{{0,256}}(?=@)",
    re.IGNORECASE,
)
"""An address whose beginning was mistyped: `http:/user:password@host`."""
_WITHOUT_SCHEME = re.compile(
    rf"(?<![^\s'\"(\[|,;/\\<>])([^\s/\\@:'\"|?&=#]{{1,256}}):{_NO_PORT}(?!\d+@|[^\s@]{{0,256}}\*@)[^\s/\\@]+(?=@[^\s@])"
)
"""What an address is whose beginning was left out: `user:password@host`."""

_SECRET = re.compile(
    r"((?:[?&;|\s#/,]|%(?:25)*(?:3f|26|23|3b))"
    r"(?:[\w.-]{0,64}(?:pass|pwd|pw|token|secret|signature|credential|auth|cookie|session|jwt|hmac)[\w.-]{0,64}"
    r"|[\w.-]{0,64}(?:key|sig|hash)(?:[_-]?id)?|sid|code|user(?:name)?|usr|login\w{0,16})"
    r"(?:=|%(?:25)*3d))(?:(?!%(?:25)*(?:26|23))[^&#\s;|'\"])+(?<![:,])",
    re.IGNORECASE,
)

_STREAM_ID = re.compile(r"([?&]streamid=)[^&\s'\"]+", re.IGNORECASE)
"""Of SRT, which has user and password in it; it begins with `#` where it follows the standard."""

_FORMULA = re.compile(r"(^|;)('*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""At the beginning of a cell, or of what is one where spreadsheets part cells by semicolons."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_MOST_NAME_BYTES = 150
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def masked(text: str) -> str:
    """The same without passwords of addresses: `rtsp://user:***@host/?token=***`.

    What stands between the first colon behind the user and the last `@` of the host is a password; in query
    and fragment it is whatever is called so, or `token`, `key` and the like. Addresses within addresses are
    looked at as well, and `http:/user:password@host`, which was meant for one. Paths stay: nothing tells a
    key in them from the name of a stream.
    """
    if not _ADDRESS.search(text):
        return text
    text = _SLIP.sub(r"\1:***", _PASSWORD.sub(r"\1:***", text))
    return _SECRET.sub(r"\1***", _STREAM_ID.sub(r"\1***", text))


def readable(text: str) -> str:
    """Text as a file in UTF-8 can hold it, without passwords: what is no Unicode in it becomes U+FFFD."""
    return masked(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str) -> str:
    """The same for people, on one line of a terminal or window: control characters become U+FFFD, too.

    What may be an address without its beginning, `user:password@host`, is masked as well.
    """
    return _CONTROLS.sub(_BAD, _WITHOUT_SCHEME.sub(r"\1:***", readable(text)))


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

    Control characters become U+FFFD: tables are looked at on terminals, too. What a spreadsheet would take
    for a formula, because it begins with `=`, `+`, `-` or `@`, gets an apostrophe in front, as OWASP advises,
    also behind a semicolon; where there are apostrophes before such a character already, it gets one more, so
    that `csv_text` gives back all the rest as it was. Numbers stay.
    """
    line = io.StringIO(newline="")
    cells = [_cell(value) if isinstance(value, str) else value for value in values]
    csv.writer(line, lineterminator="\r\n").writerow(cells)  # so that it quotes either
    return line.getvalue().removesuffix("\r\n") + line_end


def csv_text(cell: str) -> str:
    """What `csv_row` was given for a cell, but for control characters and passwords."""
    return _FORMULA.sub(lambda found: found[1] + found[2][1:], cell)


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
    text = _CONTROLS.sub(_BAD, readable(text))
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1'\2", text)
