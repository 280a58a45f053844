"""Which migrations make a schema that blue was not released with."""

import pytest

from handlers.domain.bundle.migration_files import new_to

FIRST = "migrations/0001_orders.expand.sql"
SECOND = "migrations/0002_channel.expand.sql"
BACKFILL = "migrations/0002_channel.backfill.sql"
CONTRACT = "migrations/0001_orders.contract.sql"


@pytest.mark.parametrize(
    ("blue", "green", "new"),
    [
        ((), (), ()),
        ((FIRST,), (FIRST,), ()),
        ((FIRST,), (FIRST, SECOND, BACKFILL), (BACKFILL, SECOND)),
        ((FIRST,), (SECOND,), (SECOND,)),
        ((FIRST, SECOND), (FIRST,), ()),
        ((FIRST,), (FIRST, CONTRACT), ()),
        ((), ("migrations/", FIRST), (FIRST,)),
    ],
)
def test_what_changes_before_traffic_moves_is_new_to_blue(
    blue: tuple[str, ...], green: tuple[str, ...], new: tuple[str, ...]
) -> None:
    assert new_to(blue, green) == new
