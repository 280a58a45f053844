"""Messages that a green fails on: foreseen by the plan, counted from the first flip on, and moved back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from letters import Mailbox, feed, mailbox
from person import Person, person
from service import RAISES, Service
from states import States

from handlers.adapters.clock import now
from handlers.adapters.tools import Tools
from handlers.listeners import sweep

FAILS = 'inconclusive = "rollBack"'


@pytest.fixture
def machine(pair: Service, machine_of: Callable[..., Engine]) -> Engine:
    return machine_of(pair)


@pytest.fixture
def box(aws: Any, pair: Service) -> Mailbox:
    """The queue of the pair's worker."""
    found = mailbox(aws, pair.name)
    feed(pair, "worker", found.arn)
    return found


@pytest.fixture
def somebody(aws: Any, states: States, machine: Engine) -> Iterator[Person]:
    with person(aws, states, machine) as found:
        yield found


def plan(machine: Engine, service: Service, **details: Any) -> str:
    """What a dry run says."""
    service.upload("1.0.0", **{"plan": "steps(50@1, 100@1)", **details})
    run = machine.run({"release": "1.0.0", "dryRun": True})
    assert run.end == "NothingToDo", run
    return str(run.answer["reason"])


def test_a_queue_that_gives_up_early_is_warned_of(aws: Any, pair: Service, machine: Engine) -> None:
    found = mailbox(aws, pair.name, receives=2, visibility=5)
    feed(pair, "worker", found.arn, Enabled=True, MaximumBatchingWindowInSeconds=1)
    told = plan(machine, pair)
    assert f"WARNING: worker: {pair.name} gives a message up after 2 receives" in told
    assert f"25 % of the messages that it fails on, and blue does not, are then in {pair.name}-dead-letters" in told  # fmt: skip
    assert f"the visibility time-out of {pair.name} is 5 s, and AWS asks for 19 s" in told


def test_what_is_as_aws_asks_is_not_spoken_of(aws: Any, pair: Service, machine: Engine) -> None:
    feed(pair, "worker", mailbox(aws, pair.name).arn, Enabled=True)
    assert "WARNING: worker" not in plan(machine, pair)


def test_what_no_release_moves_is_warned_of_and_what_follows_an_upload_refused(
    aws: Any, pair: Service, machine: Engine
) -> None:
    found = mailbox(aws, pair.name)
    feed(pair, "worker", found.arn, "1")
    assert f"{pair.name} calls {pair.name}-worker:1, and no release moves that" in plan(machine, pair)  # fmt: skip
    feed(pair, "worker", found.dead, "")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Rejected", run
    (finding,) = run.answer["findings"]
    assert finding["code"] == "TriggerOnBareFunction"
    assert f"the disabled event source {found.dead} calls the bare function" in finding["what"]


def test_events_that_would_be_lost_are_warned_of_by_alias(pair: Service, machine: Engine) -> None:
    worker = pair.function("worker")
    pair.lambda_.put_function_event_invoke_config(FunctionName=worker, MaximumRetryAttempts=0)
    told = plan(machine, pair)
    assert (
        "WARNING: worker: an event that green fails on is lost after 3 tries: live has no" in told
    )
    assert "what is configured on the bare function does not hold for live" in told


def words(text: str) -> str:
    """A person's lines as one."""
    return " ".join(text.split())


def test_what_came_since_the_first_flip_is_told_and_moved_back(
    pair: Service,
    machine: Engine,
    box: Mailbox,
    somebody: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, dead = pair.name, f"{pair.name}-dead-letters"
    too_early = []
    signs: list[tuple[str, str, int]] = []
    monkeypatch.setattr(sweep, "sign", lambda *given: signs.append(given))

    def sweep_later(after: float) -> None:
        monkeypatch.setattr(sweep, "now", lambda: now() + after)
        sweep._count_dead_letters(sweep.Swept(), name)

    def at_shift(do: Callable[[], object]) -> None:
        machine.after = lambda phase, _: do() if phase == "shift_traffic" else None

    pair.upload("1.0.0")
    box.give_up(2)
    at_shift(lambda: too_early.append(somebody.tells("redrive", name, "--yes")))
    assert machine.run({"release": "1.0.0"}).end == "Released"
    assert too_early[0].code == 2
    assert "the messages may fail again: see with `greenshift watch" in words(too_early[0].text)
    assert box.counts() == (0, 2)

    pair.upload("1.1.0", sources={"api": RAISES, "worker": RAISES}, bake=FAILS)
    at_shift(lambda: box.give_up(3))
    run = machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert_invariants(pair, run)
    first = Tools().dead_letters.of_deployment(run.answer["deployment"])
    assert first is not None
    assert first.before == {box.dead: 2}

    sweep_later(100)
    assert not signs, "SQS counts a minute late"
    for _ in range(2):
        sweep_later(130)
    assert signs == [("DeadLetters", name, 3)]
    known = Tools().dead_letters.of_deployment(run.answer["deployment"])
    assert known is not None
    assert known.after == {box.dead: 5}

    line = f"about 3 messages arrived in {dead} since the first flip: `greenshift redrive {name}` moves them back"  # fmt: skip
    assert line in words(somebody.tells("status", name).text)
    told = somebody.tells("watch", name)
    assert (told.code, line in words(told.text)) == (3, True)
    assert somebody.status(name)["deadLetters"] == [
        {
            "queue": box.dead,
            "of": "messages",
            "functions": ["worker"],
            "sources": [box.arn],
            "before": 2,
            "now": 5,
            "arrived": 3,
            "redrivable": True,
        }
    ]
    shown = somebody.tells("redrive", name)
    assert shown.code == 0
    assert f"{dead}: about 5 would be moved back to {name}: 3 arrived since the first flip, 2 were there before" in words(shown.text)  # fmt: skip
    assert box.counts() == (0, 5)

    revisions = pair.revisions()
    told = somebody.tells("rollback", name, "--redrive-messages", "--yes")
    assert told.code == 0
    assert "was undone already, so that nothing more is rolled back" in words(told.text)
    assert "5 moved; one that fails again comes back to it" in words(told.text)
    assert box.counts() == (5, 0)
    assert pair.revisions() == revisions
    assert "arrived" not in somebody.tells("status", name).text
    assert "there is nothing in them that could be moved" in words(somebody.tells("redrive", name, "--yes").text)  # fmt: skip


def test_a_rollback_by_hand_moves_back_what_came_of_the_release_that_it_undoes(
    pair: Service, machine: Engine, box: Mailbox, somebody: Person
) -> None:
    pair.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    box.give_up(1)
    told = somebody.tells("rollback", pair.name, "--redrive-messages")
    assert told.code == 0
    assert "about 1 would be moved back" in words(told.text)
    assert f"do it with `greenshift redrive {pair.name} --yes`" in words(told.text)
    assert f"about 1 message arrived in {pair.name}-dead-letters since the first flip" in words(somebody.tells("status", pair.name).text)  # fmt: skip
    assert somebody.tells("redrive", pair.name, "--yes").code == 0
    assert box.counts() == (1, 0)


def test_a_queue_that_does_not_answer_holds_nothing_up(
    pair: Service, machine: Engine, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.sqs.delete_queue(QueueUrl=box.dead_url)
    pair.upload("1.0.0")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    first = Tools().dead_letters.of(pair.name)
    assert first is not None
    assert first.before == {box.dead: None}
    assert_invariants(pair, run)
