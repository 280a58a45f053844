"""A file is applied once and stays what it was; what cannot be read or comes too late is refused."""

from typing import Any

import pytest

from handlers.errors import MigrationChanged, MigrationFailed

FILE = "migrations/0002_channel.backfill.json"
CHANNEL = {"table": "orders", "set": {"channel": {"value": "web"}}}
OTHER = {"table": "orders", "set": {"channel": {"value": "shop"}}}

CHANGED = [
    pytest.param({FILE: OTHER}, "it is sha256:.*, but sha256:.* was applied on 20", id="change"),
    pytest.param(
        {"migrations/0002_source.backfill.json": CHANNEL},
        "number 0002 was applied as 0002_channel on 20",
        id="name",
    ),
    pytest.param({"migrations/0003_b.backfill.json": OTHER}, "is gone from the bundle", id="gone"),
]


@pytest.mark.parametrize(("files", "sentence"), CHANGED)
def test_a_file_that_changed_after_it_was_applied_is_refused(
    lab: Any, files: dict[str, Any], sentence: str
) -> None:
    lab.migrate({FILE: CHANNEL})
    more = {"migrations/0004_more.backfill.json": CHANNEL}
    with pytest.raises(MigrationChanged, match=sentence):
        lab.migrate({**more, **files})
    assert list(lab.steps()) == ["0002#backfill"], "nothing of the release was applied"


def test_blanks_and_waivers_may_change(lab: Any) -> None:
    lab.migrate({FILE: CHANNEL})
    waived = {"waivers": {"backfill-before-writers": "why"}, **CHANNEL}
    assert lab.migrate({FILE: waived})["alreadyApplied"] == 1


def test_a_new_file_before_an_applied_one_is_refused(lab: Any) -> None:
    lab.migrate({FILE: CHANNEL})
    with pytest.raises(MigrationFailed, match="it is new but comes before 0002"):
        lab.migrate({FILE: CHANNEL, "migrations/0001_late.backfill.json": OTHER})


def test_a_part_may_come_after_the_expand_of_its_number(lab: Any) -> None:
    lab.migrate({"migrations/0003_note.backfill.json": {**CHANNEL, "set": {"n": {"value": 1}}}})
    index = {
        "name": "by-note",
        "keys": [{"name": "note", "type": "S", "role": "HASH"}],
        "projection": "ALL",
    }
    section = lab.migrate(
        {
            "migrations/0003_note.backfill.json": {**CHANNEL, "set": {"n": {"value": 1}}},
            "migrations/0003_note.expand.json": {"table": "orders", "addIndex": index},
        }
    )
    assert section["applied"] == ["0003_note.expand"]


def test_a_migration_that_cannot_be_read_is_refused_with_its_place(lab: Any) -> None:
    broken = '{"table": "orders",\n "set": {"channel": {"valu": 1}}}'
    with pytest.raises(MigrationFailed, match=r"0002_channel\.backfill\.json:2 set\.channel"):
        lab.migrate({FILE: broken})


def test_a_release_without_migrations_says_so(lab: Any) -> None:
    section = lab.migrate({})
    assert section["next"] == "done"
    assert section["reason"] == "nothing to apply"


def test_an_execution_of_another_service_is_refused(lab: Any) -> None:
    event = lab.event({})
    event["deployment"]["service"] = "billing"
    with pytest.raises(MigrationFailed, match="is of billing"):
        lab.call(event)
