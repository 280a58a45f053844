"""Policies that say in whose name events may be put."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

MINE = {
    "ForAllValues:StringEquals": {"events:source": ["mine"]},
    "Null": {"events:source": "false"},
}
OLDER = {"StringEquals": {"events:source": "mine", "events:detail-type": "d"}}


def entries(*sources: str) -> list[dict[str, Any]]:
    return [{"Source": each, "DetailType": "d", "Detail": "{}"} for each in sources]


def allowed(account: Any, condition: dict[str, Any], *sources: str) -> bool:
    client = account.user(account.allow("events:PutEvents", Condition=condition))("events")
    try:
        assert client.put_events(Entries=entries(*sources))["FailedEntryCount"] == 0
    except ClientError as error:
        assert "events:PutEvents" in str(error)
        return False
    return True


def test_events_are_put_in_the_permitted_name_alone(account: Any) -> None:
    assert allowed(account, MINE, "mine", "mine")
    assert not allowed(account, MINE, "theirs")
    assert not allowed(account, MINE, "mine", "theirs")
    assert allowed(account, OLDER, "mine")


@pytest.mark.parametrize("condition", [MINE, OLDER])
def test_stock_knows_no_names(stock_account: Any, condition: dict[str, Any]) -> None:
    assert not allowed(stock_account, condition, "mine")
