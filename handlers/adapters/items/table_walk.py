"""Goes through a whole table in segments, page by page, and changes the items that need it.

Every page's writes are conditional, so that a page that is done twice changes nothing the second
time; the cursors are kept after each round of pages.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.items.capacity import Capacity
from handlers.adapters.items.item_changes import ItemChange
from handlers.domain.items.changes import Pass
from handlers.domain.items.history import Step

ENOUGH_SECONDS = 10.0
"""With less of the invocation left, the next one goes on."""


@dataclass(frozen=True, slots=True)
class _Page:
    segment: str
    cursor: Mapping[str, Any]
    seen: int
    written: int
    units: float


class TableWalk:
    """One pass through one table; `save` keeps how far it is after every round."""

    def __init__(
        self,
        dynamodb: Any,
        change: ItemChange,
        walk: Pass,
        *,
        deadline: Deadline,
        save: Callable[[Step], Step],
    ) -> None:
        self._dynamodb, self._change, self._pass = dynamodb, change, walk
        self._deadline, self._save = deadline, save

    def go(self, step: Step) -> tuple[Step, bool]:
        """Goes on where the step is; answers how far it came, and whether the table is done.

        At least one round is done, so that a repetition always comes to an end.
        """
        capacity = Capacity(self._pass.units_per_second, self._pass.segments)
        with ThreadPoolExecutor(self._pass.segments) as pool:
            while left := self._unfinished(step):
                items = capacity.items()
                pages = list(pool.map(partial(self._page, step, items), left))
                step = self._save(_after(step, pages))
                pause = capacity.use(
                    sum(each.units for each in pages), sum(each.seen for each in pages)
                )
                if self._deadline.left() < ENOUGH_SECONDS + pause:
                    break
                time.sleep(pause)
        return step, not self._unfinished(step)

    def _unfinished(self, step: Step) -> list[str]:
        segments = map(str, range(self._pass.segments))
        return [each for each in segments if step.cursors.get(each) != {}]

    def _page(self, step: Step, items: int, segment: str) -> _Page:
        start = step.cursors.get(segment)
        found = self._dynamodb.scan(
            **self._change.scan(self._pass.where),
            Segment=int(segment),
            TotalSegments=self._pass.segments,
            Limit=items,
            **({"ExclusiveStartKey": start} if start else {}),
        )
        units, written = _units(found), 0
        for item in found["Items"]:
            used = self._change.apply(item)
            units += used
            written += bool(used)
        cursor = found.get("LastEvaluatedKey", {})
        return _Page(segment, cursor, found["ScannedCount"], written, units)


def _after(step: Step, pages: list[_Page]) -> Step:
    return replace(
        step,
        cursors={**step.cursors, **{each.segment: each.cursor for each in pages}},
        seen=step.seen + sum(each.seen for each in pages),
        written=step.written + sum(each.written for each in pages),
        units=step.units + sum(each.units for each in pages),
    )


def _units(answer: Mapping[str, Any]) -> float:
    return float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
