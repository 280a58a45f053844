"""How long an index takes to be made, and what may not be done meanwhile.

AWS: an index that `UpdateTable` adds is `CREATING`, first without `Backfilling` (the table is
`UPDATING`), then with it, then `ACTIVE`; it can be read only then. A table makes or removes one
index at a time; one that is removed is `DELETING` for a while.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
Stock MiniStack: an index is `ACTIVE` and whole, or gone, in the answer of `UpdateTable`; any number
at a time. Patch: an index goes through these states in `SECONDS` each. CloudFormation, which calls
no API here, gets what it asks for at once.
"""

import json
import time
from typing import Any

from infra.local.patching import when_imported

SECONDS = 0.4
_IN_USE = "Attempt to change a resource which is still in use: Table is being updated: {}"
_ONE = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously"
_LIMIT = ("LimitExceededException", f"{_ONE} per table")
_UNREADABLE = "Cannot read from backfilling global secondary index: {}"


def apply() -> None:
    """Patches the requests that change, describe and read indexes."""
    when_imported("ministack.services.dynamodb", _patch)


class _Work:
    """The indexes that are being made and removed, by account, region, table and index."""

    def __init__(self, service: Any) -> None:
        self.service = service
        self.made: dict[tuple[str, ...], float] = {}
        self.removed: dict[tuple[str, ...], tuple[float, dict[str, Any]]] = {}

    def place(self, table: str, *index: str) -> tuple[str, ...]:
        return (self.service.get_account_id(), self.service.get_region(), table, *index)

    def phase(self, table: str, index: str) -> int:
        """0 while it is allocated, 1 while it is filled, 2 when it can be read."""
        began = self.made.get(self.place(table, index))
        return 2 if began is None else min(2, int((time.monotonic() - began) / SECONDS))

    def going(self, table: str) -> list[dict[str, Any]]:
        """The indexes of the table that are being removed."""
        place, now = self.place(table), time.monotonic()
        return [
            index
            for key, (began, index) in self.removed.items()
            if key[:-1] == place and now - began < SECONDS
        ]

    def busy(self, table: str) -> tuple[str, str] | None:
        indexes = [name for *place, name in self.made if tuple(place) == self.place(table)]
        phases = [self.phase(table, name) for name in indexes]
        if 0 in phases or self.going(table):
            return "ResourceInUseException", _IN_USE.format(table)
        return _LIMIT if 1 in phases else None


def _patch(service: Any) -> None:
    handle, describe, work = service.handle_request, service._table_description, _Work(service)

    def described(name: str) -> Any:
        found = describe(name)
        indexes = []
        for index in found.get("GlobalSecondaryIndexes") or ():
            phase = work.phase(name, index["IndexName"])
            state = {"IndexStatus": "CREATING", "Backfilling": phase == 1} if phase < 2 else {}
            indexes.append({**index, **state})
            if phase == 0:
                found["TableStatus"] = "UPDATING"
        indexes += [{**index, "IndexStatus": "DELETING"} for index in work.going(name)]
        return {**found, "GlobalSecondaryIndexes": indexes} if indexes else found

    async def handle_in_time(
        method: str, path: str, headers: Any, body: bytes, query_params: Any
    ) -> Any:
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action not in ("UpdateTable", "Query", "Scan", "DeleteTable"):
            return await handle(method, path, headers, body, query_params)
        asked = json.loads(body or b"{}")
        table = service._normalize_table_name(asked.get("TableName"))
        refused = _refusal(work, action, table, asked)
        if refused is not None:
            return service.error_response_json(*refused, 400)
        before = (service._tables.get(table) or {}).get("GlobalSecondaryIndexes", ())
        named = {index["IndexName"]: dict(index) for index in before}
        answer = await handle(method, path, headers, body, query_params)
        if answer[0] != 200:
            return answer
        if action == "DeleteTable":
            for key in [key for key in work.made if key[:-1] == work.place(table)]:
                del work.made[key]
        for update in asked.get("GlobalSecondaryIndexUpdates") or ():
            if "Create" in update:
                work.made[work.place(table, update["Create"]["IndexName"])] = time.monotonic()
            elif "Delete" in update:
                name = update["Delete"]["IndexName"]
                work.removed[work.place(table, name)] = time.monotonic(), named[name]
        if action != "UpdateTable":
            return answer
        return service.json_response({"TableDescription": described(table)})

    service._table_description = described
    service.handle_request = handle_in_time


def _refusal(work: _Work, action: str, table: str, asked: dict[str, Any]) -> tuple[str, str] | None:
    if action in ("Query", "Scan"):
        index = asked.get("IndexName")
        unreadable = index is not None and work.phase(table, index) < 2
        return ("ValidationException", _UNREADABLE.format(index)) if unreadable else None
    updates = asked.get("GlobalSecondaryIndexUpdates") or ()
    online = [each for each in updates if "Create" in each or "Delete" in each]
    if len(online) > 1:
        return _LIMIT
    return work.busy(table) if action == "DeleteTable" or online else None
