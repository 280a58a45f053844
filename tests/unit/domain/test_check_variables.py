"""Values that travel from one check to the next, and the order that they ask for."""

from typing import Any

import pytest

from handlers.domain.probe.order import that_can_be_made, waves
from handlers.domain.probe.variables import filled, taken
from handlers.domain.release.checks import Check, Expectation, HttpRequest, Message
from handlers.domain.release.release import read_release

BODY = {"id": "a/b", "n": 7, "items": [{"sku": "x"}], "none": None}
TOML = 'format = 1\nservice = "s"\nrelease = "1.0.0"\n[functions.api]\nversion = 1\n'


def get(path: str, **more: Any) -> Check:
    return Check(name=path, function="api", http=HttpRequest(method="GET", path=path), **more)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", BODY),
        ("$.id", "a/b"),
        ("$.items[0].sku", "x"),
        ("$.items", [{"sku": "x"}]),
        ("$.none", None),
    ],
)
def test_a_value_is_taken_from_its_place_in_the_answer(path: str, value: object) -> None:
    assert taken({"v": path}, BODY) == ({"v": value}, [])


@pytest.mark.parametrize("path", ["$.no", "$.items[1]", "$.items.sku", "$.id[0]", "$.n.x", "$[0]"])
def test_a_place_that_is_not_in_the_answer_is_told(path: str) -> None:
    assert taken({"v": path}, BODY) == ({}, [f"{path} is missing, which v is taken from"])


def test_a_variable_is_written_wherever_a_text_may_stand() -> None:
    check = Check(
        name="read",
        function="api",
        http=HttpRequest(
            method="PUT",
            path="/orders/${id}",
            query={"q": "n${n}"},
            headers={"x-id": "${id}"},
            json={"n": "${n}", "all": ["${id}", "it is ${n}"], "plain": "$${id}", "f": 1.5},
        ),
        expect=Expectation(json={"id": "${id}"}, headers={"location": "/orders/${id}"}),
    )
    assert check.needs == {"id", "n"}
    found = filled(check, {"id": "a/b", "n": 7})
    assert found.http is not None
    assert found.http.path == "/orders/a%2Fb", "a path stays one path"
    assert (found.http.query, found.http.headers) == ({"q": "n7"}, {"x-id": "a/b"})
    assert found.http.json == {
        "n": 7, "all": ["a/b", "it is 7"], "plain": "${id}", "f": 1.5,
    }, "a text that is one variable alone keeps the value's type"  # fmt: skip
    assert found.expect.json == {"id": "a/b"}
    assert found.expect.headers == {"location": "/orders/a/b"}


def test_a_message_carries_variables_as_well() -> None:
    message = Message(form="sqs", json={"order": "${id}"}, attributes={"trace": "${id}"})
    found = filled(Check(name="m", function="w", message=message), {"id": "1"}).message
    assert found == Message(form="sqs", json={"order": "1"}, attributes={"trace": "1"})


def test_checks_wait_for_what_they_need_and_for_nothing_else() -> None:
    create = get("/create", save={"id": "$.id"})
    read = get("/read/${id}", save={"etag": "$.etag"})
    other = get("/other")
    update = get("/update/${id}/${etag}")
    groups = [[each.name for each in group] for group in waves([create, read, other, update])]
    assert groups == [["/create", "/other"], ["/read/${id}"], ["/update/${id}/${etag}"]]


def checks(*tables: str) -> list[str]:
    text = TOML + "".join(
        f'[[checks]]\nname = "{number}"\nfunction = "api"\n{table}\n'
        for number, table in enumerate(tables)
    )
    return [f"{found.code}: {found.what}; {found.do}" for found in read_release(text)[1]]


CREATE = 'http = {method = "POST", path = "/"}\nexpect = {status = 201}\nsave = {id = "$.id"}'
READ = 'http = {method = "GET", path = "/${id}"}\nexpect = {status = 200}'


def test_a_variable_that_is_saved_before_is_known() -> None:
    assert checks(CREATE, READ) == []


def test_a_variable_that_is_saved_only_later_is_refused_with_what_to_do() -> None:
    (told,) = checks(READ, CREATE)
    assert told.startswith("UnknownVariable: no check before this one saves ${id}; add save = { id")


def test_a_check_does_not_use_what_it_saves_itself() -> None:
    itself = CREATE.replace('path = "/"', 'path = "/${id}"')
    assert checks(itself)[0].startswith("UnknownVariable")


def test_a_name_is_saved_once() -> None:
    assert checks(CREATE, CREATE) == [
        "Duplicate: an earlier check saves id already; give each variable a name of its own"
    ]


@pytest.mark.parametrize("text", ["${", "${}", "${a b}", "${1}", "x ${id"])
def test_a_reference_that_cannot_be_read_is_refused(text: str) -> None:
    (told,) = checks(
        f'http = {{method = "PUT", path = "/", body = "{text}"}}\nexpect = {{status = 200}}'
    )
    assert told.startswith("UnknownVariable")
    assert "$${ for a plain ${" in told


def test_a_plain_one_is_written_with_two_dollars() -> None:
    body = 'http = {method = "PUT", path = "/", body = "$${id} costs $5"}\nexpect = {status = 200}'
    assert checks(body) == []


@pytest.mark.parametrize(
    ("check", "harmless"),
    [
        (get("/"), True),
        (get("/${id}"), False),
        (Check(name="p", function="api", http=HttpRequest(method="POST", path="/")), False),
        (Check(name="m", function="w", message=Message(form="sqs", json={})), True),
        (Check(name="e", function="w", event="checks/sqs.json"), False),
    ],
)
def test_what_may_be_sent_again_and_again_is_known(check: Check, harmless: bool) -> None:
    assert check.harmless is harmless


def test_a_check_of_a_function_that_is_gone_is_left_out_with_what_needs_it() -> None:
    gone = Check(
        name="gone", function="old", http=HttpRequest(method="GET", path="/"), save={"id": "$.id"}
    )
    found = that_can_be_made(
        [gone, get("/${id}", save={"n": "$"}), get("/${n}"), get("/")], {"api"}
    )
    assert [check.name for check in found] == ["/"]
