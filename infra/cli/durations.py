"""Times as people write and read them."""

import re
from datetime import datetime

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """Seconds of `90`, `90s`, `15m`, `2h` or `1d`. Raises ValueError with one sentence."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d|)\s*", text)
    if found is None:
        raise ValueError(f"{text!r} is not a duration: write one such as 90s, 15m or 2h")
    return float(found[1]) * _UNITS[found[2]]


def show_seconds(seconds: float) -> str:
    """`0.8 s`, `12 s`, `3 min 05 s` or `2 h 07 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def between(begin: str, end: str) -> float:
    """Seconds from one moment in ISO 8601 to another."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def clock(moment: str) -> str:
    """The time of day, UTC, of a moment in ISO 8601: `10:15:02Z`."""
    return f"{moment[11:19]}Z"
