"""`greenshift contract`, and what `status` says of a contract that is due."""

import json
import time
from typing import Any

import pytest
from account import Account, answer, ends_with

from handlers.adapters.clock import iso
from handlers.adapters.ledger.claims import Claim
from handlers.domain.schema.contracts import Contract

ENDS = [
    ("Released", 0, "Released after"),
    ("NothingToDo", 0, "Nothing to do after"),
    ("Rejected", 2, "Rejected after"),
    ("RolledBack", 3, "Rolled back after"),
]


@pytest.mark.parametrize(("outcome", "code", "told"), ENDS)
def test_a_watched_contract_exits_with_its_outcome(
    account: Account, greenshift: Any, outcome: str, code: int, told: str
) -> None:
    found = answer("shop", outcome, green={"api": "unchanged"}, failedRequests=0)
    service = account.service(ends_with(found))
    people = greenshift("contract", service.name, "--watch")
    assert people.exit_code == code, people.output
    assert told in people.stdout
    assert "failed requests" not in people.stdout, "nothing was green"
    scripts = greenshift("contract", service.name, "--watch", "--json")
    assert (scripts.exit_code, greenshift.documents(scripts)[-1]) == (code, found)


def test_without_watch_it_names_the_execution(account: Account, greenshift: Any) -> None:
    service = account.service()
    (document,) = greenshift.documents(greenshift("contract", service.name, "--json"))
    states = account.client("stepfunctions")
    described = states.describe_execution(executionArn=document["execution"])
    assert json.loads(described["input"]) == {"action": "contract"}
    assert document == {
        "execution": document["execution"],
        "service": service.name,
        "action": "contract",
    }
    people = greenshift("contract", service.name)
    assert f"started the contract of {service.name}: arn:" in people.stdout
    assert "it may yet be refused: watch it with `greenshift watch arn:" in people.stdout


def test_a_contract_that_is_watched_for_too_long_goes_on(account: Account, greenshift: Any) -> None:
    service = account.service()
    assert greenshift("contract", service.name, "--watch", "--timeout", "0.1s").exit_code == 6


def test_status_tells_when_a_contract_is_due_until_it_has_run(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    claim: Claim = service.running()
    found = answer(service.name, "Released", deployment=claim.deployment)
    live = service.live_item(found) | {"contracts": ["0002_channel"]}
    service.journal.close(claim, "Released", found, live=live)
    due = live["rollbackUntil"]
    people = greenshift("status", service.name)
    command = f"`greenshift contract {service.name}`"
    assert f"contract: of 0002_channel after {due}, by itself or with {command}" in people.stdout
    (document,) = greenshift.documents(greenshift("status", service.name, "--json"))
    assert document["contract"] == {"migrations": ["0002_channel"], "after": due}

    done = Contract(
        title="0002_channel", release="1.1.0", deployment="d", at=iso(time.time()), done=True
    )
    running = service.running(action="contract")
    assert "contract of 1.1.0" in greenshift("watch", service.name, "--timeout", "0.1s").output
    writing = service.contracts.writing(service.name, [done])
    service.journal.close(running, "Released", found, also=[writing])
    assert "contract:" not in greenshift("status", service.name).stdout
    (document,) = greenshift.documents(greenshift("status", service.name, "--json"))
    assert document["contract"] is None
