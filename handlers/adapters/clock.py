"""The time, asked for in one place."""

import time
from datetime import UTC, datetime


def now() -> float:
    """Seconds since the epoch."""
    return time.time()


def iso(seconds: float) -> str:
    """The moment in ISO 8601, UTC, to the millisecond."""
    return (
        datetime.fromtimestamp(seconds, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def seconds(text: str) -> float:
    """The epoch seconds of a moment in ISO 8601."""
    return datetime.fromisoformat(text).timestamp()
