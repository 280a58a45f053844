"""The way back past the release before the live one, and what the ledger keeps for it."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from engine import Engine
from invariants import assert_invariants
from person import Told, person
from service import GOOD, Service
from states import States
from ways_back import back, live, release, standing

from handlers.adapters.ledger.ledger import Put
from handlers.adapters.tools import Tools

PROBE = """[[checks]]
name = "up"
function = "api"
http = {method = "GET", path = "/"}
expect = {status = 200}
"""


def test_a_rollback_goes_past_the_release_before_in_one_step(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    release(machine, pair, "1.0.0", extra=PROBE)
    only_api = {"api": GOOD + "\n# 1.1.0\n"}
    release(machine, pair, "1.1.0", sources=only_api)
    release(machine, pair, "1.2.0")
    until = live(pair)["rollbackUntil"]

    unknown = back(machine, "0.9.0")
    assert unknown.end == "Rejected", unknown
    told = f"`greenshift rollback {pair.name} --to RELEASE` goes to 1.1.0 or 1.0.0"
    assert told in unknown.answer["reason"]
    already = back(machine, "1.2.0")
    assert already.end == "Rejected", already
    assert "1.2.0 is live since" in already.answer["reason"]
    assert live(pair)["release"] == "1.2.0"

    machine.calls.clear()
    run = back(machine, "1.0.0")
    assert (run.end, machine.calls) == ("RolledBack", ["roll_back"]), run
    assert run.answer["release"] == "1.0.0"
    assert run.answer["reason"] == "rolled back by hand to 1.0.0; blue answered 1 of 1 probes"
    assert {each["version"] for each in pair.live().values()} == {"2"}
    assert len(Tools().journal.flips(run.answer["deployment"])) == 2, "one call a function"
    assert_invariants(pair, run)
    assert (live(pair)["release"], live(pair)["rollbackUntil"]) == ("1.0.0", until)

    nothing = machine.run({"release": "latest"})
    assert nothing.end == "NothingToDo", "what was gone back from does not come back by itself"
    assert back(machine, "1.2.0").end == "Rejected", "what was gone back from is deployed again"
    forth = back(machine, "1.1.0")
    assert forth.end == "RolledBack", "too far back is mended"
    assert pair.live()["api"]["version"] == "3"
    assert pair.live()["worker"]["version"] == "2", "1.1.0 had left it as it was"
    assert_invariants(pair, forth)

    again = release(machine, pair, "1.3.0")
    assert_invariants(pair, again)
    assert live(pair)["former"]["release"] == "1.1.0", "blue is what was live"
    undone = machine.run({"action": "rollback"})
    assert (undone.end, live(pair)["release"]) == ("RolledBack", "1.1.0")
    assert back(machine, "1.3.0").end == "Rejected"


def test_after_a_rollback_a_plain_one_goes_no_further_and_names_where_the_other_goes(
    shop: Service, machine: Engine
) -> None:
    release(machine, shop, "1.0.0", "1.1.0", "1.2.0", "1.3.0")
    assert back(machine, "1.1.0").end == "RolledBack"
    run = machine.run({"action": "rollback"})
    assert run.end == "Rejected", run
    assert run.answer["reason"] == (
        f"{shop.name} went back to 1.1.0 at {live(shop)['since']}, and a rollback without --to "
        f"goes no further; `greenshift rollback {shop.name} --to RELEASE` goes to 1.0.0 or 1.2.0"
    )
    assert back(machine, "1.0.0").end == "RolledBack"
    assert_invariants(shop, run)


def test_a_version_that_was_deleted_is_named_before_anything_is_moved(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    standing(pair)
    pair.lambda_.delete_function(FunctionName=pair.function("worker"), Qualifier="2")
    revisions = pair.revisions()
    run = machine.run({"action": "rollback"})
    assert run.end == "Rejected", run
    assert run.answer["reason"] == (
        f"version 2 of {pair.name}-worker was deleted; deploy 1.0.0 again instead"
    )
    assert pair.revisions() == revisions
    assert_invariants(pair, run)


def test_a_version_that_calls_one_that_was_deleted_is_not_gone_back_to(
    pair: Service, machine_of: Callable[..., Engine]
) -> None:
    machine = machine_of(pair)
    item = standing(pair)
    called = pair.publish("worker", GOOD + "\n# called by its number\n")
    environment = {"Variables": {"WORKER": f"{pair.arn('worker')}:{called}"}}
    name = pair.function("api")
    pair.lambda_.update_function_configuration(FunctionName=name, Environment=environment)
    pinned = pair.lambda_.publish_version(FunctionName=name)["Version"]
    item["former"]["versions"] = {"api": pinned, "worker": "2"}
    Tools().ledger.put(Put(item))
    pair.lambda_.delete_function(FunctionName=pair.function("worker"), Qualifier=called)
    run = machine.run({"action": "rollback"})
    assert run.end == "Rejected", run
    assert run.answer["reason"] == (
        f"version {pinned} of {name} calls version {called} of {pair.name}-worker, which was "
        "deleted; deploy 1.0.0 again instead"
    )


def test_a_person_who_goes_past_what_runs_is_told_that_it_is_asked_for_again_by_itself(
    shop: Service, machine: Engine, aws: Any, states: States
) -> None:
    release(machine, shop, "1.0.0", "1.1.0", extra=PROBE)
    shop.upload("1.2.0", plan="steps(50@2, 100@2)", extra=PROBE)
    told: list[Told] = []
    running: list[threading.Thread] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase != "shift_traffic" or running:
            return
        command = ("rollback", shop.name, "--to", "1.0.0")
        running.append(threading.Thread(target=lambda: told.append(somebody.tells(*command))))
        running[0].start()
        journal, deadline = Tools().journal, time.monotonic() + 30
        while "stop" not in journal.signals(document["deployment"]["id"]):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    machine.after = ask
    with person(aws, states, machine) as somebody:
        run = machine.run({"release": "1.2.0"})
        running[0].join(60)
    assert run.end == "RolledBack", run
    (found,) = told
    assert found.code == 0, found.text
    assert "goes back by itself; 1.0.0 can be asked for when it has" in found.text
    assert "this waits until it has, and then asks for 1.0.0 by itself" in found.text
    assert live(shop)["release"] == "1.0.0"
