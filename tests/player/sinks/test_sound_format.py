"""Sound whose format changes midway, as in concatenated files."""

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from simpsons_play.sinks.video import passthrough, sound_format
from simpsons_play.sinks.video.sound_format import changing_sound, headers
from simpsons_play.sources import VideoFile
from tests.media import (
    Recipe,
    length_s,
    make_video,
)
from tests.player.sinks.video_kit import ENDINGS, assert_tone, decode_sound, make_film, read, record


def concatenated(folder: Path, one: dict[str, Any], other: dict[str, Any], *, ending: str = "ts") -> Path:
    """Two videos concatenated as with `cat`."""
    parts = [make_film(folder / f"{n}.{ending}", **how) for n, how in enumerate((one, other))]
    both = folder / f"both.{ending}"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    return both


CHANGES = {
    "rate and channels": (
        {"codec": "aac", "rate": 44_100},
        {"codec": "aac", "rate": 48_000, "layout": "mono"},
    ),
    "channels": ({"codec": "aac", "layout": "mono"}, {"codec": "aac", "layout": "5.1"}),
    "AC-3 channels": ({"codec": "ac3"}, {"codec": "ac3", "layout": "5.1"}),
    "AC-3 rate": ({"codec": "ac3", "rate": 44_100}, {"codec": "ac3", "rate": 48_000}),
    "MP2 rate": ({"codec": "mp2", "rate": 48_000}, {"codec": "mp2", "rate": 32_000}),
    "AAC to AC-3": ({"codec": "aac"}, {"codec": "ac3"}),
    "AC-3 to AAC": ({"codec": "ac3"}, {"codec": "aac"}),
    "MP2 to AAC": ({"codec": "mp2"}, {"codec": "aac"}),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("change", CHANGES)
def test_sound_continues_after_a_format_change(change: str, ending: str, tmp_path: Path) -> None:
    source = concatenated(tmp_path, *CHANGES[change])
    path, warnings = record(source, tmp_path / f"out.{ending}")
    assert warnings == []
    after = read(path)
    assert [number for _, number in after] == [*range(50), *range(50)]
    sound = decode_sound(path)
    first_s, joint_s = float(after[0][0]), float(after[50][0])
    assert joint_s - first_s == pytest.approx(2.0, abs=0.1)
    # In each part, sound begins up to the length of the preroll before the video.
    for at_s in (0.5, 1.4):
        assert_tone(sound, first_s + at_s, tone_s=at_s, within_s=0.05)
        assert_tone(sound, joint_s + at_s, tone_s=at_s, within_s=0.05)


def test_only_incompatible_format_changes_are_reencoded(tmp_path: Path) -> None:
    found = {}
    for name, change in CHANGES.items():
        folder = tmp_path / name
        folder.mkdir()
        found[name] = bool(changing_sound(concatenated(folder, *change)))
    assert found == {
        "rate and channels": True,
        "channels": True,
        "AC-3 channels": False,  # players read the header of each packet
        "AC-3 rate": True,
        "MP2 rate": True,
        "AAC to AC-3": True,
        "AC-3 to AAC": True,
        "MP2 to AAC": True,
    }


OGG = Recipe(
    "one.ogv",
    codec="libvpx",
    sound="vorbis",
    rate=Fraction(25),
    frames=50,
    options={"deadline": "realtime", "cpu-used": "8", "g": "12"},
)


def test_concatenated_ogg_files_of_different_rates_end_with_a_warning(tmp_path: Path) -> None:
    one = make_video(tmp_path, OGG).read_bytes()
    other = make_video(tmp_path, dataclasses.replace(OGG, name="other.ogv", sound_rate=44_100)).read_bytes()
    source = tmp_path / "both.ogv"
    source.write_bytes(one + other)
    with VideoFile(source) as video:
        assert len(list(video)) == 50
        assert len(video.warnings) == 1
        assert "both.ogv cannot be read beyond 2.0 s" in video.warnings[0]


@pytest.mark.parametrize("ending", ENDINGS)
def test_concatenated_ogg_files_are_read_to_the_end(ending: str, tmp_path: Path) -> None:
    one = make_video(tmp_path, OGG).read_bytes()
    source = tmp_path / "both.ogv"
    source.write_bytes(one + one)
    path, warnings = record(source, tmp_path / f"out.{ending}")
    assert warnings == []
    after, sound = read(path), decode_sound(path)
    assert [number for _, number in after] == [*range(50), *range(50)]
    joint_s = float(after[50][0])
    for at_s in (0.3, 1.0, 1.6):
        assert_tone(sound, float(after[0][0]) + at_s, tone_s=at_s, within_s=0.03)
        assert_tone(sound, joint_s + at_s, tone_s=at_s, within_s=0.03)


def test_headers_ignore_vorbis_comments_but_not_the_setup(tmp_path: Path) -> None:
    same = b"\x1e\x01vorbis" + bytes(23)
    setup = b"\x05vorbis" + bytes(range(100))
    assert headers(same + b"\x03vorbis one" + setup) == headers(same + b"\x03vorbis another" + setup)
    assert headers(same + b"\x03vorbis one" + setup) != headers(same + b"\x03vorbis one" + setup + b"x")
    assert headers(b"OpusHead") != headers(b"OpusTail")
    assert headers(None) == b""


def test_large_files_are_sampled_at_many_positions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_format, "_READ_BYTES", 1000)
    monkeypatch.setattr(sound_format, "_SAMPLE_PACKETS", 40)
    assert changing_sound(concatenated(tmp_path, *CHANGES["rate and channels"]))


def test_undetected_format_change_ends_the_sound_with_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passthrough, "changing_sound", lambda path: frozenset())
    source = concatenated(tmp_path, *CHANGES["rate and channels"])
    path, warnings = record(source, tmp_path / "out.mp4")
    assert len(warnings) == 1
    assert "sound (aac) changes its format at 2." in warnings[0] and "left out from there on" in warnings[0]
    assert len(read(path)) == 100
    assert 1.9 < length_s(path, "audio") < 2.1
