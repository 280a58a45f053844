"""Which versions can still be called, as far as a contract must know."""

from handlers.domain.preview.preview import Preview
from handlers.domain.registration.reach import Reach, Source, judge_reach, left_at_preview

LIVE = {
    "release": "1.1.0",
    "alias": "live",
    "versions": {"api": "3"},
    "functions": {"api": {"name": "shop-api", "kind": "entry", "weighted": True}},
}


PREVIEW = Preview(url="https://tried", alias="preview", functions=("api",))


def reach(aliases: dict[str, set[str]], *sources: tuple[str, str]) -> dict[str, Reach]:
    found = Reach(
        aliases={name: frozenset(versions) for name, versions in aliases.items()},
        sources=tuple(Source(name, qualifier) for name, qualifier in sources),
    )
    return {"shop-api": found}


def judged(
    aliases: dict[str, set[str]], *sources: tuple[str, str], preview: Preview | None = None
) -> list[tuple[str, str]]:
    found = judge_reach(LIVE, reach(aliases, *sources), preview)
    return [(each.code, each.where) for each in found]


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


def test_what_stays_at_the_preview_is_told_and_no_hindrance_unless_an_event_source_calls_it() -> (
    None
):
    there = {"live": {"3"}, "preview": {"4"}}
    assert judged(there, preview=PREVIEW) == []
    assert left_at_preview(LIVE, reach(there), PREVIEW) == [
        "shop-api:preview still leads to version 4, which may fail on the schema afterwards"
    ]
    other = ("OtherVersionReachable", "shop-api:preview")
    assert judged(there, ("q", "preview"), preview=PREVIEW) == [other]
    assert judged(there | {"beta": {"2"}}, preview=PREVIEW) == [
        ("OtherVersionReachable", "shop-api:beta")
    ]
    assert left_at_preview(LIVE, reach({"live": {"3"}, "preview": {"3"}}), PREVIEW) == []


def test_an_alias_that_only_has_the_previews_name_is_a_hindrance() -> None:
    there = {"live": {"3"}, "preview": {"4"}}
    other = [("OtherVersionReachable", "shop-api:preview")]
    assert judged(there) == other
    elsewhere = Preview(url="https://tried", alias="preview", functions=("web",))
    assert judged(there, preview=elsewhere) == other
    assert left_at_preview(LIVE, reach(there), elsewhere) == []
