"""Cold starts of green beside blue's, and how warm green is before it gets traffic."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

_TOLD = 3


@dataclass(frozen=True, slots=True)
class ColdStart:
    """The median init of one function in milliseconds, None where none was seen. Blue's is that of
    the deployment which released it.
    """

    green_ms: float | None
    blue_ms: float | None


@dataclass(frozen=True, slots=True)
class Warmed:
    """How many environments of a function were asked for, how many calls were cold starts, and how
    many were throttled.
    """

    asked: int
    started: int
    throttled: int


def warm_calls(asked: int, reserved: int | None) -> int:
    """How many calls at once warm a function: what was asked for, but never more than a tenth of
    its reserved concurrency, as blue's traffic lives on the same.
    """
    return asked if reserved is None else min(asked, max(1, reserved // 10))


def beside_blue(
    inits: Mapping[str, Sequence[float]], blue: Mapping[str, float | None], changed: Container[str]
) -> dict[str, ColdStart]:
    """The cold starts of each function; one that does not change keeps blue's. `inits` are those
    that were seen of each.
    """
    return {
        key: ColdStart(
            (round(median(seen), 1) if seen else None) if key in changed else blue.get(key),
            blue.get(key),
        )
        for key, seen in inits.items()
    }


def told(starts: Mapping[str, ColdStart], warmed: Mapping[str, Warmed]) -> str:
    """The slowest cold starts and what was warmed, as the end of a sentence."""
    known = [(key, each.green_ms, each.blue_ms) for key, each in starts.items()]
    slowest = sorted(
        ((key, green, blue) for key, green, blue in known if green is not None),
        key=lambda each: -each[1],
    )
    parts = [
        f"{key} {green:.0f} ms" + (f" (blue {blue:.0f} ms)" if blue is not None else "")
        for key, green, blue in slowest[:_TOLD]
    ]
    text = f"; cold start {', '.join(parts)}" if parts else ""
    for key, each in sorted(warmed.items()):
        text += f"; {each.started} of {each.asked} environments of {key} started"
        text += f", {each.throttled} throttled" if each.throttled else ""
    return text
