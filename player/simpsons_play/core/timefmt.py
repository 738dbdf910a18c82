"""Times as people write them."""

from __future__ import annotations


def clock(time_s: float) -> str:
    """Seconds as mm:ss, or h:mm:ss from an hour on."""
    minutes, seconds = divmod(max(0, int(time_s)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
