"""How a rule says what it found: at the line of the declaration or migration that is meant."""

from collections.abc import Iterable
from typing import Literal

from handlers.domain.items.changes import ItemsMigration
from handlers.domain.items.shapes import Shape
from handlers.domain.schema.gate.findings import GateFinding

NEW_NAME = (
    "write the new form under a new name, backfill it, and remove the old one by a contract when "
    "no version reads it any more"
)
"""What to do instead of changing an attribute in place."""


def at(
    place: Shape | ItemsMigration,
    *path: str,
    rule: str,
    breaks: str,
    remedy: str,
    verdict: Literal["REVIEW", "REFUSE"] = "REFUSE",
) -> GateFinding:
    """A finding at a key of the file; a REVIEW carries the file's waiver of its rule."""
    waivers = place.waivers if isinstance(place, ItemsMigration) else {}
    return GateFinding(
        path=place.path,
        statement=1,
        line=place.line(*path),
        rule=rule,
        layer="items",
        verdict=verdict,
        breaks=breaks,
        remedy=remedy,
        waived=waivers.get(rule) if verdict == "REVIEW" else None,
    )


def once(findings: Iterable[GateFinding]) -> tuple[GateFinding, ...]:
    """Each place and rule told once, in the order of the files."""
    told: dict[tuple[str, int, str], GateFinding] = {}
    for each in findings:
        told.setdefault((each.path, each.line, each.rule), each)
    return tuple(sorted(told.values(), key=lambda each: (each.path, each.line, each.rule)))


def types(found: Iterable[str]) -> str:
    """`N or S`."""
    return " or ".join(sorted(found))
