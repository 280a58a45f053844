"""How recorded requests are asked: in an order of chance, within a time, and no longer than Lambda
has answers to give.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from handlers.adapters.functions.probes import Answered
from handlers.domain.codec import decode, encode
from handlers.domain.compare.comparison import Comparison, why_closed
from handlers.domain.compare.recording import Recorded
from handlers.domain.release.compare_section import Comparing
from handlers.verifying import comparing
from handlers.verifying.runner import Target
from handlers.verifying.suite import Suite
from infra.deployer.phases import PHASES

BLUE, GREEN = Target("shop-api", "7"), Target("shop-api", "8")
ORDERS = Comparing(name="orders", function="api", requests="compare/orders.jsonl", mode="gate")


class Replays:
    """Answers what `answer` makes of version and number, and keeps the order of all calls."""

    def __init__(self, answer: Callable[[str, int], Any]) -> None:
        self.answer, self.asked, self.lock = answer, list[tuple[int, str]](), threading.Lock()

    def ask(self, function: str, version: str, event: Any, *, name: str) -> Answered | None:
        with self.lock:
            self.asked.append((event["number"], version))
        found = self.answer(version, event["number"])
        return None if found is None else Answered(found, None, 1.0, version, None)


def compared(
    replays: Replays,
    *,
    requests: int = 40,
    seed: bool = False,
    changed: Any = ("api",),
    form: Any = None,
    began: float | None = None,
) -> Comparison:
    recorded = tuple(Recorded(n + 1, {"number": n}, form) for n in range(requests))
    found = Suite("1.1.0", (), {}, (), {}, (ORDERS,), {"orders": recorded})
    blue: Any = SimpleNamespace(seed=seed, targets={"api": BLUE})
    (one,) = comparing.compare(
        replays,  # type: ignore[arg-type]
        found,
        blue,
        {"api": GREEN},
        changed,
        began=comparing.now() if began is None else began,
    )
    return one


def test_each_request_is_put_to_blue_twice_and_to_green_once_in_an_order_of_chance() -> None:
    replays = Replays(lambda *_: {"a": 1})
    found = compared(replays)
    assert (found.compared, found.differing, found.asked_again) == (40, 0, 0)
    assert found.told == "compared 40 requests of 'orders': no field differs"
    by_number = [[v for n, v in replays.asked if n == number] for number in range(40)]
    assert all(sorted(each) == ["7", "7", "8"] for each in by_number)
    assert {each.index("8") for each in by_number} == {0, 1, 2}, "green is not always the last"


def test_what_differs_is_asked_again_and_told_by_field() -> None:
    replays = Replays(lambda version, number: {"total": version if number < 6 else "same"})
    found = compared(replays)
    assert (found.differing, found.asked_again, found.gone) == (1, 6, 0)
    told = "compared 40 requests of 'orders': 1 field differs: result.total (6 of 40; noise 0)"
    assert found.told == told
    assert len(replays.asked) == 3 * (40 + 6)
    assert why_closed("shop", "1.1.0", "blue (1.0.0)", [found]) == (
        "1.1.0 answers otherwise than blue (1.0.0), beyond blue's own noise: 'orders' on api:8: "
        "result.total (6 of 40; noise 0), first in compare/orders.jsonl:1; `greenshift "
        "compare show shop` has each field; mend it, or add the field to ignore of its [[compare]] "
        "if it is meant to differ"
    )


def test_fields_that_differ_as_often_are_not_hidden_while_there_is_room() -> None:
    fields = ("currency", "id", "lines", "price", "total")
    found = compared(Replays(lambda version, _: dict.fromkeys(fields, version)), requests=6)
    assert found.first_fields == ", ".join(f"result.{each} (6 of 6; noise 0)" for each in fields)
    long = tuple(f"{'x' * 90}{n}" for n in range(4))
    assert replace(
        found, differing=4, fields=tuple(replace(found.fields[0], field=each) for each in long)
    ).first_fields == (", ".join(f"{each} (6 of 6; noise 0)" for each in long[:3]) + " and 1 more")


def test_what_differs_once_and_not_again_is_gone() -> None:
    asked: list[int] = []

    def answer(version: str, number: int) -> Any:
        if (version, number) != ("8", 3):
            return {"total": 1}
        asked.append(number)
        return {"total": len(asked)} if len(asked) > 1 else {"total": 99}

    found = compared(Replays(lambda v, n: {"total": 1} if asked and n == 3 else answer(v, n)))
    assert (found.asked_again, found.gone, found.differing) == (1, 1, 0)


def test_the_seed_and_what_does_not_change_are_not_compared_and_that_is_told() -> None:
    replays = Replays(lambda *_: {})
    for options, why in (
        ({"seed": True}, "blue is the seed, which was never released"),
        ({"changed": ()}, "api does not change"),
    ):
        found = compared(replays, **options)  # type: ignore[arg-type]
        assert found.told == f"40 requests of 'orders' not compared: {why}"
        assert not found.closes
    assert replays.asked == []


def test_a_throttled_lambda_is_soon_left_alone() -> None:
    replays = Replays(lambda _, number: None if number > 20 else {"a": 1})
    found = compared(replays)
    assert len(replays.asked) < 3 * 21 + 20
    assert 0 < found.compared <= 21
    assert (
        f"compared {found.compared} of 40 requests of 'orders' (Lambda throttled or failed"
        in found.told
    )


def test_what_there_is_no_time_for_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100_000))
    monkeypatch.setattr(comparing, "now", lambda: float(next(clock)))
    found = compared(Replays(lambda *_: {"a": 1}), requests=200)
    assert 0 < found.compared < 200
    assert found.told.startswith(f"compared {found.compared} of 200 requests of 'orders' (")
    assert "s were over): no field differs" in found.told


def test_a_phase_that_has_no_time_left_compares_nothing_and_says_so() -> None:
    found = compared(Replays(lambda *_: {}), began=comparing.now() - comparing.LATEST)
    assert found.told == "40 requests of 'orders' not compared: its 0 s were over"


def test_the_last_answer_still_fits_into_the_phases_time() -> None:
    from handlers.adapters.functions.replays import LONGEST_ANSWER

    (phase,) = (each for each in PHASES if each.name == "verify-green")
    assert phase.timeout_seconds >= comparing.LATEST + LONGEST_ANSWER + 30


def test_a_request_on_which_blue_fails_itself_is_left_out() -> None:
    class Failing(Replays):
        def ask(self, function: str, version: str, event: Any, *, name: str) -> Answered | None:
            failed = version == "7" and event["number"] < 3
            return Answered({}, "KeyError: 'id'" if failed else None, 1.0, version, None)

    found = compared(Failing(lambda *_: {}))
    assert (found.compared, found.blue_failed, found.differing) == (37, 3, 0)
    assert (
        found.told
        == "compared 37 of 40 requests of 'orders' (blue itself fails 3): no field differs"
    )


def test_a_blue_that_answers_nothing_well_is_nothing_to_compare_with() -> None:
    class Failing(Replays):
        def ask(self, function: str, version: str, event: Any, *, name: str) -> Answered | None:
            return Answered({}, "KeyError: 'id'" if version == "7" else None, 1.0, version, None)

    found = compared(Failing(lambda *_: {}))
    assert found.told == "40 requests of 'orders' not compared: blue itself fails 40"
    assert not found.closes


def test_a_recording_that_most_get_a_404_for_is_told_as_such() -> None:
    for status, told in ((404, " (blue answers 40 with 4xx)"), (200, "")):
        replays = Replays(lambda *_, status=status: {"statusCode": status, "body": "{}"})
        found = compared(replays, form="apiGatewayV2")
        assert found.told == f"compared 40 requests of 'orders'{told}: no field differs"


def test_an_error_of_green_is_a_field_that_differs() -> None:
    class Failing(Replays):
        def ask(self, function: str, version: str, event: Any, *, name: str) -> Answered | None:
            return Answered({}, "KeyError: 'id'" if version == "8" else None, 1.0, version, None)

    assert "1 field differs: error (40 of 40; noise 0)" in compared(Failing(lambda *_: {})).told


def test_the_ledger_keeps_a_bounded_part_of_what_differs() -> None:
    answers = {"7": dict.fromkeys((f"key{n}" for n in range(150)), 1)}
    answers["8"] = dict.fromkeys(answers["7"], 2)
    found = compared(Replays(lambda version, _: answers[version]))
    assert (found.differing, len(found.fields)) == (150, 30)
    assert found.told.endswith("and 145 more"), "as many as find room"
    kept = encode(found)
    assert decode(Comparison, kept) == found
    assert len(str(kept)) < 6000
