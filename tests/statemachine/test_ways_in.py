"""The three ways in, and what each of them finds: a release, a repeat, an older one, nothing."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from service import GOOD, Service

from handlers.adapters.tools import Tools

WAYS: dict[str, Callable[[dict[str, Any]], object]] = {
    "typed": lambda detail: {"release": "1.0.0"},
    "uploaded": lambda detail: detail,
    "scheduled": lambda detail: {"release": "latest", "by": "schedule"},
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_in_leads_to_released_and_live_serves_green_alone(
    shop: Service, machine: Engine, way: str
) -> None:
    run = machine.run(WAYS[way](shop.upload("1.0.0")))
    assert run.end == "Released", run
    assert shop.live() == {"api": {"version": "2", "weights": {}}}
    record = assert_invariants(shop, run)
    assert record["source"] == {"typed": "console", "uploaded": "s3", "scheduled": "schedule"}[way]
    assert (run.answer["blue"], run.answer["green"]) == ({"api": "1"}, {"api": "2"})


@pytest.mark.parametrize("way", WAYS)
def test_the_release_that_is_live_is_nothing_to_do(
    shop: Service, machine: Engine, way: str
) -> None:
    detail = shop.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    before = shop.revisions()
    run = machine.run(WAYS[way](detail))
    assert run.end == "NothingToDo", run
    if way == "scheduled":
        assert "every uploaded release" in run.answer["reason"]
    else:
        assert f"release 1.0.0 ({run.answer['digest']}) is live since 20" in run.answer["reason"]
    assert shop.revisions() == before
    assert_invariants(shop, run)


def test_an_event_that_comes_twice_is_nothing_to_do_while_the_first_runs(
    shop: Service, machine: Engine
) -> None:
    detail, seen = shop.upload("1.0.0"), []

    def again(phase: str, document: Any) -> None:
        if phase == "verify_green":
            seen.append(machine.run(detail))

    machine.before = again
    run = machine.run(detail)
    assert [each.end for each in seen] == ["NothingToDo"]
    assert f"is being deployed by {run.answer['deployment']}" in seen[0].answer["reason"]
    assert run.end == "Released"
    assert_invariants(shop, run)


def test_a_dry_run_says_what_would_happen_and_does_nothing(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0", plan="canary(10, 2)")
    before = shop.revisions()
    run = machine.run({"release": "1.0.0", "dryRun": True})
    assert (run.end, machine.calls) == ("NothingToDo", ["plan"])
    told, _, seen = run.answer["reason"].partition(". ")
    assert told == "dry run: 1.0.0 would shift by steps(10@2, 100@2)"
    assert "no function was asked anything lately: this bake sees nothing without traffic" in seen
    assert shop.revisions() == before
    assert_invariants(shop, run)
    assert (
        machine.run({"release": "1.0.0", "shiftPlan": "all-at-once", "dryRun": True})
        .answer["reason"]
        .partition(". ")[0]
        .endswith("by steps(100@10)")
    )


def test_a_second_release_passes_through_the_weights_of_its_plan(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    shop.upload("1.1.0", plan="steps(10@0.001, 50@0.001, 100@0.001)")
    served: list[Any] = []
    machine.after = lambda phase, document: (
        served.append(shop.live()["api"]) if phase == "shift_traffic" else None
    )
    run = machine.run({"release": "1.1.0"})
    assert run.end == "Released", run
    assert served == [
        {"version": "2", "weights": {"3": 0.1}},
        {"version": "2", "weights": {"3": 0.5}},
        {"version": "3", "weights": {}},
    ]
    assert_invariants(shop, run)


def test_consumers_move_first_and_entries_last(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    pair.upload("1.0.0")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    flips = Tools().journal.flips(run.answer["deployment"])
    assert [flip["function"] for flip in sorted(flips, key=lambda flip: flip["at"])] == [
        "worker",
        "api",
    ]
    assert_invariants(pair, run)


def test_a_function_that_the_release_does_not_change_is_listed_and_not_moved(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine, worker = machine_of(pair), GOOD + "\n# the same\n"
    pair.upload("1.0.0", sources={"api": GOOD + "\n# 1\n", "worker": worker})
    assert machine.run({"release": "1.0.0"}).end == "Released"
    before = pair.revisions()
    pair.upload("1.1.0", sources={"api": GOOD + "\n# 2\n", "worker": worker})
    run = machine.run({"release": "1.1.0"})
    assert run.answer["green"] == {"api": "3", "worker": "unchanged"}
    assert pair.revisions()["worker"] == before["worker"]
    assert_invariants(pair, run)


@pytest.mark.parametrize("policy", ["extend", "promote", "rollBack"])
def test_a_release_that_changes_no_function_is_released_whatever_the_policy(
    shop: Service, machine: Engine, policy: str
) -> None:
    """There is no green to judge, so no traffic to wait for."""
    sources = {"api": GOOD}
    shop.upload("1.0.0", sources=sources)
    assert machine.run({"release": "1.0.0"}).end == "Released"
    before = shop.revisions()
    shop.upload("1.1.0", sources=sources, bake=f'inconclusive = "{policy}"')
    run = machine.run({"release": "1.1.0"})
    assert run.end == "Released", run
    assert run.answer["green"] == {"api": "unchanged"}
    assert shop.revisions() == before
    assert_invariants(shop, run)


def test_latest_is_the_newest_bundle_that_no_deployment_has_ended(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    shop.upload("1.1.0")
    assert machine.run({"release": "latest"}).answer["release"] == "1.1.0"
    run = machine.run({"release": "latest"})
    assert run.end == "Rejected", run
    assert run.answer["findings"][0]["code"] == "OlderThanLive"
    assert machine.run({"release": "latest"}).end == "NothingToDo"


def test_latest_passes_over_a_bundle_that_was_uploaded_again(
    shop: Service, machine: Engine
) -> None:
    same = shop.bundle("1.0.0")
    shop.upload("1.0.0", same)
    assert machine.run({"release": "1.0.0"}).end == "Released"
    shop.upload("1.1.0")
    time.sleep(1.1)  # S3 tells uploads apart by the second
    shop.upload("1.0.0", same)
    run = machine.run({"release": "latest"})
    assert (run.end, run.answer["release"]) == ("Released", "1.1.0"), run


def test_a_late_event_for_an_older_release_is_rejected_and_a_person_may_force_it(
    shop: Service, machine: Engine
) -> None:
    older = shop.upload("1.0.0")
    shop.upload("1.1.0")
    assert machine.run({"release": "1.1.0"}).end == "Released"
    before = shop.revisions()
    run = machine.run(older)
    assert run.end == "Rejected", run
    (finding,) = run.answer["findings"]
    assert finding["code"] == "OlderThanLive"
    assert '{"release": "1.0.0"}' in finding["do"]
    assert shop.revisions() == before
    assert_invariants(shop, run)
    forced = machine.run({"release": "1.0.0"})
    assert forced.end == "Released", forced
    assert_invariants(shop, forced)


def test_an_event_does_not_wake_a_rolled_back_release_and_a_person_does(
    shop: Service, machine: Engine
) -> None:
    check = '[[checks]]\nname = "up"\nfunction = "api"\nhttp = {method = "GET", path = "/"}\n'
    detail = shop.upload("1.0.0", extra=f"{check}expect = {{status = 418}}")
    assert machine.run(detail).end == "RolledBack"
    again = machine.run(detail)
    assert again.end == "NothingToDo", again
    assert "was seen before" in again.answer["reason"] and "RolledBack" in again.answer["reason"]
    assert machine.run({"release": "latest"}).end == "NothingToDo"
    typed = machine.run({"release": "1.0.0"})
    assert typed.end == "RolledBack", typed
    assert_invariants(shop, typed)


def test_what_was_refused_is_deployed_when_it_is_uploaded_again(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    shop.point("api", "1")
    refused = machine.run(shop.upload("1.1.0"))
    assert (refused.end, refused.answer["findings"][0]["code"]) == ("Rejected", "AliasMoved")
    shop.point("api", "2")
    assert machine.run(shop.upload("1.1.0")).end == "Released"


def candidate(shop: Service, release: str, body: bytes) -> dict[str, Any]:
    """The dry run of a bundle that was put beside the releases."""
    key = f"releases/{shop.name}/{release}.candidate"
    put = shop.s3.put_object(Bucket=shop.bucket, Key=key, Body=body)
    return {"release": release, "dryRun": True, "candidate": put["VersionId"]}


def test_a_candidate_is_planned_and_is_no_release(shop: Service, machine: Engine) -> None:
    before = shop.revisions()
    body = shop.bundle("1.0.0", plan="canary(10, 2)")
    run = machine.run(candidate(shop, "1.0.0", body))
    assert (run.end, machine.calls) == ("NothingToDo", ["plan"]), run
    assert run.answer["reason"].startswith("dry run: 1.0.0 would shift by steps(10@2, 100@2)")
    assert shop.revisions() == before
    assert_invariants(shop, run)
    assert machine.run({"release": "latest"}).end == "NothingToDo"
    assert machine.run({"release": "1.0.0"}).answer["findings"][0]["code"] == "BundleGone"
    event = {"bucket": {"name": shop.bucket}, "object": {"key": f"releases/{shop.name}/1.0.0.candidate"}}  # fmt: skip
    assert machine.run(event).answer["findings"][0]["code"] == "KeyDisagrees"


def test_a_candidate_that_is_refused_may_be_released_as_soon_as_it_is_fit(
    shop: Service, machine: Engine
) -> None:
    body = shop.bundle("1.0.0")
    shop.register(functions={"other": {"name": shop.function("api"), "kind": "entry"}})
    refused = machine.run(candidate(shop, "1.0.0", body))
    assert refused.end == "Rejected", refused
    assert "FunctionNotRegistered" in [each["code"] for each in refused.answer["findings"]]
    shop.register()
    run = machine.run(shop.upload("1.0.0", body))
    assert run.end == "Released", run


def test_a_candidate_that_is_another_release_is_refused(shop: Service, machine: Engine) -> None:
    run = machine.run(candidate(shop, "1.0.0", shop.bundle("1.1.0")))
    assert run.end == "Rejected", run
    assert [each["code"] for each in run.answer["findings"]] == ["KeyDisagrees"]
