"""The gate's report read for a contract, which is there to take something away."""

from dataclasses import replace

from handlers.domain.schema.gate.report import GateReport

_HURTS_WHOEVER_SERVES = frozenset(
    {
        # It does not go through, or it cannot be known what it does.
        "does-not-apply",
        "hidden-change",
        "server-wide",
        "transaction-control",
        "unknown-statement",
        # Live traffic waits for it.
        "attach-partition",
        "detach-partition",
        "foreign-key-locks",
        "lock-table",
        "overrides-timeouts",
        "refresh-locks",
        "table-rewrite",
        "table-scan",
        "update-all-rows",
        # It works on others than the one service, or on whatever comes later.
        "event-trigger",
        "switches-off-triggers",
    }
)


_UNASKED = (
    "whether the live release still needs this is not known, because its bundle has no "
    "statements/*.sql"
)
_ASK = "add those that its code runs and release it again"


def of_contract(report: GateReport) -> GateReport:
    """The report without the findings that something is gone, or bound, which old code may have
    used: only the live release can be called, and its own statements were asked. What they miss,
    and what hurts whoever serves, stays. Where there were none to ask, each finding stays, and says
    so.
    """
    asked = "statements" in report.layers
    findings = []
    for each in report.findings:
        if "statements" in each.layers or each.rule in _HURTS_WHOEVER_SERVES:
            findings.append(each)
        elif not asked:
            findings.append(replace(each, breaks=_UNASKED, remedy=_ASK))
    return replace(report, findings=tuple(findings))
