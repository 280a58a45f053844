"""VerifyGreen: proves green by its version number, on production configuration, without any real
traffic; then blue on the schema that green's migrations made; then compares their answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.codec import decode, encode
from handlers.domain.compare.comparison import Comparison, each_field, why_closed
from handlers.domain.document import Document
from handlers.domain.messages import UNCHANGED, Checks
from handlers.domain.probe import cold_starts
from handlers.domain.probe.results import Result, failures, told
from handlers.domain.record import Record
from handlers.errors import AnswersDiffer, BlueFailed, ChecksFailed, NotUnderstood
from handlers.giving_way import give_way
from handlers.verifying.blue import Blue
from handlers.verifying.comparing import compare
from handlers.verifying.exchange import Exchanged, exchange
from handlers.verifying.over_preview import OverPreview
from handlers.verifying.runner import Runner, Target
from handlers.verifying.suite import read_suite
from handlers.verifying.warming import Warmer

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `checks` out."""
    return answer(verify_green, event, log=logger, context=context)


def verify_green(document: Document) -> Checks:
    """Points the preview at green, warms green, makes every declared check on it, and blue's own on
    blue where the schema is new to it; puts the messages of each through the other. When all of it
    passed, compares what both answer to recorded requests. All results are kept. Raises BlueFailed,
    NotUnderstood or ChecksFailed when one did not pass, AnswersDiffer at the gate of a comparison.

    A check of an unchanged function calls the version that `live` serves. Checks may run again:
    they are harmless or marked synthetic.
    """
    planned, versions, began = document.planned, document.published.versions, now()
    claim = tools.claims.held_by(document.execution, document.service)
    tools.journal.began(planned.id, "VerifyGreen", iso(began))
    if document.schema is not None:
        # The migrator cannot write this itself: from inside a VPC it may not reach the ledger.
        tools.journal.ended(planned.id, "MigrateSchema", iso(now()), encode(document.schema))
    give_way(tools, planned.id)
    record = decode(Record, tools.journal.deployment(planned.id))
    assert record.bundle is not None
    blue = Blue(tools, record, planned.blue_bundle)
    suite = read_suite(tools.bundles, record.bundle)
    targets = _green(record, versions)
    changed = {key for key in targets if versions[key] != UNCHANGED}

    over = OverPreview(tools, claim, record, targets)
    over.point()
    warmer = Warmer(tools.warmers, tools.functions)
    warmed = warmer.warm(suite, {key: targets[key] for key in changed})
    over.see_green(suite)
    results = over.confirmed(Runner(tools.probes, suite, targets, over).run())
    starts = cold_starts.beside_blue(
        {key: [*warmer.inits[key], *over.inits[key], *_inits(results, key)] for key in targets},
        blue.cold_starts(),
        changed,
    )
    of_blue = blue.on_the_schema_of(suite)
    exchanged = exchange(tools.probes, suite, blue, targets, changed)
    well = not failures([*results, *(of_blue or ()), *exchanged.all])
    comparisons = compare(tools.replays, suite, blue, targets, changed, began=began) if well else []

    more = "; blue's bundle is gone, so that nothing of its own was checked" if blue.gone else ""
    more += cold_starts.told(starts, warmed) + over.told
    more += "".join(f"; {each.told}" for each in comparisons) + each_field(
        record.service, comparisons
    )
    section = _section(record, results, of_blue, exchanged, more)
    facts = {
        "results": results,
        "blue": of_blue,
        "exchanged": exchanged,
        "coldStarts": starts,
        "warmed": warmed,
        "compared": comparisons,
    }
    tools.journal.ended(planned.id, "VerifyGreen", iso(now()), {**encode(section), **encode(facts)})
    sides = record.release, f"blue ({blue.name})"
    _raise_failures(record, *sides, results, of_blue, exchanged, comparisons)
    return section


def _raise_failures(
    record: Record,
    green: str,
    blue: str,
    results: Sequence[Result],
    of_blue: Sequence[Result] | None,
    exchanged: Exchanged,
    comparisons: Sequence[Comparison],
) -> None:
    """What concerns blue goes first: blue is live."""
    service, deployment = record.service, record.deployment
    if failed := failures(of_blue or ()):
        raise BlueFailed(
            f"{blue}, which is live and the way back, fails {len(failed)} of its own checks on the "
            f"schema that {green} needs: {told(failed, deployment)}"
        )
    if failed := failures(exchanged.on_blue):
        raise NotUnderstood(
            f"{blue} does not understand what {green} sends: {told(failed, deployment)}"
        )
    if failed := failures(exchanged.on_green):
        raise NotUnderstood(
            f"{green} does not understand what {blue} sends: {told(failed, deployment)}"
        )
    if failed := failures(results):
        raise ChecksFailed(
            f"{len(failed)} of {len(results)} checks failed: {told(failed, deployment)}"
        )
    if closed := [each for each in comparisons if each.closes]:
        raise AnswersDiffer(why_closed(service, green, blue, closed))


def _green(record: Record, versions: Mapping[str, str]) -> dict[str, Target]:
    return {
        key: Target(each.name, each.blue if versions[key] == UNCHANGED else versions[key])
        for key, each in record.functions.items()
    }


def _inits(results: Sequence[Result], function: str) -> list[float]:
    of_function = (result for result in results if result.function == function)
    return [result.init_ms for result in of_function if result.init_ms is not None]


def _section(
    record: Record,
    results: Sequence[Result],
    blue: Sequence[Result] | None,
    exchanged: Exchanged,
    more: str,
) -> Checks:
    slowest = max(results, key=lambda result: result.milliseconds, default=None)
    unproven = sorted(set(record.functions) - {result.function for result in results})
    passed = len(results) - len(failures(results))
    reason = f"{passed} of {len(results)} checks passed"
    if unproven:
        reason += f"; no check calls {', '.join(unproven)}"
    if blue is not None:
        well = len(blue) - len(failures(blue))
        reason += f"; on the new schema blue passed {well} of its own {len(blue)}"
    if messages := exchanged.all:
        well = len(messages) - len(failures(messages))
        reason += f"; {well} of {len(messages)} messages understood across the versions"
    return Checks(
        passed=passed,
        slowest=slowest.name if slowest else "",
        slowest_ms=slowest.milliseconds if slowest else 0.0,
        reason=reason + more,
    )
