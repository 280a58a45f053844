"""Inspecting a document: findings are collected, so that all of them are told at once."""

from collections.abc import Iterable, Sequence

from handlers.domain.findings import Finding
from handlers.domain.reading.finding_codes import InputCode
from handlers.domain.reading.places import Path, Places

MOST_FINDINGS = 40


class Inspection:
    """Collects what is wrong with one document, in the order in which it is read."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.findings: list[Finding] = []

    def report(self, code: InputCode, path: Path, what: str, do: str) -> None:
        """Note one finding about `path`."""
        self.findings.append(Finding(code, self.places(*path), what, do))


def at_most(findings: Sequence[Finding], most: int = MOST_FINDINGS) -> list[Finding]:
    """The first `most` findings, and one that counts the rest: an answer has to fit in 256 KiB."""
    if len(findings) <= most:
        return list(findings)
    rest = len(findings) - most
    more = Finding(
        "MoreFindings", findings[most].where, f"there are {rest} more", "mend these first"
    )
    return [*findings[:most], more]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to do about a word that is not known: its nearest neighbour, else the whole choice."""
    # difflib costs a cold start 10 ms, and only a bad document needs it.
    from difflib import get_close_matches  # noqa: PLC0415

    choice = sorted(known)
    near = [each for each in choice if each.casefold() == word.casefold()]
    near = near or get_close_matches(word[:100], choice, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"leave it out, or write one of {', '.join(choice)}" if choice else "leave it out"
