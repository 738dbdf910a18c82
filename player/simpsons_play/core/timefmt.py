"""Formats times for people."""

from __future__ import annotations


def format_time(time_s: float) -> str:
    """Format seconds as mm:ss, or as h:mm:ss from one hour on; negative times as 00:00.

    Example:
        >>> format_time(83.4), format_time(3723)
        ('01:23', '1:02:03')
    """
    minutes, seconds = divmod(max(0, int(time_s)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def format_moment(time_s: float) -> str:
    """As `format_time` for whole seconds, as `format_tenths` for others.

    Example:
        >>> format_moment(83.0), format_moment(83.44)
        ('01:23', '01:23.4')
    """
    return format_time(time_s) if time_s == int(time_s) else format_tenths(time_s)


def format_tenths(time_s: float) -> str:
    """As `format_time`, rounded to tenths.

    Example:
        >>> format_tenths(83.44)
        '01:23.4'
    """
    tenths = round(time_s * 10)
    return f"{format_time(tenths / 10 + 0.01)}.{tenths % 10}"
