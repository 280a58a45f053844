"""VerifyGreen: proves green by its version number, on production configuration, without any real
traffic; then blue on the schema that green's migrations made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.bundle.migration_files import new_to
from handlers.domain.codec import decode, encode
from handlers.domain.document import Document
from handlers.domain.messages import UNCHANGED, BundleRef, Checks
from handlers.domain.probe.order import that_can_be_made
from handlers.domain.probe.results import Result, failures, told
from handlers.domain.record import Record
from handlers.errors import BlueFailed, ChecksFailed
from handlers.verifying.runner import Runner, Target
from handlers.verifying.suite import Suite, read_suite

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `checks` out."""
    return answer(verify_green, event, log=logger)


def verify_green(document: Document) -> Checks:
    """Makes every declared check on green, and blue's own on blue where the schema is new to it.
    All results are kept. Raises BlueFailed or ChecksFailed when one did not pass.

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
    green = _green(record, document.published.versions)
    results = Runner(tools.probes, suite, green).run()
    blue = _blue_results(record, suite, planned.blue_bundle)
    section = _section(record, results, blue)
    facts = {**encode(section), "results": encode(results), "blue": encode(blue)}
    tools.journal.ended(planned.id, "VerifyGreen", iso(now()), facts)
    _raise_failures(record, results, blue)
    return section


def _green(record: Record, versions: Mapping[str, str]) -> dict[str, Target]:
    return {
        key: Target(each.name, each.blue if versions[key] == UNCHANGED else versions[key])
        for key, each in record.functions.items()
    }


def _blue_results(record: Record, green: Suite, ref: BundleRef | None) -> list[Result] | None:
    """How blue's own checks go on blue, now that the schema has changed under it: what a rollback
    would go back to. None where blue is the seed, or has the same schema as before.
    """
    if ref is None or not new_to((), green.migrations):
        return None
    blue = read_suite(tools.bundles, ref)
    if not new_to(blue.migrations, green.migrations):
        return None
    versions = {key: Target(each.name, each.blue) for key, each in record.functions.items()}
    checks = tuple(that_can_be_made(blue.checks, versions))
    return Runner(tools.probes, replace(blue, checks=checks), versions).run()


def _section(record: Record, results: Sequence[Result], blue: Sequence[Result] | None) -> Checks:
    slowest = max(results, key=lambda result: result.milliseconds, default=None)
    unproven = sorted(set(record.functions) - {result.function for result in results})
    passed = len(results) - len(failures(results))
    reason = f"{passed} of {len(results)} checks passed"
    if unproven:
        reason += f"; no check calls {', '.join(unproven)}"
    if blue is not None:
        well = len(blue) - len(failures(blue))
        reason += f"; on the new schema blue passed {well} of its own {len(blue)}"
    return Checks(
        passed=passed,
        slowest=slowest.name if slowest else "",
        slowest_ms=slowest.milliseconds if slowest else 0.0,
        reason=reason,
    )


def _raise_failures(
    record: Record, results: Sequence[Result], blue: Sequence[Result] | None
) -> None:
    if of_blue := failures(blue or ()):
        release = (record.former or {"release": "the seed"})["release"]
        raise BlueFailed(
            f"blue ({release}, which is live, and the way back) fails {len(of_blue)} of its own "
            f"checks on the schema that {record.release} needs: {told(of_blue)}"
        )
    if failed := failures(results):
        raise ChecksFailed(f"{len(failed)} of {len(results)} checks failed: {told(failed)}")
