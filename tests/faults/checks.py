"""What must hold when all is over, whatever has gone wrong on the way (I1 and I3 to I8)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine import ENDS
from invariants import assert_whole

from handlers.adapters.ledger.claims import Claim
from tests.faults.cases import LISTENERS
from tests.faults.ended import Ended
from tests.faults.green_checks import see_green
from tests.faults.kinds import ON_AN_ALIAS, PASSING
from tests.faults.moved_checks import see_moved
from tests.faults.queue_checks import see_queue
from tests.faults.schema_checks import see_schema


def see_all(ended: Ended, tell: Callable[[str], None]) -> list[str]:
    """What does not hold, one sentence each. Where a person is asked for, does what they are told
    and then looks.
    """
    problems = list(ended.watch.problems)
    person = _asks_for_a_person(ended)
    if person:
        problems += _seen(ended, _needs_a_person)
    ended.world.wire.lift()
    problems += _seen(ended, _undelivered)
    claim = _claim(ended)
    if _kinds(ended) & {*ON_AN_ALIAS}:
        problems += _seen(ended, see_moved)
    if person and claim and not claim.closed:
        by_hand = ended.world.machine.run({"action": "recover", "execution": claim.execution})
        tell(f"by hand: {by_hand!r}")
        ended.runs.append(by_hand)
    if ended.case.scenario.queues:
        problems += _seen(ended, see_queue)
    for check in (
        _whole,
        _closed,
        _recorded,
        _as_without,
        _published_once,
        _bounded,
        see_green,
        see_schema,
    ):
        problems += _seen(ended, check)
    if not problems:
        problems += _seen(ended, _goes_on)
    return problems


def _seen(ended: Ended, check: Callable[[Ended], None]) -> Iterator[str]:
    try:
        check(ended)
    except AssertionError as wrong:
        yield str(wrong).split("\nassert")[0].replace("\n", " ")


def _asks_for_a_person(ended: Ended) -> bool:
    if not ended.case.scenario.queues:
        return ended.runs[-1].end == "NeedsAttention"
    claim = _claim(ended)
    asked = any(run.end == "NeedsAttention" for run in ended.runs)
    return asked and claim is not None and not claim.closed


def _kinds(ended: Ended) -> set[str]:
    return {kind for _, kind in ended.case.faults}


def _claim(ended: Ended) -> Claim | None:
    return ended.world.tools.claims.of(ended.world.service.name)


def _needs_a_person(ended: Ended) -> None:
    """Only a fault that never ends asks for a person, and the claim keeps others away."""
    last = [run for run in ended.runs if run.end == "NeedsAttention"][-1]
    assert _kinds(ended) & {"throttled", "moved", "gone"}, (
        f"I8: a person is asked for, though all passes: {last.answer}"
    )
    assert last.answer.get("errorMessage"), "I6: a person is asked for without a reason"
    claim = _claim(ended)
    if claim is None or claim.closed:
        live = ended.world.service.live()
        whole = all(not each["weights"] for each in live.values())
        assert whole, f"I5: {live} is left, and nobody holds the claim"


def _undelivered(ended: Ended) -> None:
    """An event that the listener could not handle lies in its queue, and is moved back from there."""
    undelivered, ended.world.undelivered = ended.world.undelivered, []
    for listener, run in undelivered:
        throttled = any(
            kind == "throttled" or (call.phase in LISTENERS and kind == "throttled-thrice")
            for call, kind in ended.case.faults
        )
        assert throttled, f"I8: nobody hears of the end of {run.arn}"
        if started := ended.world.tell(listener, run):
            ended.runs.append(started)


def _whole(ended: Ended) -> None:
    assert_whole(ended.world.service)


def _closed(ended: Ended) -> None:
    claims, claim = ended.world.tools.claims, _claim(ended)
    assert claim is None or claim.closed, f"I5: {claim} outlives its execution"
    for run in ended.runs:
        known = claims.execution(run.arn)
        assert known is None or known["closed"], f"I5: the entry of {run.arn} is open"


def _recorded(ended: Ended) -> None:
    if ended.deployment is None:
        assert ended.watch.moves == 0, "I6: aliases were moved by what the ledger does not know"
        return
    for deployment in ended.deployments:
        _is_told(ended, deployment)
    record = _moved_last(ended)
    if record is None:
        return
    _flips_are_told(ended, record)
    journal = ended.world.tools.journal
    live, digest = journal.live(ended.world.service.name), record.get("digest")
    if record["outcome"] == "Released" or record.get("action") == "rollback":
        assert live["release"] == record["release"], f"I6: {live['release']} is of record"
    if digest and record.get("action") == "deploy" and record["outcome"] != "Rejected":
        release = journal.release(ended.world.service.name, digest)
        assert release, "I6: the release is not known"
        assert release["outcome"] == record["outcome"], f"I6: the release is {release['outcome']}"


def _is_told(ended: Ended, deployment: str) -> None:
    record = ended.world.tools.journal.deployment(deployment)
    assert record, f"I6: {deployment} has no record"
    for key in ("startedAt", "endedAt", "outcome", "answer", "service", "execution"):
        assert record.get(key), f"I6: the record has no {key}"
    assert record["answer"]["outcome"] == record["outcome"], "I6: record and answer differ"
    assert record["answer"]["reason"], "I6: the record has no reason"
    for run in ended.runs:
        if run.end in ENDS and run.answer.get("deployment") == deployment:
            assert run.answer == record["answer"], f"I6: {run!r} told other than is recorded"


def _moved_last(ended: Ended) -> Mapping[str, Any] | None:
    """The record of the last deployment that has moved an alias; where none has, of the last."""
    journal, known = ended.world.tools.journal, ended.deployments
    moved = [each for each in known if journal.flips(each)]
    return journal.deployment((moved or known)[-1]) if known else None


def _flips_are_told(ended: Ended, record: Mapping[str, Any]) -> None:
    """The last flip of each function that is told is what its alias serves."""
    serves = ended.world.service.live()
    last: dict[str, Mapping[str, Any]] = {}
    for flip in ended.world.tools.journal.flips(record["deployment"]):
        if "at" in flip:
            last[flip["function"]] = flip
    for key, flip in last.items():
        assert flip["version"] == serves[key]["version"], (
            f"I6: the last flip of {key} went to {flip['version']}, {serves[key]} serves"
        )


def _as_without(ended: Ended) -> None:
    """One fault that passes changes nothing (I7)."""
    kinds = [kind for _, kind in ended.case.faults]
    if len(kinds) < 2 and set(kinds) <= PASSING:
        ends = [run.end for run in ended.runs if run.end in ENDS]
        expected = ended.case.scenario.end
        assert ends and ends[-1] == expected, f"I7: it ended {ends}, and without {expected}"


def _published_once(ended: Ended) -> None:
    scenario = ended.case.scenario
    if ended.case.kind == "hand":
        # Where the stack's own settings are others by then, so is what is to be published.
        return
    service, most = ended.world.service, 4 if scenario.queues or scenario.live == "1.2.0" else 3
    for key in service.kinds:
        versions = service.versions(key)
        assert len(versions) <= most, f"I7: {key} has {versions}: green was published twice"


def _bounded(ended: Ended) -> None:
    # Each deployment has three recoveries, and a person comes once.
    most = 9 if ended.case.scenario.queues else 6
    assert len(ended.runs) <= most, f"I8: {len(ended.runs)} executions, and no end of recoveries"


def _goes_on(ended: Ended) -> None:
    """The next deployment would find nothing in its way."""
    if ended.store is not None:
        return
    run = ended.world.machine.run({"release": "1.2.0", "dryRun": True})
    assert run.end == "NothingToDo", f"I8: the next deployment is kept away: {run!r}"
