"""What the gate says of a statement: a verdict, and findings with what breaks and what to do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["SAFE", "REVIEW", "REFUSE"]
Layer = Literal["syntax", "catalog", "statements", "items"]
"""The syntax tree, the catalog before and after on a scratch database, blue's statements; for
DynamoDB the declared item shapes."""

_PROVES = {"warm-connections": "widen-column-type", "table-scan": "attach-partition"}
"""What a run shows by a name of its own, and the name of the risk that it is a part of."""
_GRAVITY: dict[Verdict, int] = {"SAFE": 0, "REVIEW": 1, "REFUSE": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFinding:
    """One thing that is wrong with one statement of a migration file.

    `statement` counts from 1 in the file, `line` is its first line. `rule` is the stable name that
    waivers and scripts use, such as `drop-column`. `breaks` says in one sentence what goes wrong
    for blue or for live traffic. `remedy` is SQL or a sentence, empty where there is none. `waived`
    is the reason that the file gives for letting a REVIEW pass; a REFUSE cannot be waived. `also`
    are the other layers that found the same.
    """

    path: str
    statement: int
    line: int
    rule: str
    layer: Layer
    verdict: Literal["REVIEW", "REFUSE"]
    breaks: str
    remedy: str = ""
    waived: str | None = None
    also: tuple[Layer, ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer that found it."""
        return (self.layer, *self.also)

    @property
    def stops(self) -> bool:
        """Whether the migration may not be applied on account of this finding."""
        return self.verdict == "REFUSE" or self.waived is None

    def __str__(self) -> str:
        end = f"; {self.remedy}" if self.remedy else ""
        return f"{self.path}:{self.line}: {self.rule}: {self.breaks}{end}"


def joined(findings: Iterable[GateFinding]) -> tuple[GateFinding, ...]:
    """The findings with each risk told once: what several layers found under one name on one
    statement is one finding, told as the gravest of them tells it, or else the first.
    """
    found: dict[tuple[str, int, str], list[GateFinding]] = {}
    for each in findings:
        found.setdefault((each.path, each.statement, each.rule), []).append(each)
    for (path, statement, rule), proofs in list(found.items()):
        if (proven := found.get((path, statement, _PROVES.get(rule, "")))) is not None:
            proven += proofs
            del found[path, statement, rule]
    return tuple(each for same in found.values() for each in _told_once(same))


def _told_once(same: Sequence[GateFinding]) -> Iterator[GateFinding]:
    teller = max(same, key=lambda each: _GRAVITY[each.verdict])
    layers = dict.fromkeys(each.layer for each in same)
    remedy = next((each.remedy for each in same if each.remedy), "")
    for each in same:
        if each.layer == teller.layer:
            also = tuple(layer for layer in layers if layer != each.layer)
            yield replace(each, also=also, remedy=each.remedy or remedy)


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest of the verdicts; SAFE where there are none."""
    return max(verdicts, key=_GRAVITY.__getitem__, default="SAFE")


def accepted(findings: Sequence[GateFinding]) -> bool:
    """Whether nothing stops the migrations."""
    return not any(finding.stops for finding in findings)
