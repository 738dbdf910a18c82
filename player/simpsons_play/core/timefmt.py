"""Times as people write them."""

from __future__ import annotations


def format_time(time_s: float) -> str:
    """Seconds as mm:ss, or h:mm:ss from an hour on.

    Example:
        >>> format_time(83.4), format_time(3723)
        ('01:23', '1:02:03')
    """
    minutes, seconds = divmod(max(0, int(time_s)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
