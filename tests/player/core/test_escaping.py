"""Escaping of hostile text for every destination."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core import escaping
from simpsons_play.core.errors import SourceError
from simpsons_play.core.escaping import (
    ass_text,
    button_text,
    csv_row,
    csv_text,
    file_name,
    masked,
    one_line,
    rich_text,
    srt_text,
    vtt_text,
)
from simpsons_play.core.names import display_name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://user:secret@host/live", "rtsp://user:***@host/live"),
        ("RTSP://:secret@host", "RTSP://:***@host"),
        ("rtsp://user:p@ss:w@host:554/live", "rtsp://user:***@host:554/live"),
        ("rtsp://user:a/b?c#d@host/live", "rtsp://user:***@host/live"),
        ("rtsp://user:my secret@host", "rtsp://user:***@host"),
        ("rtsp://user:1234@host", "rtsp://user:***@host"),
        ("cache:http://u:p@host/x|http://u:q@h/y", "cache:http://u:***@host/x|http://u:***@h/y"),
        (
            "http://host/x?token=abc&start=3&Access_Token=d",
            "http://host/x?token=***&start=3&Access_Token=***",
        ),
        ("http://user:pw@host/?token=t", "http://user:***@host/?token=***"),
        ("http://cam/video?user=admin&pwd=1234", "http://cam/video?user=***&pwd=***"),
        ("srt://host:9000?passphrase=secretsecret&mode=x", "srt://host:9000?passphrase=***&mode=x"),
        ("srt://host:9000?streamid=#!::u=admin,r=x", "srt://host:9000?streamid=***"),
        ("srt://host:9000?streamid=read:a:user:pw&x=1", "srt://host:9000?streamid=***&x=1"),
        ("http://h/x?token=a: no, b", "http://h/x?token=***: no, b"),
        ("http://h/x?pw=a&sig=b&t=1", "http://h/x?pw=***&sig=***&t=1"),
        ("http://h/x?AWSAccessKeyId=a&hdnts_hmac=b", "http://h/x?AWSAccessKeyId=***&hdnts_hmac=***"),
        ("http://h/?loginuse=a&loginpas=b", "http://h/?loginuse=***&loginpas=***"),
        ("rtsp://h/user=admin&password=a&channel=1", "rtsp://h/user=***&password=***&channel=1"),
        ("rtsp://h/user=admin_password=a_channel=1", "rtsp://h/user=***"),
        ("http://h/x#access_token=abc&n=1", "http://h/x#access_token=***&n=1"),
        (
            "http://p/?url=rtsp%3A%2F%2Fu%3Asecret%40h%2Fx%3Ftoken%3Dabc%26a%3D1&b=2",
            "http://p/?url=rtsp%3A%2F%2Fu:***%40h%2Fx%3Ftoken%3D***%26a%3D1&b=2",
        ),
        ("http://p/?u=http%253A%252F%252Fu%253Aab%2540h", "http://p/?u=http%253A%252F%252Fu:***%2540h"),
        ("http://p/?u=http://u:pw@h/x", "http://p/?u=http://u:***@h/x"),
        ("http%3A%2F%2Fu%3Apw%40h", "http%3A%2F%2Fu:***%40h"),
        ("rtsp://u%3Apw@h", "rtsp://u:***@h"),
        # Typing errors:
        ("http:/u:pw@h/x", "http:/u:***@h/x"),
        ("http:/u:p/w@h/x", "http:/u:***@h/x"),
        ("http:///u:pw@h/x", "http:///u:***@h/x"),
        ("https:\\\\u:pw@h/x", "https:\\\\u:***@h/x"),
        ("rtsp:u:pw@h/x", "rtsp:u:***@h/x"),
        ("RTSPS:u:pw@h/x", "RTSPS:u:***@h/x"),
        ("https://h/v.mp4?X-Amz-Signature=ab12#t=3", "https://h/v.mp4?X-Amz-Signature=***#t=3"),
        ("'rtsp://u:p@h/1' and rtsp://u:q@h/2 fail", "'rtsp://u:***@h/1' and rtsp://u:***@h/2 fail"),
        # Nothing to hide:
        ("http://host:8080/live/@home", "http://host:8080/live/@home"),
        ("http://[::1]:8080/a@b", "http://[::1]:8080/a@b"),
        ("rtsp://user@host/live", "rtsp://user@host/live"),
        ("http://a:80 does not answer; ask me@x", "http://a:80 does not answer; ask me@x"),
        ("C:/films/a@b.mp4", "C:/films/a@b.mp4"),
        ("films/key=5?token=6.mp4", "films/key=5?token=6.mp4"),
        ("rtmp://host/app/stream", "rtmp://host/app/stream"),
        ("udp://@239.0.0.1:1234", "udp://@239.0.0.1:1234"),
        ("http: nobody; ask me@x", "http: nobody; ask me@x"),
        ("http://h/keyframes=3?monkey=1", "http://h/keyframes=3?monkey=***"),
    ],
)
def test_passwords_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown == masked(masked(text))
    assert str(SourceError(f"{text} cannot be opened")) == f"{shown} cannot be opened"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("u:pw@h/x: no such file", "u:***@h/x: no such file"),
        ("l.m3u lists u:pw@h/x, which", "l.m3u lists u:***@h/x, which"),
        ("'u:pw@h'", "'u:***@h'"),
        ("http//u:pw@h/x", "http//u:***@h/x"),
        ("u:***@h", "u:***@h"),
        # Nothing to hide:
        ("films/12:30@home.mp4", "films/12:30@home.mp4"),
        ("C:/films/a@b.mp4 and C:\\films\\a@b.mp4", "C:/films/a@b.mp4 and C:\\films\\a@b.mp4"),
        ("host:554/a@b", "host:554/a@b"),
        ("[h264 @ 0x55]: a @ b", "[h264 @ 0x55]: a @ b"),
        ("out.mp4: me@home.mp4", "out.mp4: me@home.mp4"),
    ],
)
def test_passwords_of_addresses_without_scheme_are_masked_for_display(text: str, shown: str) -> None:
    assert one_line(text) == shown and masked(text) == text


def test_masking_takes_linear_time() -> None:
    for part in ("a://b:c ", "x:y", "?passpass", "%3a%2f%2f", "a.b-", "&key", "user:", "%25", "http:"):
        one_line(part * (200_000 // len(part)))


def test_displayed_text_is_one_line_without_control_characters() -> None:
    hostile = "a\x1b[2J\x9b31mb\nError: c\r\x07\u202egnp.exe\u2028\udc80 ü 漢 👨\u200d👩"
    assert (
        one_line(hostile)
        == "a\ufffd[2J\ufffd31mb\ufffdError: c\ufffd\ufffd\ufffdgnp.exe\ufffd\ufffd ü 漢 👨\u200d👩"
    )
    assert "\n" not in str(SourceError(hostile)) and "\x1b" not in display_name(hostile)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../x", "..-..-x"),
        ("/etc/passwd", "-etc-passwd"),
        ("..\\x", "..-x"),
        ("C:x", "C-x"),
        ("..", "unnamed"),
        (".", "unnamed"),
        ("", "unnamed"),
        (" / ", "unnamed"),
        ("a\x00b\nc", "a\ufffdb\ufffdc"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("bart_simpson", "bart_simpson"),
        (".hidden", ".hidden"),
        ("Ned's 1st.", "Ned's 1st"),
    ],
)
def test_file_names_cannot_leave_their_folder(text: str, name: str) -> None:
    assert file_name(text) == name


@given(st.text())
def test_any_text_becomes_a_valid_file_name(text: str) -> None:
    name = file_name(text)
    assert 0 < len(name.encode()) <= 151 and name not in (".", "..") and not set(name) & set("/\\\0\n:")


@given(st.text())
def test_csv_cells_can_be_restored(text: str) -> None:
    (cells,) = csv.reader(io.StringIO(csv_row(text, 1, -2.5), newline=""), strict=True)
    plain = escaping._CONTROLS.sub("\ufffd", text)
    assert csv_text(cells[0]) == plain and cells[1:] == ["1", "-2.5"]
    assert (
        not cells[0].startswith(("=", "@"))
        and ";=" not in cells[0]
        and (not cells[0].startswith(("+", "-")) or float(cells[0]) * 0 == 0)
    )


def test_formulas_are_escaped_and_numbers_are_not() -> None:
    assert csv_row("=cmd|' /C calc'!A0", "-1.5", "+1+1", "'=x", "it's", "a;=b;'@c;d") == (
        "'=cmd|' /C calc'!A0,-1.5,'+1+1,''=x,it's,a;'=b;''@c;d\n"
    )
    assert csv_row("a\x1b[2J\nb\tc") == "a\ufffd[2J\ufffdb\ufffdc\n"


def test_subtitles_contain_no_foreign_markup() -> None:
    hostile = "{\\an8}<b>x</b>\n\n00:00 --> 00:09 & \\N"
    assert srt_text(hostile) == ass_text(hostile).replace("<", "\u2039").replace(">", "\u203a")
    assert vtt_text(hostile) == "{\\an8}&lt;b&gt;x&lt;/b&gt;\ufffd\ufffd00:00 --&gt; 00:09 &amp; \\N"
    assert ass_text(hostile) == "(/an8)<b>x</b>\ufffd\ufffd00:00 --> 00:09 & /N"


def test_qt_shows_text_literally() -> None:
    assert rich_text("<img src=x>\na&b") == "<span>&lt;img src=x&gt;<br>a&amp;b</span>"
    assert button_text("Itchy & Scratchy\t.mp4") == "Itchy && Scratchy\ufffd.mp4"
