"""Which logs are heard while a release bakes, and what the plan says of the others."""

from collections.abc import Mapping
from dataclasses import dataclass

SLOTS = 2
"""Subscription filters that CloudWatch Logs takes for a log group."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What a log group sends where: to us, and by the names of its `others`. `unread` is why AWS
    did not say. `whole` is False where Lambda does not log a report of each request, `starts` where
    what is sent has no line of its beginning: a stack that was deployed before sends none.
    """

    group: str
    ours: bool
    others: tuple[str, ...] = ()
    unread: str | None = None
    whole: bool = True
    starts: bool = True


def unheard(functions: Mapping[str, Subscribed]) -> list[str]:
    """A sentence for each reason why a function's errors are seen by the poll alone, a minute or
    two later.
    """
    reasons: dict[str, list[str]] = {}
    for key, each in sorted(functions.items()):
        if not each.ours or not each.whole:
            reasons.setdefault(_reason(each), []).append(key)
    return [
        f"errors of {', '.join(keys)} are seen by the poll alone, because {reason}"
        for reason, keys in reasons.items()
    ]


def _reason(each: Subscribed) -> str:
    if each.ours:
        return "the system log level leaves out the reports of requests that went well"
    if each.unread:
        return f"the log's subscriptions could not be read ({each.unread})"
    if len(each.others) >= SLOTS:
        taken = " and ".join(each.others)
        return f"no subscription slot is free on {each.group}: {taken} have both"
    return "no subscription of Greenshift's is on the log"
