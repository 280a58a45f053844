"""VerifyGreen: proves green by its version number, on production configuration, without any real
traffic.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.bundle.bundle import LARGEST_EVENT
from handlers.domain.bundle.entries import read_entry
from handlers.domain.codec import decode, encode
from handlers.domain.document import Document
from handlers.domain.messages import UNCHANGED, Checks
from handlers.domain.probe.expectation import unmet
from handlers.domain.probe.probe_answer import http_answer
from handlers.domain.probe.probe_event import http_event
from handlers.domain.record import Record
from handlers.domain.release.checks import Check
from handlers.domain.release.release import read_release
from handlers.errors import ChecksFailed

tools = Tools()

_AT_ONCE = 4
_TOLD = 5
_LONGEST = 500
"""Characters of a handler's error that are kept: Lambda would pass on megabytes."""


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `checks` out."""
    return answer(verify_green, event, log=logger)


@dataclass(frozen=True, slots=True)
class Call:
    """One check made ready: which version it calls, with what event."""

    check: Check
    function: str
    version: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """How one check went; `unmet` is empty when it passed."""

    name: str
    function: str
    version: str
    milliseconds: float
    unmet: tuple[str, ...]


def verify_green(document: Document) -> Checks:
    """Runs every declared check on green and reports all of them. Raises ChecksFailed when one did
    not pass.

    A check of an unchanged function calls the version that `live` serves. Checks may run again:
    they are harmless or marked synthetic.
    """
    planned = document.planned
    tools.claims.held_by(document.execution, document.service)
    tools.journal.began(planned.id, "VerifyGreen", iso(now()))
    if document.schema is not None:
        # The migrator cannot write this itself: from inside a VPC it may not reach the ledger.
        tools.journal.ended(planned.id, "MigrateSchema", iso(now()), encode(document.schema))
    record = decode(Record, tools.journal.deployment(planned.id))
    calls = _calls(record, document.published.versions)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        results = list(pool.map(_run, calls))
    return _judged(planned.id, record, results)


def _calls(record: Record, versions: Mapping[str, str]) -> list[Call]:
    assert record.bundle is not None
    ref = record.bundle
    with tools.bundles.open(ref.key, ref.version, ref.digest) as opened:
        text = read_entry(opened.zip, "release.toml", LARGEST_EVENT).decode()
        release, findings = read_release(text)
        if release is None:
            raise ChecksFailed(f"release.toml can no longer be read: {findings[0]}")
        calls = []
        for check in release.checks:
            function = record.functions[check.function]
            version = versions[check.function]
            event = (
                http_event(check.http, check.name)
                if check.http
                else json.loads(read_entry(opened.zip, str(check.event), LARGEST_EVENT))
            )
            calls.append(
                Call(
                    check, function.name, function.blue if version == UNCHANGED else version, event
                )
            )
    return calls


def _run(call: Call) -> Result:
    """Calls the version once; a first call that only waited for its cold start is not judged on
    time.
    """
    answered = tools.probes.call(call.function, call.version, call.event)
    if call.check.expect.max_ms is not None and answered.milliseconds > call.check.expect.max_ms:
        answered = tools.probes.call(call.function, call.version, call.event)
    if answered.error is not None:
        failures = [answered.error[:_LONGEST]]
    else:
        status, headers, body = (
            http_answer(answered.payload) if call.check.http else (None, {}, answered.payload)
        )
        failures = unmet(
            call.check.expect,
            status=status,
            headers=headers,
            body=body,
            milliseconds=answered.milliseconds,
        )
    return Result(
        call.check.name,
        call.check.function,
        call.version,
        round(answered.milliseconds, 1),
        tuple(failures[:_TOLD]),
    )


def _judged(deployment: str, record: Record, results: Sequence[Result]) -> Checks:
    failed = [result for result in results if result.unmet]
    slowest = max(results, key=lambda result: result.milliseconds, default=None)
    unproven = sorted(set(record.functions) - {result.function for result in results})
    reason = f"{len(results) - len(failed)} of {len(results)} checks passed"
    if unproven:
        reason += f"; no check calls {', '.join(unproven)}"
    section = Checks(
        passed=len(results) - len(failed),
        slowest=slowest.name if slowest else "",
        slowest_ms=slowest.milliseconds if slowest else 0.0,
        reason=reason,
    )
    facts = {**encode(section), "results": [encode(result) for result in results]}
    tools.journal.ended(deployment, "VerifyGreen", iso(now()), facts)
    if failed:
        told = "; ".join(
            f"{each.name!r} on {each.function}:{each.version}: {', '.join(each.unmet)}"
            for each in failed[:_TOLD]
        )
        more = f" (and {len(failed) - _TOLD} more)" if len(failed) > _TOLD else ""
        raise ChecksFailed(f"{len(failed)} of {len(results)} checks failed: {told}{more}")
    return section
