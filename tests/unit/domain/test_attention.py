"""What a deployment that could not be put back keeps of its tries, and says of them."""

from typing import Any

from handlers.domain.attention import first_try, not_whole, recovered, tries_with


def tried(record: dict[str, Any], execution: str, what: str) -> dict[str, Any]:
    found = tries_with(record, execution=execution, at="now", because="green failed", what=what)
    return {**record, "attention": found}


def test_the_first_try_is_kept_of_however_many() -> None:
    record: dict[str, Any] = {}
    for number in range(50):
        record = tried(record, f"execution-{number}", f"reason {number}")
    assert [each["what"] for each in record["attention"]] == [
        "reason 0", "reason 46", "reason 47", "reason 48", "reason 49",
    ]  # fmt: skip
    first = first_try(record, "execution-50")
    assert first is not None
    assert first["what"] == "reason 0"


def test_an_execution_that_tries_again_has_one_try_and_is_the_first_itself() -> None:
    record = tried(tried({}, "one", "throttled"), "one", "moved")
    assert [each["what"] for each in record["attention"]] == ["moved"]
    assert first_try(record, "one") is None


def test_a_recovery_that_comes_too_early_says_what_stands_in_the_way_first() -> None:
    assert not_whole("green failed", "api moved", "put it back", again=False) == (
        "green failed; api moved; put it back"
    )
    assert not_whole("green failed", "api moved", "put it back", again=True) == (
        "still not whole: api moved; put it back; it goes back because of green failed"
    )


def test_what_was_recovered_keeps_the_original_reason() -> None:
    record = tried({}, "one", "api moved")
    assert recovered("green failed", first_try(record, "two")) == (
        "green failed; it needed attention: api moved; it was recovered"
    )
    assert recovered("green failed", first_try(record, "one")) == "green failed"


def test_what_led_to_it_is_not_said_twice_where_it_also_stands_in_the_way() -> None:
    because = "AliasMoved: api moved"
    assert not_whole(because, "api moved", "put it back", again=False) == (
        "AliasMoved: api moved; put it back"
    )
    record = tries_with({}, execution="one", at="now", because=because, what="api moved")
    assert recovered(because, first_try({"attention": record}, "two")) == (
        "AliasMoved: api moved; it needed attention and was recovered"
    )
