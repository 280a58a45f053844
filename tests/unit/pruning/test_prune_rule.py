"""Which versions can go: nothing that is named, used or may be wanted, whatever else is true."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.green.identity import in_marker, marked, marker
from handlers.domain.pruning.api_names import named_by_api
from handlers.domain.pruning.published import LATEST, Published, Version, named_in, published
from handlers.domain.pruning.rule import Facts, callers_first, judge, warm_in_vain

DIGEST = "sha256:" + "ab" * 32
MARK = marker("orders", "1.0.0", DIGEST, "0123456789ab")
OURS = frozenset({in_marker(DIGEST)})


def version(number: int, function: str = "api", **details: Any) -> Published:
    return Published(id=Version(function, str(number)), **{"description": MARK, **details})


def facts(*versions: Published, **details: Any) -> Facts:
    settings = {"service": "orders", "keep": 2, "digests": OURS, **details}
    return Facts(versions=versions, **settings)


def going(found: Mapping[Version, str | None]) -> list[str]:
    return sorted(str(each) for each, why in found.items() if why is None)


FIVE = [version(number) for number in range(1, 6)]
ONE = Version("api", "1")


def test_the_oldest_go_and_the_newest_stay() -> None:
    found = judge(facts(*FIVE))
    assert going(found) == ["api:1", "api:2", "api:3"]
    assert found[Version("api", "5")] == "it is one of the newest 2 of its function"


def test_numbers_are_compared_as_numbers() -> None:
    found = judge(facts(version(9), version(10), version(11)))
    assert going(found) == ["api:9"]


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"description": ""}, "Greenshift did not publish it"),
        ({"description": "greenshift orders seed"}, "it is the seed"),
        ({"description": f"{MARK} "}, "Greenshift did not publish it"),
        ({"description": MARK.replace("orders", "others")}, "Greenshift did not publish it"),
        ({"description": MARK.replace("ab", "cd", 1)}, "Greenshift did not publish it"),
    ],
    ids=["foreign", "seed", "nearly", "another service's", "of a bundle that nobody knows"],
)
def test_what_greenshift_did_not_publish_is_never_deleted(
    details: dict[str, str], why: str
) -> None:
    old = version(1, **details)
    assert judge(facts(old, *FIVE[1:]))[ONE] == why


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"named": {ONE: "the alias live leads to it"}}, "the alias live leads to it"),
        ({"used": {ONE: "it was called"}}, "it was called"),
        ({"waiting": "1.9.0"}, "1.9.0 waits in the queue and may want it"),
        ({"keep": 5}, "it is one of the newest 5 of its function"),
        (
            {"named": {ONE: "an alias"}, "used": {ONE: "it was called"}, "waiting": "1.9.0"},
            "an alias",
        ),
    ],
)
def test_what_is_named_used_or_wanted_stays_and_says_why(more: dict[str, Any], why: str) -> None:
    found = judge(facts(*FIVE, **more))
    assert found[ONE] == why


def test_what_a_kept_version_calls_is_kept_and_so_on() -> None:
    c1, c2, c3 = (version(n, "c") for n in (1, 2, 3))
    b1 = version(1, "b", names=frozenset({c1.id}))
    b2, b3 = version(2, "b"), version(3, "b")
    a1 = version(1, "a", names=frozenset({b1.id}))
    known = [a1, version(2, "a"), version(3, "a"), b1, b2, b3, c1, c2, c3]
    assert going(judge(facts(*known))) == ["a:1", "b:1", "c:1"]
    found = judge(facts(*known, used={a1.id: "it was called"}))
    assert going(found) == []
    assert (found[b1.id], found[c1.id]) == ("a:1 calls it", "b:1 calls it")


def test_what_latest_calls_is_kept() -> None:
    latest = Published(id=Version("web", LATEST), names=frozenset({ONE}))
    assert judge(facts(*FIVE, latest=[latest]))[ONE] == "web's $LATEST calls it"


def test_where_a_callers_environment_cannot_be_read_every_peer_is_kept() -> None:
    secret = version(1, "web", names=None)
    found = judge(facts(*FIVE, secret, version(2, "web"), version(3, "web"), used={secret.id: "x"}))
    assert going(found) == []
    assert found[ONE] == "the environment of web:1 cannot be read, and may name it"


def test_one_whose_environment_cannot_be_read_can_go_itself() -> None:
    secret = version(1, "web", names=None)
    assert "web:1" in going(judge(facts(*FIVE, secret, version(2, "web"), version(3, "web"))))


def test_callers_are_deleted_before_whom_they_call() -> None:
    b1 = version(1, "b")
    a1 = version(1, "a", names=frozenset({b1.id}))
    z9 = version(9, "z", names=frozenset({a1.id, Version("gone", "7")}))
    order = [str(each.id) for each in callers_first([b1, a1, z9])]
    assert order == ["z:9", "a:1", "b:1"]
    assert callers_first([]) == []


def test_a_listing_is_read_with_what_its_environment_names() -> None:
    arn = "arn:aws:lambda:eu-west-1:000000000000:function:orders-prices:7"
    listed = {
        "FunctionName": "orders-api",
        "Version": "3",
        "Description": MARK,
        "CodeSize": 1234,
        "LastModified": "2026-11-23T10:15:02.000+0000",
        "Environment": {"Variables": {"PRICES": arn, "JSON": '{"a": "' + arn + '", "b": 1}'}},
    }
    found = published(listed)
    assert found.names == {Version("orders-prices", "7")}
    assert (found.size, found.marked and found.marked.release, found.durable) == (1234, "1.0.0", False)  # fmt: skip
    hidden = {**listed, "Environment": {"Error": {"ErrorCode": "AccessDeniedException"}}}
    assert published(hidden).names is None
    assert published({"FunctionName": "f", "Version": "1", "DurableConfig": {"x": 1}}).durable


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("arn:aws:lambda:r:0:function:f:7", {("f", "7")}),
        ("arn:aws-cn:lambda:r:0:function:f_g-h:70/invocations", {("f_g-h", "70")}),
        ("arn:aws:lambda:r:0:function:f:live", set()),
        ("arn:aws:lambda:r:0:function:f:7live", set()),
        ("arn:aws:lambda:r:0:function:f", set()),
        ("", set()),
    ],
)
def test_a_version_is_named_by_its_arn_alone(text: str, names: set[tuple[str, str]]) -> None:
    assert named_in([text]) == names


BASE = "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:0:function:"


@pytest.mark.parametrize(
    ("uris", "stages", "names"),
    [
        ([f"{BASE}f:7/invocations"], [], ["f:7"]),
        ([f"{BASE}f:live/invocations"], [{}], []),
        ([f"{BASE}f:${{stageVariables.v}}/invocations"], [{"v": "7"}, {"v": "8"}], ["f:7", "f:8"]),
        ([f"{BASE}${{stageVariables.f}}/invocations"], [{"f": "f:7"}], ["f:7"]),
        ([f"{BASE}f:${{stageVariables.v}}/invocations"], [{"v": "live"}, {}], []),
        (["https://example.com"], [{"f": "arn:aws:lambda:r:0:function:f:7"}], ["f:7"]),
    ],
)
def test_an_api_names_a_version_also_by_the_variables_of_a_stage(
    uris: list[str], stages: list[dict[str, str]], names: list[str]
) -> None:
    assert sorted(map(str, named_by_api(uris, stages))) == names


def test_a_marker_is_read_as_it_was_made() -> None:
    found = marked(MARK)
    assert found == ("orders", "1.0.0", in_marker(DIGEST))
    assert marked("greenshift orders seed") is None


IDS = st.builds(Version, st.sampled_from("abc"), st.integers(1, 8).map(str))
DESCRIPTIONS = st.sampled_from([MARK, MARK, MARK, "greenshift orders seed", "", "by hand"])


def callees(function: str) -> st.SearchStrategy[frozenset[Version] | None]:
    """Whom a version calls comes later in the alphabet: a registration has no circle."""
    later = st.frozensets(IDS, max_size=3).map(
        lambda ids: frozenset(each for each in ids if each.function > function)
    )
    return st.one_of(st.none(), later, later, later)


@st.composite
def worlds(draw: st.DrawFn) -> Facts:
    versions = [
        version(
            int(each.number),
            each.function,
            description=draw(DESCRIPTIONS),
            names=draw(callees(each.function)),
        )
        for each in sorted(draw(st.sets(IDS, max_size=16)))
    ]
    reasons = st.dictionaries(IDS, st.just("because"), max_size=4)
    return facts(
        *versions,
        keep=draw(st.integers(2, 4)),
        named=draw(reasons),
        used=draw(reasons),
        waiting=draw(st.sampled_from([None, None, "1.9.0"])),
        latest=[Published(id=Version("a", LATEST), names=draw(st.frozensets(IDS, max_size=2)))],
    )


@given(worlds())
def test_nothing_that_is_named_by_anything_is_ever_deleted(world: Facts) -> None:
    found = judge(world)
    known = {each.id: each for each in world.versions}
    gone = {each for each, why in found.items() if why is None}
    assert found.keys() == known.keys()
    assert not gone & (world.named.keys() | world.used.keys())
    assert not (gone and world.waiting)
    assert all(known[each].description == MARK for each in gone)
    staying = [*world.latest, *(known[each] for each in known.keys() - gone)]
    assert not gone & {name for each in staying for name in each.names or ()}
    hidden = {each.id.function for each in staying if each.names is None}
    assert all(not hidden - {each.function} for each in gone)
    for function in "abc":
        ours = [e.id for e in world.versions if e.id.function == function and e.description == MARK]
        newest = sorted(ours, key=lambda each: int(each.number))[-world.keep :]
        assert not gone & set(newest)


@given(worlds())
def test_more_reasons_never_delete_more(world: Facts) -> None:
    before = {each for each, why in judge(world).items() if why is None}
    for fewer in (replace(world, named={}), replace(world, used={}), replace(world, waiting=None)):
        assert before <= {each for each, why in judge(fewer).items() if why is None}


@given(worlds())
def test_at_no_moment_a_version_names_one_that_is_gone_already(world: Facts) -> None:
    judged = judge(world)
    order = callers_first(each for each in world.versions if judged[each.id] is None)
    assert {each.id for each in order} == {each for each, why in judged.items() if why is None}
    gone: set[Version] = set()
    for each in order:
        assert not gone & (each.names or frozenset())
        gone.add(each.id)


WARM = frozenset(each.id for each in FIVE)


def in_vain(*versions: Published, **details: Any) -> list[str]:
    return sorted(map(str, warm_in_vain(facts(*versions, **{"warm": WARM, **details}))))


def test_what_is_reached_stays_warm_and_the_newest_does_not_for_being_new() -> None:
    reachable = frozenset({Version("api", "3")})
    assert in_vain(*FIVE, reachable=reachable) == ["api:1", "api:2", "api:4", "api:5"]
    assert in_vain(*FIVE, reachable=reachable, warm=frozenset()) == []


def test_what_a_reached_version_calls_by_its_number_stays_warm() -> None:
    caller = version(7, "web", names=frozenset({ONE}))
    assert in_vain(*FIVE[:2], caller, reachable=frozenset({caller.id})) == ["api:2"]
    unread = version(7, "web", names=None)
    assert in_vain(*FIVE[:2], unread, reachable=frozenset({unread.id})) == []


@pytest.mark.parametrize(
    "description", ["", "greenshift orders seed", MARK.replace("orders", "shop")]
)
def test_what_somebody_else_has_published_keeps_what_they_gave_it(description: str) -> None:
    assert in_vain(version(1, description=description)) == []
