"""What an alias must serve between deployments, and what puts one right that does not."""

import pytest

from handlers.domain.registration.drift import Drift, Served, drifts

AT_3 = {"api": "3"}


def drift(live: dict[str, str], version: str | None, **weights: float) -> Drift | None:
    served = {"api": Served("orders-api", version, {key[1:]: w for key, w in weights.items()})}
    found = drifts("live", live, served)
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("live", [AT_3, {}], ids=["of record", "never released"])
def test_an_alias_at_its_version_alone_is_whole(live: dict[str, str]) -> None:
    assert drift(live, "3") is None


def test_a_moved_alias_is_named_with_what_it_serves_and_should() -> None:
    found = drift(AT_3, "2")
    assert found is not None
    assert (found.code, found.version, found.mendable) == ("AliasMoved", "3", True)
    assert str(found.finding("orders", "live")) == (
        "functions.api (orders-api): its alias live serves version 2, and the release of record "
        "left it at 3; see with `greenshift repair orders` what points it back"
    )


def test_a_split_alias_is_named_with_its_shares_also_where_its_first_version_is_right() -> None:
    found = drift(AT_3, "3", v7=0.2)
    assert found is not None
    assert (found.code, found.mendable) == ("AliasSplit", True)
    assert "its alias live at version 3 sends 20% to version 7" in found.seen


def test_of_a_split_alias_that_no_release_has_left_the_good_version_is_a_persons_choice() -> None:
    found = drift({}, "3", v7=0.2)
    assert found is not None
    assert (found.code, found.version, found.mendable) == ("AliasSplit", None, False)
    assert found.do("orders", "live").endswith(
        "aws lambda update-alias --function-name orders-api --name live "
        "--function-version VERSION --routing-config AdditionalVersionWeights={}"
    )


@pytest.mark.parametrize("live", [AT_3, {}], ids=["of record", "never released"])
def test_a_missing_alias_is_made_by_hand_and_not_by_a_repair(live: dict[str, str]) -> None:
    found = drift(live, None)
    assert found is not None
    assert (found.code, found.mendable) == ("AliasMissing", False)
    assert found.do("orders", "live") == (
        "make it again with `aws lambda create-alias --function-name orders-api --name live "
        f"--function-version {'3' if live else 'VERSION'}`, and allow again what may call it, as "
        "its permissions went with it"
    )
