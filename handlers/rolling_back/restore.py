"""Back to blue: N functions are N alias calls, entries first, and nothing is waited for in
between.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import iso, now
from handlers.adapters.functions.flips import Flipped, Order
from handlers.adapters.ledger.claims import Claim
from handlers.domain.answer import answer, ended
from handlers.domain.attention import finish, first_try, not_whole, recovered, tries_with
from handlers.domain.codec import decode
from handlers.domain.hotfix import told_of
from handlers.domain.messages import UNCHANGED, Ended, Outcome
from handlers.domain.record import Record
from handlers.domain.shift.traffic import (
    FLIPS_A_STEP,
    ROLLBACK_STEP,
    Managed,
    Target,
    description,
    way_back,
)
from handlers.errors import AliasMoved, ClaimLost, DeploymentClosed, RollbackIncomplete
from handlers.rolling_back.blue_seen import seen_of_blue
from handlers.rolling_back.release_of_record import live_again, undoing
from handlers.rolling_back.schema_untouched import without_its_changes

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


class Restore:
    """Puts one deployment's service back on the blue of its record, under its claim."""

    def __init__(self, tools: "Tools", claim: Claim) -> None:
        self._tools, self._claim = tools, claim
        self._known = tools.journal.deployment(claim.deployment) or {}
        self._record = decode(Record, self._known)

    def run(self, reason: str, *, everything: bool, refused: bool = False) -> Ended:
        """Flips what was flipped (`everything`: each alias, also those that look right), sees blue
        answer, closes.

        Of a rollback that was asked for, blue becomes the release of record; of a repair it is that
        already. A recovery keeps the original reason, and `reason` is for where there is none.
        `refused` is a deployment whose migrations were, before any was begun.
        Raises ClaimLost, or AliasMoved or RollbackIncomplete naming the functions that are not
        back, after all others were put back.
        """
        went_back = self._record.action == "rollback"
        ordered = went_back or self._record.action == "repair"
        deployment, record = self._claim.deployment, self._record
        phases = self._tools.journal.phases(deployment)
        versions = self._green(phases)
        begun = {
            flip["function"]: flip.get("revision") for flip in self._tools.journal.flips(deployment)
        }
        back = [each for each in record.managed() if everything or each.key in begun]
        first = first_try(self._known, self._claim.execution)
        because = first["because"] if first else reason
        if went_back:
            from handlers.rolling_back.wake import wake  # noqa: PLC0415 - the automatic way back does without

            because += wake(self._tools, back)
        flips, errors = self._flip_back(back, versions, begun)
        if errors:
            raise self._not_whole(because, errors, versions, back, again=first is not None)
        told = recovered(because, first) + _overwritten(flips)
        answering = seen_of_blue(self._tools, record, back)
        # A try of this very phase that came so far has left its own trace.
        changed = begun or phases.keys() - {"Plan", "RollBack"}
        outcome: Outcome = "RolledBack" if ordered or changed else "Rejected"
        found = self._answer(outcome, told + answering, versions)
        self._write_down(flips, found)
        if not went_back:
            withdrawn = without_its_changes(self._tools, record, phases, refused=refused)
            return ended(self._tools.journal.close(self._claim, outcome, found, also=withdrawn))
        live = live_again(record, found["endedAt"])
        also = undoing(self._tools.history, record, found["endedAt"])
        return ended(self._tools.journal.close(self._claim, outcome, found, live=live, also=also))

    def _flip_back(
        self,
        back: Sequence[Managed],
        versions: Mapping[str, str],
        revisions: Mapping[str, str | None],
    ) -> tuple[list[Flipped], dict[str, Exception]]:
        """The flips that were made, and the errors by Lambda's function name."""
        flips: list[Flipped] = []
        errors: dict[str, Exception] = {}
        for rank in way_back(back):
            done, failed = self._tools.flips.try_all(
                self._claim,
                [self._order(each, versions, revisions.get(each.key)) for each in rank],
            )
            flips += done
            errors |= failed
        return flips, errors

    def _not_whole(
        self,
        because: str,
        errors: Mapping[str, Exception],
        versions: Mapping[str, str],
        back: Sequence[Managed],
        *,
        again: bool,
    ) -> Exception:
        """Writes down why the service is not whole and answers the error that says so. A foreign
        hand on an alias is for a person: the claim stays open, so that none begins on top.
        """
        for error in errors.values():
            if isinstance(error, ClaimLost | DeploymentClosed):
                return error
        self._tools.claims.check(self._claim)
        moved = {name: error for name, error in errors.items() if isinstance(error, AliasMoved)}
        what = "; ".join(
            str(error) if name in moved else f"{name}: {error}" for name, error in errors.items()
        )
        if not moved:
            made = len(back) - len(errors)
            what = f"{made} of {len(back)} functions are back on blue, but {what}"
            self._keep(because, what)
            return RollbackIncomplete(what)
        there = [name for name, error in moved.items() if not error.gone]
        blue = ", ".join(f"{each.name} at {each.blue}" for each in back if each.name in there)
        point = f"point {self._record.alias} back ({blue}), then " if there else "then "
        do = point + finish(self._record.service)
        reason = not_whole(because, what, do, again=again)
        found = self._answer("NeedsAttention", reason, versions)
        self._keep(because, what, outcome=found["outcome"], answer=found, endedAt=found["endedAt"])
        return AliasMoved(
            f"{reason} (or start the machine with"
            f' {{"action": "recover", "execution": "{self._claim.execution}"}})'
        )

    def _keep(self, because: str, what: str, **facts: Any) -> None:
        tries = tries_with(
            self._known,
            execution=self._claim.execution,
            at=iso(now()),
            because=because,
            what=what,
        )
        self._tools.journal.add(self._claim.deployment, {"attention": tries, **facts})

    def _order(self, function: Managed, versions: Mapping[str, str], revision: str | None) -> Order:
        green = versions.get(function.key, UNCHANGED)
        ours = frozenset({function.blue} if green == UNCHANGED else {function.blue, green})
        return Order(
            function=function,
            alias=self._record.alias,
            target=Target(function.blue, {}),
            ours=None if self._record.action == "repair" else ours,
            # Who goes back by hand wants all of it there, also what another hand has moved.
            overwrites=self._record.action == "rollback",
            description=description(
                self._record.service, self._claim.token, self._claim.deployment, "back"
            ),
            revision=revision,
        )

    def _green(self, phases: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        if self._record.action == "rollback":
            return dict((self._record.former or {})["versions"])
        if self._record.action == "repair":
            return dict.fromkeys(self._record.functions, UNCHANGED)
        return dict(phases.get("ProvisionGreen", {}).get("section", {}).get("versions", {}))

    def _answer(self, outcome: Outcome, reason: str, versions: Mapping[str, str]) -> dict[str, Any]:
        record = self._record
        verdicts = self._tools.journal.verdicts(record.deployment)
        return answer(
            deployment=record.deployment,
            service=record.service,
            release=record.release,
            digest=record.digest,
            outcome=outcome,
            reason=told_of(record.hotfix, reason),
            blue={key: each.blue for key, each in record.functions.items()},
            green=versions,
            started_at=record.started_at,
            ended_at=iso(now()),
            failed_requests=max((verdict["greenFailed"] for verdict in verdicts), default=0),
            superseded_by=self._known.get("supersededBy"),
        )

    def _write_down(self, flips: Sequence[Flipped], found: Mapping[str, Any]) -> None:
        deployment = self._record.deployment
        for position, flip in enumerate(flips):
            facts = {
                "function": flip.function.key,
                "step": ROLLBACK_STEP,
                "weight": 0,
                "version": flip.target.version,
                "weights": {},
                "at": flip.at,
                "found": flip.found,
                "revision": flip.revision,
            }
            self._tools.journal.flip(deployment, ROLLBACK_STEP * FLIPS_A_STEP + position, facts)
        self._tools.journal.ended(
            deployment, "RollBack", found["endedAt"], {"reason": found["reason"]}
        )


def _overwritten(flips: Sequence[Flipped]) -> str:
    """What hands had put on the aliases, as the end of a sentence."""
    found = [f"{flip.function.name} served {flip.foreign}" for flip in flips if flip.foreign]
    return f"; somebody else had moved aliases: {', '.join(found)}" if found else ""
