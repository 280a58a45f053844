"""What allows weighting, and what makes a service move all at once."""

import pytest

from handlers.domain.registration.preflight import (
    TAG,
    FunctionFacts,
    judge_functions,
    may_be_weighted,
    why_all_at_once,
)
from handlers.domain.registration.registration import RegisteredFunction, Registration

REGISTRATION = Registration(
    service="orders", functions={"api": RegisteredFunction("orders-api", "entry")}
)


def facts(**changes: object) -> FunctionFacts:
    known = {
        "name": "orders-api",
        "exists": True,
        "service_tag": "orders",
        "blue": "1",
        "weights": {},
    }
    return FunctionFacts(**{**known, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"same_role": False}, "another execution role"),
        ({"same_dead_letters": False}, "another dead-letter target"),
        ({"same_machine": False}, "another architecture"),
    ],
)
def test_versions_that_an_alias_cannot_hold_together_move_the_service_at_once(
    changes: dict[str, object], why: str
) -> None:
    told = why_all_at_once(facts(**changes))
    assert told is not None
    assert why in told
    assert not may_be_weighted(facts(**changes))


def test_what_keeps_an_order_is_never_weighted_and_does_not_bind_the_others() -> None:
    ordered = facts(ordered_sources=("arn:aws:sqs:eu-west-1:1:orders.fifo",))
    assert not may_be_weighted(ordered)
    assert why_all_at_once(ordered) is None
    assert may_be_weighted(facts())


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"owner": "orders"}, []),
        ({"exists": False, "service_tag": None, "blue": None}, ["FunctionMissing"]),
        ({"service_tag": "others", "owner": "others"}, ["FunctionNotTagged", "FunctionOwned"]),
        ({"bare_triggers": ("a", "b")}, ["TriggerOnBareFunction"] * 2),
        ({"alias_has_provisioned_concurrency": True}, ["ProvisionedConcurrencyOnAlias"]),
    ],
)
def test_everything_that_forbids_a_deployment_is_told(
    changes: dict[str, object], codes: list[str]
) -> None:
    findings = judge_functions(REGISTRATION, {"api": facts(**changes)})
    assert [each.code for each in findings] == codes
    assert all(each.where.startswith("functions.api (orders-api)") for each in findings)


def test_a_missing_tag_is_told_with_the_tag_to_set() -> None:
    (finding,) = judge_functions(REGISTRATION, {"api": facts(service_tag=None)})
    assert f"tag it {TAG}=orders" in finding.do
