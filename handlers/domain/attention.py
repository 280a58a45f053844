"""A deployment that could not be put back: what is kept of its tries, and what it says of them."""

from collections.abc import Mapping
from typing import Any

Try = Mapping[str, str]
"""One execution that could not put the service back: `because` is why it went back at all, `what`
is what stood in its way, `at` when.
"""

_LATER = 4
"""Tries that are kept after the first: the recovery rule goes on trying, and an item is limited."""


def finish(service: str) -> str:
    """The one way to end it, as an imperative."""
    return f"finish it with `greenshift recover {service}`"


def tries_with(
    record: Mapping[str, Any], *, execution: str, at: str, because: str, what: str
) -> list[Try]:
    """The record's tries and this one, oldest first, of many the first and the newest; an execution
    that tries again has one.
    """
    first, *later = [
        *_of_others(record, execution),
        {"execution": execution, "at": at, "because": because, "what": what},
    ]
    return [first, *later[-_LATER:]]


def first_try(record: Mapping[str, Any], execution: str) -> Try | None:
    """The first try of an execution before this one, which has the original reason; None where it
    is the first itself.
    """
    return next(iter(_of_others(record, execution)), None)


def not_whole(because: str, what: str, do: str, *, again: bool) -> str:
    """The reason of one that needs a person, each thing once; where a recovery came too early it
    says so.
    """
    if again:
        return f"still not whole: {what}; {do}; it goes back because of {because}"
    return f"{because}; {do}" if what in because else f"{because}; {what}; {do}"


def recovered(because: str, first: Try | None) -> str:
    """The reason of one that is back, with what stood in its way at first."""
    if first is None:
        return because
    if first["what"] in because:
        return f"{because}; it needed attention and was recovered"
    return f"{because}; it needed attention: {first['what']}; it was recovered"


def is_needed(record: Mapping[str, Any]) -> bool:
    """Whether the deployment waits for a person, by its record."""
    return record.get("outcome") == "NeedsAttention"


def in_the_way(record: Mapping[str, Any]) -> tuple[str, str]:
    """What keeps others from the service, and what they are to do."""
    service = record["service"]
    what = f"{record['deployment']} still holds {service}, as it could not be put back"
    return what, f"{finish(service)}; `greenshift status {service}` says what stands in its way"


def _of_others(record: Mapping[str, Any], execution: str) -> list[Try]:
    return [each for each in record.get("attention", ()) if each["execution"] != execution]
