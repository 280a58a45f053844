"""Which versions can still be called, as far as a contract must know."""

from handlers.domain.registration.reach import Reach, Source, judge_reach

LIVE = {
    "release": "1.1.0",
    "alias": "live",
    "versions": {"api": "3"},
    "functions": {"api": {"name": "shop-api", "kind": "entry", "weighted": True}},
}


def judged(aliases: dict[str, set[str]], *sources: tuple[str, str]) -> list[tuple[str, str]]:
    reach = Reach(
        aliases={name: frozenset(versions) for name, versions in aliases.items()},
        sources=tuple(Source(name, qualifier) for name, qualifier in sources),
    )
    return [(each.code, each.where) for each in judge_reach(LIVE, {"shop-api": reach})]


def test_only_the_live_version_may_be_reachable() -> None:
    assert judged({"live": {"3"}}) == []
    assert judged({"live": {"3"}, "also": {"3"}}, ("q", "live"), ("q", "also"), ("q", "3")) == []


def test_an_alias_that_is_gone_split_or_elsewhere_is_named() -> None:
    expected = [("AliasNotWhole", "shop-api:live")]
    assert judged({}) == expected
    assert judged({"live": {"3", "2"}}) == expected
    assert judged({"live": {"2"}}) == expected


def test_another_alias_is_named_and_so_is_who_calls_it() -> None:
    other = ("OtherVersionReachable", "shop-api:beta")
    assert judged({"live": {"3"}, "beta": {"2"}}) == [other]
    assert judged({"live": {"3"}, "beta": {"3", "2"}}, ("q", "beta")) == [other, other]


def test_an_event_source_on_another_version_or_on_the_bare_function_is_named() -> None:
    assert judged({"live": {"3"}}, ("q", "2"), ("s", "$LATEST")) == [
        ("OtherVersionReachable", "shop-api:2"),
        ("OtherVersionReachable", "shop-api:$LATEST"),
    ]
