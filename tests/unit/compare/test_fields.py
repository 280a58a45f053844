"""In which fields two answers differ: paths, lists, keys that are data, status and errors."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.domain.compare.answers import LARGEST_COMPARED, Seen, seen
from handlers.domain.compare.fields import ABSENT, MOST_FIELDS, differences
from handlers.domain.compare.rounds import compared

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def body(value: Any, **more: Any) -> Seen:
    return Seen(status=200, body=value, **more)


@pytest.mark.parametrize(
    ("one", "other", "fields"),
    [
        ({"a": 1}, {"a": 2}, ["body.a"]),
        ({"a": 1}, {}, ["body.a"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 2, "c": 3}}, ["body.a.b", "body.a.c"]),
        ({"i": [{"p": 1}, {"p": 2}]}, {"i": [{"p": 3}, {"p": 4}]}, ["body.i[].p"]),
        ([{"id": 1}], [{"id": 2}], ["body[].id"]),
        ([1, 2], [1, 2, 3], ["body[]"]),
        ([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}], ["body[]"]),
        ({"a": 1}, [1], ["body"]),
        ("<p>one</p>", "<p>two</p>", ["body"]),
        ({"a": True}, {"a": 1}, ["body.a"]),
        ({"a": 1.0}, {"a": 1}, []),
        ({"a": None}, {}, ["body.a"]),
        ({"550e8400-e29b-41d4-a716-446655440000": 1}, {"7": 1}, ["body.*"]),
        ({"o": {"20261123": {"t": 1}}}, {"o": {"20261123": {"t": 2}}}, ["body.o.*.t"]),
        ({"ann@example.com": 1}, {"ann@example.com": 2}, ["body.*"]),
        ({"@id": 1, "sku_2": 1}, {"@id": 2, "sku_2": 2}, ["body.@id", "body.sku_2"]),
    ],
)
def test_a_difference_has_the_path_of_its_field(one: Any, other: Any, fields: list[str]) -> None:
    assert sorted(differences(body(one), body(other))) == fields


@given(JSON)
def test_what_is_the_same_never_differs(value: Any) -> None:
    again = json.loads(json.dumps(value))
    assert differences(body(value), body(again)) == {}
    answers = {"primary": body(value), "secondary": body(again), "candidate": body(value)}
    found = compared(answers)  # type: ignore[arg-type]
    assert (found.green, found.noise, found.suspect) == ({}, frozenset(), frozenset())


@given(JSON, JSON)
def test_which_of_the_two_is_called_blue_does_not_count(one: Any, other: Any) -> None:
    assert differences(body(one), body(other)).keys() == differences(body(other), body(one)).keys()


@given(JSON, JSON)
def test_two_bodies_differ_in_a_field_exactly_when_they_are_not_the_same(
    one: Any, other: Any
) -> None:
    same = _strict(one) == _strict(other)
    assert (differences(body(one), body(other)) == {}) is same


def _strict(value: Any) -> Any:
    """The value, in which true and 1 are not the same, as they are to Python."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, list):
        return [_strict(each) for each in value]
    return {k: _strict(v) for k, v in value.items()} if isinstance(value, dict) else value


@given(JSON, JSON)
def test_a_field_that_is_ignored_is_never_told(one: Any, other: Any) -> None:
    assert differences(body(one), body(other), ignore=["body"]) == {}


def test_to_ignore_a_field_is_to_ignore_what_is_in_it_and_nothing_beside_it() -> None:
    one = {"total": 1, "totals": 1, "items": [{"at": 1, "sku": 1}]}
    other = {"total": 2, "totals": 2, "items": [{"at": 2, "sku": 2}]}
    found = differences(body(one), body(other), ignore=["body.total", "body.items[].at"])
    assert sorted(found) == ["body.items[].sku", "body.totals"]


def test_of_answers_with_another_status_nothing_else_is_told() -> None:
    one, other = Seen(status=200, body={"a": 1}), Seen(status=404, body={"message": "no"})
    assert differences(one, other) == {"status": (200, 404)}
    assert sorted(differences(one, other, ignore=["status"])) == ["body.a", "body.message"]


def test_an_error_on_one_side_is_a_difference_of_its_own() -> None:
    failed = seen(None, "RuntimeError: no such order 17", "apiGatewayV2")
    assert differences(failed, body({})) == {"error": ("RuntimeError", ABSENT)}
    other = seen(None, "RuntimeError: no such order 18", "apiGatewayV2")
    assert differences(failed, other) == {}, "the message is the day's"


def test_only_the_headers_that_count_are_compared() -> None:
    def answer(**headers: str) -> Seen:
        payload = {"statusCode": 200, "headers": headers, "body": "{}"}
        return seen(payload, None, "apiGatewayV2", ("content-type", "location"))

    one = answer(**{"Content-Type": "text/html", "Date": "Monday", "Set-Cookie": "a=1"})
    other = answer(**{"content-type": "text/plain", "Date": "Tuesday", "Set-Cookie": "a=2"})
    assert differences(one, other) == {"headers.content-type": ("text/html", "text/plain")}


def test_bytes_that_are_no_text_are_compared_as_they_came() -> None:
    """0xFF and 0xFE are no UTF-8: read as text, both would be the same sign."""

    def answer(encoded: str) -> Seen:
        payload = {"statusCode": 200, "body": encoded, "isBase64Encoded": True}
        return seen(payload, None, "apiGatewayV2")

    assert differences(answer("/w=="), answer("/w==")) == {}
    assert differences(answer("/w=="), answer("/g==")).keys() == {"body"}


@pytest.mark.parametrize("form", ["apiGatewayV2", None])
def test_a_huge_body_is_compared_as_a_whole_and_not_kept(form: Any) -> None:
    def answer(last: str) -> Seen:
        big = {"items": ["x" * LARGEST_COMPARED], "last": last}
        return seen({"statusCode": 200, "body": json.dumps(big)} if form else big, None, form)

    assert differences(answer("a"), answer("a")) == {}
    (pair,) = differences(answer("a"), answer("b")).values()
    assert all(value.startswith("sha256:") for value in pair)


def test_an_event_has_a_result() -> None:
    one, other = (seen({"batchItemFailures": each}, None, None) for each in ([], [{"i": 1}]))
    assert differences(one, other).keys() == {"result.batchItemFailures[]"}


def test_very_many_fields_are_told_as_the_few_that_hold_them() -> None:
    one = {"a": {f"k{n:03}": n for n in range(MOST_FIELDS + 1)}, "b": 1}
    other = {"a": {f"k{n:03}": n + 1 for n in range(MOST_FIELDS + 1)}, "b": 1}
    answers = {"primary": body(one), "secondary": body(one), "candidate": body(other)}
    assert compared(answers).green.keys() == {"body.a"}  # type: ignore[arg-type]
    noisy = {"primary": body(one), "secondary": body(other), "candidate": body(other)}
    assert compared(noisy).suspect == frozenset()  # type: ignore[arg-type]


@given(st.integers(1, 400), st.integers(1, 40))
def test_json_nested_as_deeply_as_it_likes_is_compared(depth: int, again: int) -> None:
    def nested(depth: int) -> Any:
        value: Any = 1
        for _ in range(depth):
            value = [value]
        return value

    assert (differences(body(nested(depth)), body(nested(again))) == {}) is (depth == again)
