"""The ledger's writes, and who may act on a service."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.adapters.ledger.claims import Claim, Claims
from handlers.adapters.ledger.journal import Journal
from handlers.adapters.ledger.ledger import ConditionFailed, Ledger, Put
from handlers.errors import (
    ClaimLost,
    DeploymentClosed,
    ServiceBusy,
    TransientAws,
    TransientConflict,
)

AT = "2026-11-23T10:15:02.123Z"


def wanted(name: str, number: int = 1) -> Claim:
    return Claim(name, f"{name}-d{number}", f"arn:{name}:{number}", 0, AT, closed=False)


@pytest.mark.parametrize(
    "value",
    [0.1, 1e-12, 123456.789, -1.5, 3, 0, True, False, None, "", "text", [], [1, [2.5]], {},
     {"a": {"b": [0.3, None]}}],
)  # fmt: skip
def test_an_item_comes_back_as_it_was_written(ledger: Ledger, name: str, value: Any) -> None:
    ledger.put(Put({"pk": name, "sk": "A", "value": value}))
    assert ledger.get(name, "A") == {"pk": name, "sk": "A", "value": value, "schema": 1}
    found = ledger.get(name, "A")
    assert found is not None
    assert type(found["value"]) is type(value)


def test_a_write_whose_condition_does_not_hold_changes_nothing(ledger: Ledger, name: str) -> None:
    ledger.put(Put({"pk": name, "sk": "A", "n": 1}, "attribute_not_exists(pk)"))
    with pytest.raises(ConditionFailed):
        ledger.put(Put({"pk": name, "sk": "A", "n": 2}, "attribute_not_exists(pk)"))
    with pytest.raises(ConditionFailed):
        ledger.transact(
            Put({"pk": name, "sk": "B", "n": 2}),
            Put({"pk": name, "sk": "A", "n": 2}, "#n = :n", {":n": 7}),
        )
    assert ledger.get(name, "B") is None
    assert [item["n"] for item in ledger.query(name, "A")] == [1]


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        (["None", "ConditionalCheckFailed"], ConditionFailed),
        (["TransactionConflict", "ConditionalCheckFailed"], ConditionFailed),
        (["TransactionConflict", "None"], TransientConflict),
        (["ThrottlingError"], TransientAws),
        (["ProvisionedThroughputExceeded"], TransientAws),
        (["ValidationError"], ClientError),
    ],
)
def test_a_cancelled_transaction_is_told_by_its_reason(
    reasons: list[str], error: type[Exception]
) -> None:
    class Cancels:
        def transact_write_items(self, **_: Any) -> None:
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
                "CancellationReasons": [{"Code": reason} for reason in reasons],
            }
            raise ClientError(answer, "TransactWriteItems")

    put = Put({"pk": "a", "sk": "b"})
    with pytest.raises(error):
        Ledger(Cancels(), "ledger").transact(put, put)


def test_of_many_that_claim_at_once_exactly_one_wins(ledger: Ledger, name: str) -> None:
    claims, start = Claims(ledger), threading.Barrier(8)

    def take(number: int) -> Claim | Exception:
        start.wait()
        try:
            return claims.take(wanted(name, number), {"n": number}, over=None)
        except (ServiceBusy, TransientConflict) as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(take, range(8)))
    (winner,) = [each for each in found if isinstance(each, Claim)]
    assert claims.of(name) == winner
    assert winner.token == 1
    for number in range(8):
        holds = winner.execution == f"arn:{name}:{number}"
        assert (claims.execution(f"arn:{name}:{number}") is not None) is holds
        record = ledger.get(f"DEPLOYMENT#{name}-d{number}", "META")
        assert (record is not None) is holds, "a loser left a record"


def test_taking_again_gives_the_same_claim_and_tokens_grow(ledger: Ledger, name: str) -> None:
    claims = Claims(ledger)
    journal = Journal(ledger, claims)
    first = claims.take(wanted(name), {"digest": ""}, over=None)
    assert claims.take(wanted(name), {}, over=None) == first
    with pytest.raises(ServiceBusy, match=f"{name}-d1 since"):
        claims.take(wanted(name, 2), {}, over=first)
    journal.close(first, "Released", {"endedAt": AT})
    with pytest.raises(DeploymentClosed):
        claims.take(wanted(name), {}, over=None)
    with pytest.raises(TransientConflict):
        claims.take(wanted(name, 2), {}, over=None)
    second = claims.take(wanted(name, 2), {}, over=claims.of(name))
    assert second.token == 2


def test_who_is_taken_over_can_neither_act_nor_end(ledger: Ledger, name: str) -> None:
    claims = Claims(ledger)
    journal = Journal(ledger, claims)
    lost = claims.take(wanted(name), {"digest": ""}, over=None)
    claims.check(lost)
    taken = claims.take_over(lost, f"arn:{name}:recovery", AT)
    assert (taken.token, taken.deployment) == (2, lost.deployment)
    assert claims.take_over(taken, f"arn:{name}:recovery", AT) == taken
    assert claims.take_over(lost, f"arn:{name}:recovery", AT) == taken, "after a lost answer"
    with pytest.raises(ClaimLost):
        claims.check(lost)
    with pytest.raises(DeploymentClosed):
        claims.held_by(lost.execution, name)
    with pytest.raises(ClaimLost):
        claims.take_over(lost, f"arn:{name}:another", AT)
    with pytest.raises(ClaimLost):
        journal.close(lost, "Released", {"endedAt": AT})
    ended = {"endedAt": AT}
    assert journal.close(taken, "RolledBack", ended) == ended
    assert journal.close(taken, "RolledBack", {"endedAt": "later"}) == ended, "what is recorded"
    with pytest.raises(DeploymentClosed):
        claims.check(taken)


def test_a_refusal_never_closes_an_execution_that_has_come_to_hold_the_claim(
    ledger: Ledger, name: str
) -> None:
    claims = Claims(ledger)
    journal = Journal(ledger, claims)
    refusal = {"deployment": f"{name}-none", "service": name, "outcome": "Rejected"}
    claim = claims.take(wanted(name), {}, over=None)
    with pytest.raises(TransientConflict, match="has claimed"):
        journal.refuse(claim.execution, refusal)
    assert claims.held_by(claim.execution, name) == claim
    assert journal.deployment(f"{name}-none") is None
    journal.refuse(f"arn:{name}:other", refusal)
    journal.refuse(f"arn:{name}:other", refusal)
    assert journal.deployment(f"{name}-none") is not None


def test_the_end_of_a_deployment_is_written_as_one(ledger: Ledger, name: str) -> None:
    claims = Claims(ledger)
    journal = Journal(ledger, claims)
    claim = claims.take(wanted(name), {"digest": "sha256:aa"}, over=None)
    journal.note_release(name, "sha256:aa", {"release": "1.0.0", "deployment": claim.deployment})
    journal.close(claim, "Released", {"endedAt": AT}, live={"release": "1.0.0"})
    release, live = journal.release(name, "sha256:aa"), journal.live(name)
    assert release is not None
    assert live is not None
    assert (release["outcome"], release["release"], live["release"]) == (
        "Released",
        "1.0.0",
        "1.0.0",
    )
    record = journal.deployment(claim.deployment)
    assert record is not None
    assert record["answer"] == {"endedAt": AT}


def test_a_phase_keeps_its_first_beginning(ledger: Ledger, name: str) -> None:
    journal = Journal(ledger, Claims(ledger))
    journal.began(name, "Bake", "1")
    journal.began(name, "Bake", "2")
    journal.ended(name, "Bake", "3", {"verdict": "pass"})
    phase = journal.phases(name)["Bake"]
    assert (phase["startedAt"], phase["endedAt"]) == ("1", "3")


def test_a_record_that_has_ended_is_added_nothing(
    ledger: Ledger, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it ends between the two: whoever was stopped there wakes up late."""
    claims = Claims(ledger)
    journal = Journal(ledger, claims)
    claim = claims.take(wanted(name), {"service": name, "deployment": f"{name}-d1"}, over=None)
    journal.add(claim.deployment, {"supersededBy": "1.1.0"})
    before = journal.deployment(claim.deployment)
    journal.close(claim, "RolledBack", {"endedAt": AT})
    ended = journal.deployment(claim.deployment)
    monkeypatch.setattr(journal, "deployment", lambda _: before)
    journal.add(claim.deployment, {"supersededBy": "1.2.0"})
    assert ledger.get(f"DEPLOYMENT#{claim.deployment}", "META") == ended
    assert ended is not None
    assert ended["supersededBy"] == "1.1.0"
    assert journal.begun(name, AT, AT + "~") == [claim.deployment]
