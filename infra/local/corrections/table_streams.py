"""A table's stream whose records a function is called with: what becomes of a batch that fails.

AWS: batches of a shard go one at a time, and hold up no other mapping. One that fails is tried
again as often as `MaximumRetryAttempts`, in halves where `BisectBatchOnFunctionError`, and then
lies in the destination on failure; with `ReportBatchItemFailures` what comes before the first that
is named has been dealt with, and a batch that names one is tried again from there.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-errors.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
Stock MiniStack: calls on the thread that polls everybody's queues; tries a batch that fails for
ever (or until its age), and takes one that names failures for done. Patch: each mapping's batches
on a thread, with its answer read as AWS does.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches the poller of streams."""
    when_imported("ministack.services.lambda_svc", _patch)


@dataclass(slots=True)
class _Shard:
    """Where a mapping stands: how often its first record was tried, and how much is taken at once,
    None where that is as much as the mapping says.
    """

    tries: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Records from a position on; `kept` are those that the mapping's filter lets through, with
    their numbers in the batch.
    """

    table: str
    position: int
    length: int
    kept: tuple[tuple[int, Mapping[str, Any]], ...]


@dataclass(slots=True)
class _Streams:
    service: Any
    shards: dict[str, _Shard] = field(default_factory=dict)

    def poll(self) -> bool:
        """Begins the next batch of each mapping that has none under way."""
        found = False
        for account, region, mapping in self.service._iter_all_esms():
            with _scope(self.service, account, region):
                batch = self._next(mapping)
                if batch is not None:
                    self.service._dispatch_esm_batch(mapping["UUID"], self._run, mapping, batch)
                    found = True
        return found

    def _next(self, mapping: dict[str, Any]) -> _Batch | None:
        service, name = self.service, mapping["UUID"]
        tables: Any = import_module("ministack.services.dynamodb")
        arn = mapping.get("EventSourceArn", "")
        if ":dynamodb:" not in arn or not mapping.get("Enabled", True):
            return None
        if service._esm_inflight.get(name) or service._esm_backoff_until.get(name, 0) > _now():
            return None
        table = arn.split("/stream/")[0].rpartition("/")[2]
        if (tables._tables.get(table) or {}).get("LatestStreamArn") != arn:
            return None
        service._init_stream_position(name, arn, mapping.get("StartingPosition", "LATEST"))
        horizon = tables.stream_start_position(table)
        position = max(service._dynamodb_stream_positions[name], horizon)
        most = self.shards.setdefault(name, _Shard()).most or mapping.get("BatchSize", 100)
        records = tables.stream_records_since(table, position, int(most))
        if not records:
            return None
        kept = tuple(
            (number, each)
            for number, each in enumerate(records)
            if service._apply_filter_criteria([each], mapping)
        )
        return _Batch(table, position, len(records), kept)

    def _run(self, mapping: dict[str, Any], batch: _Batch) -> None:
        name, shard = mapping["UUID"], self.shards[mapping["UUID"]]
        if not batch.kept:
            return self._done(name, batch.position + batch.length)
        # Until this is done: what fails does not keep the poller awake. AWS waits a little as well.
        self.service._esm_backoff_until[name] = _now() + _PAUSE
        records = [each for _, each in batch.kept]
        function, _ = self.service._get_func_record_for_qualifier(
            mapping["FunctionName"], mapping.get("Qualifier")
        )
        if function is None:
            return None
        answer = self.service._execute_function(function, {"Records": records})
        first = _first_failed(mapping, records, answer)
        if first is None:
            mapping["LastProcessingResult"] = f"OK - {len(records)} records"
            return self._done(name, batch.position + batch.length)
        mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
        if first:
            self._done(name, batch.position + batch.kept[first][0])
            shard = self.shards[name] = _Shard(tries=1)
        elif answer.get("error") and len(records) > 1 and mapping.get("BisectBatchOnFunctionError"):
            shard.most = batch.kept[len(records) // 2][0]
        else:
            shard.tries += 1
        if self._gives_up(mapping, shard, records[first]):
            left = records[first:]
            self.service._send_ddb_stream_failure_record(
                mapping, function, left, mapping["EventSourceArn"], answer, "RetryAttemptsExhausted"
            )
            return self._done(name, batch.position + batch.length)
        return None

    def _gives_up(
        self, mapping: Mapping[str, Any], shard: _Shard, oldest: Mapping[str, Any]
    ) -> bool:
        most, age = (
            int(mapping.get(key) or (0 if mapping.get(key) == 0 else -1))
            for key in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds")
        )
        old = _now() - float(oldest["dynamodb"]["ApproximateCreationDateTime"])
        return (0 <= most < shard.tries) or (0 <= age < old)

    def _done(self, name: str, position: int) -> None:
        with self.service._dynamodb_stream_positions_lock:
            self.service._dynamodb_stream_positions[name] = position
        self.service._esm_backoff_until.pop(name, None)
        self.shards[name] = _Shard()


_PAUSE = 0.2


def _now() -> float:
    return float(import_module("time").time())


def _patch(service: Any) -> None:
    service._poll_dynamodb_streams = _Streams(service).poll


def _first_failed(
    mapping: Mapping[str, Any], records: list[Mapping[str, Any]], answer: Mapping[str, Any]
) -> int | None:
    """The number of the first record that is to be tried again, None where all are done."""
    if answer.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or ()):
        return None
    body = answer.get("body")
    if isinstance(body, str | bytes):
        try:
            body = json.loads(body)
        except ValueError:
            return 0
    failures = (body or {}).get("batchItemFailures") if isinstance(body or {}, dict) else None
    if not failures:
        return None
    named = {each.get("itemIdentifier") for each in failures}
    numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
    return next((at for at, number in enumerate(numbers) if number in named), 0)


@contextmanager
def _scope(service: Any, account: str, region: str) -> Iterator[None]:
    whose = service._request_account_id.set(account)
    where = service._request_region.set(region)
    try:
        yield
    finally:
        service._request_region.reset(where)
        service._request_account_id.reset(whose)
