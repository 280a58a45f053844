"""What the gate says of a statement: a verdict, and findings with what breaks and what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["SAFE", "REVIEW", "REFUSE"]
Layer = Literal["syntax", "catalog", "statements", "items"]
"""The syntax tree, the catalog before and after on a scratch database, blue's statements; for
DynamoDB the declared item shapes."""

_GRAVITY: dict[Verdict, int] = {"SAFE": 0, "REVIEW": 1, "REFUSE": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFinding:
    """One thing that is wrong with one statement of a migration file.

    `statement` counts from 1 in the file, `line` is its first line. `rule` is the stable name that
    waivers and scripts use, such as `drop-column`. `breaks` says in one sentence what goes wrong
    for blue or for live traffic. `remedy` is SQL or a sentence, empty where there is none. `waived`
    is the reason that the file gives for letting a REVIEW pass; a REFUSE cannot be waived.
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

    @property
    def stops(self) -> bool:
        """Whether the migration may not be applied on account of this finding."""
        return self.verdict == "REFUSE" or self.waived is None

    def __str__(self) -> str:
        end = f"; {self.remedy}" if self.remedy else ""
        return f"{self.path}:{self.line}: {self.rule}: {self.breaks}{end}"


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest of the verdicts; SAFE where there are none."""
    return max(verdicts, key=_GRAVITY.__getitem__, default="SAFE")


def accepted(findings: Sequence[GateFinding]) -> bool:
    """Whether nothing stops the migrations."""
    return not any(finding.stops for finding in findings)
