"""VerifyGreen: proves green by its version number, on production configuration, without any real
traffic.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.codec import decode, encode
from handlers.domain.document import Document
from handlers.domain.messages import UNCHANGED, Checks
from handlers.domain.probe.results import Result, failures, told
from handlers.domain.record import Record
from handlers.errors import ChecksFailed
from handlers.verifying.runner import Runner, Target
from handlers.verifying.suite import read_suite

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `checks` out."""
    return answer(verify_green, event, log=logger)


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
    assert record.bundle is not None
    suite = read_suite(tools.bundles, record.bundle)
    results = Runner(tools.probes, suite, _green(record, document.published.versions)).run()
    return _judged(planned.id, record, results)


def _green(record: Record, versions: Mapping[str, str]) -> dict[str, Target]:
    return {
        key: Target(each.name, each.blue if versions[key] == UNCHANGED else versions[key])
        for key, each in record.functions.items()
    }


def _judged(deployment: str, record: Record, results: Sequence[Result]) -> Checks:
    failed = failures(results)
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
        raise ChecksFailed(f"{len(failed)} of {len(results)} checks failed: {told(failed)}")
    return section
