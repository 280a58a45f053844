"""What came of one comparison: what the ledger keeps of it, and how it is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from handlers.domain.compare.recording import Recorded
from handlers.domain.compare.tally import Difference
from handlers.domain.release.compare_section import Comparing

MOST_KEPT, MOST_NOISY = 30, 10
"""Fields of one comparison in the ledger, whose item has 400 KB for all of a phase."""
_FEWEST_TOLD, _LONGEST_TOLD = 3, 200
"""Fields that a sentence names in any case, and characters for as many more as find room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One `[[compare]]` of a release, as it went. Of `requests` in the file so many were
    `compared`; on `blue_failed` blue did not answer well itself, and `refused` of those compared
    it answered with 4xx. `asked_again` differed at first, and of them `gone` no more the second
    time. `fields` are those in which green differs beyond blue's noise, all of them `differing` in
    number; `noisy` some in which it does not. `stopped` says why not all was compared, empty when
    all was.
    """

    name: str
    function: str
    version: str
    mode: Literal["inform", "gate"]
    file: str
    requests: int
    compared: int = 0
    blue_failed: int = 0
    refused: int = 0
    asked_again: int = 0
    gone: int = 0
    differing: int = 0
    fields: tuple[Difference, ...] = ()
    noisy: tuple[Difference, ...] = ()
    stopped: str = ""

    @property
    def closes(self) -> bool:
        """Whether it is a gate that green does not pass."""
        return self.mode == "gate" and self.differing > 0

    @property
    def told(self) -> str:
        """The comparison in half a sentence."""
        asked = f"{self.requests} requests of {self.name!r}"
        notes = [f"blue itself fails {self.blue_failed}"] if self.blue_failed else []
        if self.refused * 2 > self.compared:
            notes.append(f"blue answers {self.refused} with 4xx")
        notes += [self.stopped] if self.stopped else []
        if not self.compared:
            return f"{asked} not compared: {'; '.join(notes)}"
        if self.compared < self.requests:
            asked = f"{self.compared} of {asked}"
        aside = f" ({'; '.join(notes)})" if notes else ""
        return f"compared {asked}{aside}: {self._fields()}"

    def _fields(self) -> str:
        if not self.differing:
            return "no field differs"
        count = "1 field differs" if self.differing == 1 else f"{self.differing} fields differ"
        return f"{count}: {self.first_fields}"

    @property
    def first_fields(self) -> str:
        """The fields that differ most: `body.total (37 of 120; noise 0)`."""
        shown: list[str] = []
        for each in self.fields:
            told = f"{each.field} ({each.differ} of {self.compared}; noise {each.noise})"
            if len(shown) >= _FEWEST_TOLD and len(", ".join([*shown, told])) > _LONGEST_TOLD:
                break
            shown.append(told)
        more = self.differing - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more else "")


def foretold(comparisons: Sequence[Comparing]) -> list[str]:
    """What a plan says of the comparisons to be made, as its notes."""
    named = ", ".join(f"{each.name!r} ({each.mode})" for each in comparisons)
    return [f"compares green's answers with blue's before any traffic: {named}"] if named else []


def begun(
    comparing: Comparing, recorded: Sequence[Recorded], version: str, stopped: str = ""
) -> Comparison:
    """A comparison of which nothing was compared yet, or will be for the reason `stopped`."""
    return Comparison(
        name=comparing.name,
        function=comparing.function,
        version=version,
        mode=comparing.mode,
        file=comparing.requests,
        requests=len(recorded),
        stopped=stopped,
    )


def each_field(service: str, comparisons: Sequence[Comparison]) -> str:
    """Where the fields are shown, as the end of a sentence; empty where none differs."""
    differ = any(each.differing for each in comparisons)
    return f"; `greenshift compare show {service}` has each field" if differ else ""


def why_closed(service: str, green: str, blue: str, closed: Sequence[Comparison]) -> str:
    """The sentence that ends a deployment of the service at its gates."""
    each = [
        f"{one.name!r} on {one.function}:{one.version}: {one.first_fields}, first in "
        f"{one.file}:{one.fields[0].line}"
        for one in closed
    ]
    return (
        f"{green} answers otherwise than {blue}, beyond blue's own noise: {'; '.join(each)}"
        f"{each_field(service, closed)}; mend it, or add the field to ignore of its [[compare]] if "
        "it is meant to differ"
    )
