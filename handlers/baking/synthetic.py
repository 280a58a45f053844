"""Synthetic requests in a look of Bake: what came of those before, and which to make now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.adapters.clock import now, seconds
from handlers.domain.document import Document
from handlers.domain.messages import Bake
from handlers.domain.record import Record
from handlers.domain.synthetic.rounds import Round, strata_of, told, while_sent
from handlers.domain.synthetic.thin import missing, real_a_minute
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.evidence import Evidence

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


@dataclass(frozen=True, slots=True)
class Made:
    """The synthetic requests of a deployment so far; nothing where none may be made."""

    record: Record
    rounds: Sequence[Round] = ()

    def beside(self, evidence: Evidence, changed: Mapping[str, str]) -> Evidence:
        """The evidence with them, apart from what real requests say; `changed` are green's versions
        by function.
        """
        if self.record.synthetic is None:
            return evidence
        strata = strata_of(self.record.synthetic, self.rounds, changed)
        return replace(evidence, synthetic=strata, not_counted=tuple(told(self.rounds)))

    @property
    def while_sent(self) -> dict[str, list[tuple[float, float]]]:
        """By function, the epoch seconds between which its log speaks of them as well."""
        if self.record.synthetic is None:
            return {}
        return while_sent(
            self.rounds, {each.name: each.function for each in self.record.synthetic.checks}
        )


def made_so_far(tools: "Tools", record: Record) -> Made:
    """What the ledger knows of them."""
    if record.synthetic is None:
        return Made(record)
    return Made(record, tools.synthetic_rounds.known(record.deployment)[1])


def fill_the_minute(
    tools: "Tools",
    document: Document,
    record: Record,
    section: Bake,
    evidence: Evidence,
    green: Mapping[str, str],
) -> Bake:
    """Makes the minute's requests, if the step is watched on and real traffic leaves any missing.
    Answers the section with what is left to wait of the time.
    """
    if record.synthetic is None or section.next != "observe":
        return section
    began, synthetic = now(), record.synthetic
    lacking = {
        key: missing(synthetic.per_minute, _real(document, record, evidence, key, began))
        for key in sorted({each.function for each in synthetic.checks} & green.keys())
    }
    if any(lacking.values()):
        # Late: a bake that has traffic enough needs nothing of it.
        from handlers.baking.filling import Sides, fill  # noqa: PLC0415

        fill(
            tools,
            record,
            lacking,
            {
                key: Sides(
                    name=record.functions[key].name,
                    green=green[key],
                    blue=record.functions[key].blue if synthetic.blue_too else None,
                )
                for key in lacking
            },
            at=began,
            see_held=lambda: tools.claims.held_by(document.execution, document.service),
        )
    took = now() - began
    return replace(section, wait_seconds=max(1, round(section.wait_seconds - took)))


def _real(document: Document, record: Record, evidence: Evidence, key: str, at: float) -> float:
    weight, weighted = document.shifted.weight, record.functions[key].weighted
    return real_a_minute(
        evidence.strata.get(key, ()),
        record.before.get(key, Before()),
        weight / 100 if weighted or weight == 100 else 0.0,
        settled_at=at - record.bake.settle_seconds,
        stepped_at=seconds(document.shifted.at),
    )
