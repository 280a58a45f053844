"""Puts recorded requests to blue, to blue again and to green, and says in which fields green
answers otherwise, beyond what blue's own answers differ in.
"""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from random import Random

from handlers.adapters.clock import now
from handlers.adapters.functions.replays import Replays
from handlers.domain.compare.answers import Seen, seen
from handlers.domain.compare.comparison import MOST_KEPT, MOST_NOISY, Comparison, begun
from handlers.domain.compare.recording import Recorded
from handlers.domain.compare.rounds import ROLES, Role, Round, asked_again, compared
from handlers.domain.compare.tally import Tally, to_ask_again
from handlers.domain.release.compare_section import Comparing
from handlers.verifying.blue import Blue
from handlers.verifying.runner import Target
from handlers.verifying.suite import Suite

LONGEST = 120
"""Seconds for all comparisons of a release."""
LATEST = 200
"""Seconds after the phase began at which nothing more is asked: the answer that is waited for then,
and the ledger, still fit into the phase's time-out.
"""
_AT_ONCE = 4
_MOST_UNANSWERED = 5
_FOR_THE_FIRST_ROUND = 0.75
"""Of a comparison's time; the rest is kept for what is asked again."""


def compare(
    replays: Replays,
    suite: Suite,
    blue: Blue,
    targets: Mapping[str, Target],
    changed: Collection[str],
    *,
    began: float,
) -> list[Comparison]:
    """All comparisons of the suite, one after the other. Nothing is compared with the seed, which
    was never released, nor of a function that does not change; of each it is told.
    """
    until = min(began + LATEST, now() + LONGEST)
    found: list[Comparison] = []
    for number, each in enumerate(suite.compare):
        recorded, target = suite.recordings[each.name], targets[each.function]
        share = max(0.0, until - now()) / (len(suite.compare) - number)
        nothing = begun(each, recorded, target.version)
        if blue.seed:
            found.append(replace(nothing, stopped="blue is the seed, which was never released"))
        elif each.function not in changed:
            found.append(replace(nothing, stopped=f"{each.function} does not change"))
        else:
            sides = {"primary": blue.targets[each.function], "candidate": target}
            asking = _Asking(replays, each, {**sides, "secondary": sides["primary"]}, share)
            found.append(asking.compare(nothing, recorded))
    return found


@dataclass(slots=True)
class _Asking:
    """One comparison, under way: for `share` seconds, unless Lambda has no answers to give."""

    replays: Replays
    comparing: Comparing
    targets: Mapping[str, Target]
    share: float
    unanswered: int = field(default=0, init=False)
    order: Random = field(default_factory=Random, init=False)

    def compare(self, nothing: Comparison, recorded: Sequence[Recorded]) -> Comparison:
        """Asks everything once, and once more what differed."""
        began = now()
        self.order.seed(f"{self.comparing.name} {nothing.version}")
        first = self._ask(dict(enumerate(recorded)), began + self.share * _FOR_THE_FIRST_ROUND)
        stopped = self._stopped(len(first) < len(recorded))
        again = {number: recorded[number] for number in to_ask_again(first)}
        answered = self._ask(again, began + self.share)
        rounds = {
            number: asked_again(each, answered[number]) if number in answered else each
            for number, each in first.items()
        }
        tally = Tally(examples=self.comparing.examples)
        for number, each in rounds.items():
            if not each.blue_failed:
                tally.add(recorded[number].line, each)
        fields = tally.differing()
        return replace(
            nothing,
            compared=tally.compared,
            blue_failed=len(rounds) - tally.compared,
            refused=tally.refused,
            asked_again=len(answered),
            gone=sum(not rounds[number].suspect for number in answered),
            differing=len(fields),
            fields=tuple(fields[:MOST_KEPT]),
            noisy=tuple(tally.noisy()[:MOST_NOISY]),
            stopped=stopped,
        )

    def _ask(self, recorded: Mapping[int, Recorded], until: float) -> dict[int, Round]:
        """The rounds of the requests, four at the same time, without those that got none."""
        orders = [self.order.sample(ROLES, len(ROLES)) for _ in recorded]
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            made = pool.map(
                lambda each, order: self._round(each, order, until), recorded.values(), orders
            )
            rounds = zip(recorded, made, strict=True)
            return {number: each for number, each in rounds if each is not None}

    def _round(self, recorded: Recorded, order: Sequence[Role], until: float) -> Round | None:
        """Asks one request of the three, in an order of chance: what changes between two calls
        then looks as often like blue's noise as like a difference of green.
        """
        answers: dict[Role, Seen] = {}
        for role in order:
            if now() > until or self.unanswered >= _MOST_UNANSWERED:
                return None
            target = self.targets[role]
            answered = self.replays.ask(
                target.function, target.version, recorded.event, name=self.comparing.name
            )
            if answered is None:
                self.unanswered += 1
                return None
            answers[role] = seen(
                answered.payload, answered.error, recorded.form, self.comparing.headers
            )
        return compared(answers, self.comparing.ignore)

    def _stopped(self, incomplete: bool) -> str:
        if self.unanswered:
            return f"Lambda throttled or failed {self.unanswered} calls"
        return f"its {self.share * _FOR_THE_FIRST_ROUND:.0f} s were over" if incomplete else ""
