"""Escapes untrusted text for its destination: a terminal, a file name, a table, subtitles, Qt.

Model labels and titles, media metadata, addresses, playlist entries and file names can contain anything.
All code that displays or writes such text uses this module, so that there is one rule for each destination.
"""

from __future__ import annotations

import csv
import html
import io
import re

_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: colours, cursor movements, line breaks
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u2028\u2029\ufff9-\ufffb\U000e0000-\U000e007f]"  # line separators, annotations, invisible tags
)
_REPLACEMENT = "\ufffd"

_COLON, _SLASH, _AT = r"(?::|%(?:25)*3a)", r"(?:/|%(?:25)*2f)", r"(?:@|%(?:25)*40)"
"""Plain, or percent-encoded once or several times as in an address within an address."""
_NETWORK = r"(?:https?|rtsp[stu]?|rtmp(?:[est]|te|ts)?|srt|rist|mms[ht]?|udp|rtp|tcp|s?ftp|wss?)"
_NO_PORT = r"(?!\d{0,5}(?:[/?#\s|,;'\")]|$))"

_ADDRESS = re.compile(rf"{_COLON}{_SLASH}{{2}}|(?<![\w.-]){_NETWORK}:", re.IGNORECASE)
_PASSWORD = re.compile(
    rf"((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*{_COLON}{_SLASH}{{2}}"  # scheme
    rf"(?:(?!{_COLON}|{_SLASH}|{_AT})[^\s/?#\[]){{0,256}}){_COLON}"  # user
    rf"{_NO_PORT}(?:(?:(?!%(?:25)*(?:2f|3f|23))[^/?#\n])*(?={_AT})|[^@\n]{{0,256}}(?=@))",
    re.IGNORECASE,
)
_MISTYPED = re.compile(
    rf"((?<![a-z0-9+.-]){_NETWORK}:[/\\]{{0,3}}[^\s/\\@:\[]{{0,256}}):{_NO_PORT}[^@\n]{{0,256}}(?=@)",
    re.IGNORECASE,
)
"""An address with a mistyped scheme: `http:/user:password@host`."""
_WITHOUT_SCHEME = re.compile(
    rf"(?<![^\s'\"(\[|,;/\\<>])([^\s/\\@:'\"|?&=#]{{1,256}}):{_NO_PORT}(?!\d+@|[^\s@]{{0,256}}\*@)[^\s/\\@]+(?=@[^\s@])"
)
"""An address without its scheme: `user:password@host`."""

_SECRET = re.compile(
    r"((?:[?&;|\s#/,]|%(?:25)*(?:3f|26|23|3b))"
    r"(?:[\w.-]{0,64}(?:pass|pwd|pw|token|secret|signature|credential|auth|cookie|session|jwt|hmac)[\w.-]{0,64}"
    r"|[\w.-]{0,64}(?:key|sig|hash)(?:[_-]?id)?|sid|code|user(?:name)?|usr|login\w{0,16})"
    r"(?:=|%(?:25)*3d))(?:(?!%(?:25)*(?:26|23))[^&#\s;|'\"])+(?<![:,])",
    re.IGNORECASE,
)

_STREAM_ID = re.compile(r"([?&]streamid=)[^&\s'\"]+", re.IGNORECASE)
"""The stream ID of SRT, which holds user and password; in the standard form it begins with `#`."""

_FORMULA = re.compile(r"(^|;)('*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""At the start of a cell; a semicolon starts one too, as some spreadsheets split cells there."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_MAX_NAME_BYTES = 150
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def masked(text: str) -> str:
    """Mask the passwords of addresses in a text: `rtsp://user:***@host/?token=***`.

    In the authority, everything from the first colon after the user to the last `@` counts as the password;
    in query and fragment, the values of `password`, `token`, `key` and the like. Addresses within addresses
    are masked too, and so are mistyped ones such as `http:/user:password@host`. Paths are not: a key in a
    path cannot be distinguished from the name of a stream.
    """
    if not _ADDRESS.search(text):
        return text
    text = _MISTYPED.sub(r"\1:***", _PASSWORD.sub(r"\1:***", text))
    return _SECRET.sub(r"\1***", _STREAM_ID.sub(r"\1***", text))


def readable(text: str) -> str:
    """Make text encodable as UTF-8: lone surrogates become U+FFFD. Masks passwords, too."""
    return masked(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str) -> str:
    """Make text safe to show on one line of a terminal or window: control characters become U+FFFD.

    Masks passwords, also those of addresses without a scheme: `user:password@host`.
    """
    return _CONTROLS.sub(_REPLACEMENT, _WITHOUT_SCHEME.sub(r"\1:***", readable(text)))


def file_name(text: str, *, fallback: str = "unnamed") -> str:
    """Make text a file name that is valid on every system and cannot leave its folder.

    Args:
        text: the wanted name.
        fallback: the name to use if no valid character is left.
    """
    name = re.sub(r'[/\\:*?"<>|]', "-", one_line(text)).strip().rstrip(".")
    name = name.encode()[:_MAX_NAME_BYTES].decode("utf-8", "ignore").strip()
    if not name.strip(".-"):
        return fallback
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def csv_row(*values: object, line_end: str = "\n") -> str:
    """Format one line of CSV (RFC 4180, but ending with a line feed by default).

    Control characters become U+FFFD, as tables are viewed on terminals, too. Text that a spreadsheet would
    run as a formula, because it begins with `=`, `+`, `-` or `@`, also after a semicolon, is prefixed with an
    apostrophe (https://owasp.org/www-community/attacks/CSV_Injection). If it already begins with apostrophes
    it gets one more, so that `csv_text` can restore it. Numbers are left alone.
    """
    line = io.StringIO(newline="")
    cells = [_cell(value) if isinstance(value, str) else value for value in values]
    csv.writer(line, lineterminator="\r\n").writerow(cells)  # so that it quotes either
    return line.getvalue().removesuffix("\r\n") + line_end


def csv_text(cell: str) -> str:
    """Undo the formula escaping of `csv_row` in a cell; control characters and passwords stay replaced."""
    return _FORMULA.sub(lambda found: found[1] + found[2][1:], cell)


def srt_text(text: str) -> str:
    """Make text a line of SubRip: the format has no escapes, so markup characters are replaced."""
    return _without_braces(one_line(text)).translate(_ANGLES)


def vtt_text(text: str) -> str:
    """Make text a line of WebVTT (https://www.w3.org/TR/webvtt1/#webvtt-cue-text-span)."""
    return html.escape(one_line(text), quote=False)


def ass_text(text: str) -> str:
    """Make text a line of ASS: braces are replaced, as renderers do not agree on how to escape them."""
    return _without_braces(one_line(text))


def xml_text(text: str) -> str:
    """Make text one line that XML 1.0 can contain: control characters and noncharacters become U+FFFD.

    A writer of XML must still escape markup (https://www.w3.org/TR/xml/#charsets).
    """
    return re.sub("[\ufffe\uffff]", _REPLACEMENT, one_line(text))


def rich_text(text: str) -> str:
    """Make text safe where Qt may interpret HTML, such as in tooltips; line breaks are kept."""
    lines = (html.escape(one_line(line)) for line in text.splitlines())
    return f"<span>{'<br>'.join(lines)}</span>" if text else ""


def button_text(text: str) -> str:
    """Make text safe for a button or menu, where Qt turns the letter after an ampersand into a shortcut."""
    return one_line(text).replace("&", "&&")


_BRACES = str.maketrans({"{": "(", "}": ")", "\\": "/"})
_ANGLES = str.maketrans({"<": "\u2039", ">": "\u203a"})


def _without_braces(text: str) -> str:
    return text.translate(_BRACES)


def _cell(text: str) -> str:
    text = _CONTROLS.sub(_REPLACEMENT, readable(text))
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1'\2", text)
