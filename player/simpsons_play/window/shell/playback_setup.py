"""Creates the playback of a source, with its sound if there is a sound device."""

from __future__ import annotations

import sys
from pathlib import Path

from simpsons_play.core.frames import SourceInfo
from simpsons_play.window.playback.multimedia import why_no_multimedia, why_no_sound_device
from simpsons_play.window.playback.ports import OpenFrames
from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.playback.sound import Sound
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.shell.player import PlayerWindow


def start_playback(
    window: PlayerWindow,
    media: str | Path | None,
    *,
    open_frames: OpenFrames,
    start_s: float,
    duration_s: float | None,
    info: SourceInfo | None,
) -> None:
    """Start the playback of a source in a window. Each warning is written to stderr once as well.

    Args:
        window: Takes ownership of the playback.
        media: Path or address of the file that contains the sound; None for sources without sound.
        open_frames: Opens the source.
        start_s: Where to start, in seconds.
        duration_s: How long to play from there, in seconds; None plays to the end.
        info: Information about the source; None if it has not been opened yet.
    """
    if info is not None:
        window.session.fit_to(info)
    written: set[str] = set()

    def write_once(line: str) -> None:
        if line and line not in written:
            written.add(line)
            sys.stderr.write(f"{line}\n")

    may_have_sound = media is not None and (info is None or info.has_sound)
    reason = why_no_multimedia() if may_have_sound else None
    sound = speaker = None
    if media is not None and may_have_sound and reason is None:
        from simpsons_play.window.playback.qt_speaker import DefaultSpeaker

        reason, speaker = why_no_sound_device(), DefaultSpeaker()
        end_s = None if duration_s is None else start_s + duration_s
        sound = Sound(media, speaker.open, end_s=end_s)
        speaker.changed.connect(sound.reopen)
    playback = SourcePlayback(open_frames, start_s=start_s, duration_s=duration_s, sound=sound)
    if speaker is not None:
        speaker.setParent(playback)
    playback.warning.connect(write_once)
    note = "" if reason is None else f"no sound: {reason}"
    write_once(note)
    # A source that opens slowly, such as an address, is not opened a second time only for previews.
    previews = Previews(open_frames) if info is not None and info.can_seek else None
    # Pictures wait for the user to go on, unless nobody is there to do so.
    paused = info is not None and info.stills and not window.session.closes_at_end
    window.session.set_playback(playback, note=note, previews=previews, paused=paused)
