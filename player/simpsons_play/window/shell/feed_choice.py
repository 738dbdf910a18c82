"""The feed of a source, and its sound where there is a device for it."""

from __future__ import annotations

import sys
from pathlib import Path

from simpsons_play.core.frames import SourceInfo
from simpsons_play.window.playback.multimedia import why_no_multimedia, why_no_sound_device
from simpsons_play.window.playback.ports import OpenFrames
from simpsons_play.window.playback.sound import Sound
from simpsons_play.window.playback.source_feed import SourceFeed
from simpsons_play.window.shell.player import PlayerWindow


def begin_feed(
    window: PlayerWindow,
    media: str | Path | None,
    *,
    open_frames: OpenFrames,
    start_s: float,
    duration_s: float | None,
    info: SourceInfo | None,
) -> None:
    """Give a window its feed. What the user should know goes to stderr, too, each line once.

    Args:
        window: that plays it.
        media: the file that holds the sound, or its address; None for sources without.
        open_frames: opens the source.
        start_s: where to begin, in seconds.
        duration_s: how long to play from there; None for to the end.
        info: what is known of it; None where that is not known yet.
    """
    if info is not None:
        window.fit_picture(info)
    told: set[str] = set()

    def tell(line: str) -> None:
        if line and line not in told:
            told.add(line)
            sys.stderr.write(f"{line}\n")

    sounds = media is not None and (info is None or info.has_sound)
    reason = why_no_multimedia() if sounds else None
    sound = speakers = None
    if media is not None and sounds and reason is None:
        from simpsons_play.window.playback.speaker import Speakers

        reason, speakers = why_no_sound_device(), Speakers()
        end_s = None if duration_s is None else start_s + duration_s
        sound = Sound(media, speakers.open, end_s=end_s)
        speakers.changed.connect(sound.reopen)
    feed = SourceFeed(open_frames, start_s=start_s, duration_s=duration_s, sound=sound)
    if speakers is not None:
        speakers.setParent(feed)
    feed.warned.connect(tell)
    note = "" if reason is None else f"no sound: {reason}"
    tell(note)
    window.use(feed, note=note)
