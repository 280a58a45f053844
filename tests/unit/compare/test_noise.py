"""Diffy's rule on what lasted: noise of blue is not blamed on green, and what green changes is seen."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.compare.answers import Seen
from handlers.domain.compare.rounds import ROLES, Round, asked_again, compared
from handlers.domain.compare.tally import MOST_ASKED_AGAIN, Tally, is_beyond, to_ask_again

Answers = Callable[[str, int, Random], Any]
"""What one side answers to a request, by its number."""
BLUE = ("primary", "secondary")


def comparison(
    answers: Answers, chance: Random, requests: int = 200, *, again: bool = True
) -> Tally:
    """A comparison as it is made: all once, and again what differed."""

    def asked(number: int) -> Round:
        found = {
            role: Seen(status=200, body={"f": answers(role, number, chance)}) for role in ROLES
        }
        return compared(found)

    rounds = {number: asked(number) for number in range(requests)}
    for number in to_ask_again(rounds) if again else ():
        rounds[number] = asked_again(rounds[number], asked(number))
    tally = Tally()
    for number, each in rounds.items():
        tally.add(number + 1, each)
    return tally


def noisy(rate: float) -> Answers:
    """All sides alike: an answer is another one at this rate."""
    return lambda _, __, chance: chance.random() < rate


@pytest.mark.parametrize(
    ("differ", "noise", "beyond"),
    [(1, 0, True), (0, 0, False), (3, 3, False), (3, 2, False), (4, 2, True), (30, 20, False), (31, 20, True), (2, 9, False)],
)  # fmt: skip
def test_a_field_counts_when_it_is_a_fifth_ahead_of_the_noise(
    differ: int, noise: int, beyond: bool
) -> None:
    assert is_beyond(differ, noise) is beyond


@given(st.integers(0, 200), st.integers(0, 200))
def test_green_is_never_blamed_where_blue_is_as_noisy(differ: int, more: int) -> None:
    assert not is_beyond(differ, differ + more)


@pytest.mark.parametrize("rate", [0.001, 0.005, 0.02, 0.1, 0.3, 0.5, 1.0])
def test_a_green_that_is_as_noisy_as_blue_is_hardly_ever_blamed(rate: float) -> None:
    """300 deployments of a field with this noise; the page says how often."""
    chance = Random(f"seed {rate}")
    blamed = sum(bool(comparison(noisy(rate), chance).differing()) for _ in range(300))
    assert blamed <= 9, f"{blamed} of 300"


@pytest.mark.parametrize("changed", [1, 5, 37, 200])
def test_what_green_always_answers_otherwise_is_found_in_however_few_requests(changed: int) -> None:
    def answers(role: str, number: int, _: Random) -> Any:
        return "new" if role == "candidate" and number < changed else "old"

    (found,) = comparison(answers, Random(1)).differing()
    assert (found.field, found.differ, found.noise, found.line) == ("body.f", changed, 0, 1)


def test_a_green_that_has_become_random_is_found() -> None:
    def answers(role: str, number: int, chance: Random) -> Any:
        return number if role in BLUE else chance.random()

    (found,) = comparison(answers, Random(1)).differing()
    assert (found.differ, found.noise) == (200, 0)


def test_what_green_changes_is_found_beside_a_field_that_is_never_the_same() -> None:
    chance = Random(1)
    tally = Tally()
    for number in range(100):
        answers = {
            role: Seen(status=200, body={"at": chance.random(), "total": role == "candidate"})
            for role in ROLES
        }
        tally.add(number, compared(answers))
    assert [each.field for each in tally.differing()] == ["body.total"]
    assert [(each.field, each.differ, each.noise) for each in tally.noisy()] == [
        ("body.at", 100, 100)
    ]


def test_a_difference_that_does_not_come_again_does_not_count_and_noise_does_once() -> None:
    first = Round({"body.a": (1, 2), "body.b": (1, 2)}, frozenset({"body.c"}))
    again = Round({"body.b": (1, 3)}, frozenset({"body.d"}))
    found = asked_again(first, again)
    assert (found.green, found.noise) == ({"body.b": (1, 2)}, {"body.c", "body.d"})


def test_of_too_many_those_are_asked_again_that_chance_explains_best() -> None:
    often = {number: Round({"body.often": (1, 2)}, frozenset()) for number in range(100)}
    seldom = {100 + number: Round({"body.seldom": (1, 2)}, frozenset()) for number in range(2)}
    chosen = to_ask_again(often | seldom)
    assert len(chosen) == MOST_ASKED_AGAIN
    assert chosen[:2] == [100, 101]


def test_a_request_that_blue_fails_both_times_blames_nobody() -> None:
    failed, well = Seen(status=503), Seen(status=200)
    both = compared({"primary": failed, "secondary": Seen(error="Timeout"), "candidate": well})
    assert both.blue_failed
    once = compared({"primary": failed, "secondary": well, "candidate": well})
    assert (once.blue_failed, once.suspect) == (False, frozenset())


def test_a_recording_that_has_become_old_is_counted() -> None:
    gone, well = Seen(status=404), Seen(status=200)
    tally = Tally()
    for number, primary in enumerate((gone, gone, well)):
        tally.add(number, compared({"primary": primary, "secondary": gone, "candidate": gone}))
    assert (tally.compared, tally.refused) == (3, 2)


def test_of_an_object_that_is_missing_only_its_size_is_kept() -> None:
    tally = Tally(examples=True)
    tally.add(1, Round({"body.user": ({"name": "ann", "password": "x"}, [1])}, frozenset()))
    (found,) = tally.differing()
    assert (found.blue, found.green) == ("(an object of 2)", "(a list of 1)")


@pytest.mark.parametrize(
    ("blue", "green", "shown"),
    [
        ({"id": None}, {}, ("null", "absent")),
        ({}, {"id": None}, ("absent", "null")),
        ({"id": "absent"}, {"id": None}, ('"absent"', "null")),
    ],
)
def test_what_is_not_there_is_shown_as_another_thing_than_null(
    blue: Any, green: Any, shown: tuple[str, str]
) -> None:
    sides = {"primary": blue, "secondary": blue, "candidate": green}
    tally = Tally(examples=True)
    tally.add(1, compared({role: Seen(body=each) for role, each in sides.items()}))  # type: ignore[misc]
    (found,) = tally.differing()
    assert (found.field, found.blue, found.green) == ("body.id", *shown)


def test_values_are_kept_only_where_examples_are_asked_for_and_secrets_never() -> None:
    def one(path: str, **options: Any) -> tuple[str | None, str | None]:
        tally = Tally(**options)
        tally.add(4, Round({path: ("x" * 500, None)}, frozenset()))
        (found,) = tally.differing()
        assert found.line == 4
        return found.blue, found.green

    assert one("body.name") == (None, None)
    blue, green = one("body.name", examples=True)
    assert (len(blue or ""), green) == (120, "null")
    for path in ("body.accessToken", "headers.set-cookie", "body.user.password", "body.api_key"):
        assert one(path, examples=True) == ("(not kept)", "(not kept)")
