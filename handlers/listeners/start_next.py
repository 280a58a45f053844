"""Has the next deployment of a service's queue started when one has ended.

Called at the end of every execution, also of those that only queued. What is to be done follows
from the ledger, not from the event: one that comes twice, late or out of order starts nothing
twice, as an execution's name follows from the entry and from how many were started for it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from handlers.adapters.aws import in_our_words
from handlers.adapters.clock import iso, now, seconds
from handlers.adapters.executions import is_over, start_at
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.queue.entry import MOST_HOURS, Entry

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda behind the rule on executions that have ended, in whatever way."""
    detail = event["detail"]
    execution, status = str(detail["executionArn"]), str(detail.get("status") or "FAILED")
    with in_our_words():
        started = start_next(_service(execution), {execution: {"status": status}})
    logger.info("queue", extra={"event": dict(detail), "started": started})
    return {"started": started}


def start_next(service: str, ended: Mapping[str, Mapping[str, Any]] | None = None) -> str | None:
    """Starts the execution whose turn it is, where nobody holds the service and none is under way;
    answers its ARN, else None. Whoever waited for too long leaves the queue before.

    An entry leaves it with the claim of its execution, or with the refusal. One whose execution
    ended without either has had its turn, so that it holds nobody up. `ended` are executions that
    are known to be over, of which DescribeExecution may be behind.
    """
    waiting = [each for each in tools.queue.of(service) if not _has_expired(each)]
    if not waiting:
        return None
    claim = tools.claims.of(service)
    if claim is not None and not claim.closed:
        return None
    for entry in waiting:
        found = _describe(entry, ended or {})
        if entry.starts and found is not None and not is_over(found):
            return None
        if found is not None and found["status"] != "SUCCEEDED":
            tools.queue.leave(entry, _had_its_turn(entry))
            continue
        return _start(entry, again=entry.starts > 0 and found is None)
    return None


def _describe(entry: Entry, ended: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The execution that was started for the entry last; None where there is none."""
    if not entry.starts:
        return None
    execution = _execution(entry)
    return ended.get(execution) or tools.executions.describe(execution)


def _start(entry: Entry, *, again: bool) -> str | None:
    """Counts the start, then makes it: one that was counted and not made is made `again`. One that
    succeeded and still waits had found the service held, and gets another.
    """
    counted = entry if again else tools.queue.count_start(entry)
    if counted is None:
        return None
    request = {"release": entry.release, "queued": entry.key}
    return tools.executions.start(start_at(entry.execution), _name(counted), request)


def _has_expired(entry: Entry) -> bool:
    """Takes an entry out of the queue that has waited for too long."""
    at = now()
    if at - seconds(entry.since) <= MOST_HOURS * 3600:
        return False
    reason = (
        f"it waited for its turn for more than {MOST_HOURS} hours; start it again, where it is "
        "still wanted"
    )
    tools.queue.leave(entry, {"answer": entry.never_begun(reason, iso(at))})
    return True


def _had_its_turn(entry: Entry) -> dict[str, Any]:
    """What becomes of one whose turn is over; where that left no record, the answer that it has."""
    turn = _execution(entry)
    if tools.claims.execution(turn) is not None:
        return {"execution": turn}
    reason = f"its turn ended before anything was begun: see the execution {turn}"
    return {"execution": turn, "answer": entry.never_begun(reason, iso(now()))}


def _execution(entry: Entry) -> str:
    return f"{entry.execution.rpartition(':')[0]}:{_name(entry)}"


def _name(entry: Entry) -> str:
    which = hashlib.sha256(f"{entry.service}#{entry.key}".encode()).hexdigest()[:32]
    return f"queued-{entry.starts}-{which}"


def _service(execution: str) -> str:
    return execution.split(":")[6].removeprefix("greenshift-")
