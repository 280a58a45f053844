"""The gate's report read for a contract, which is there to take something away."""

from dataclasses import replace

from handlers.domain.schema.gate.report import GateReport

_HURTS_WHOEVER_SERVES = ("does-not-apply", "table-scan", "table-rewrite")


def of_contract(report: GateReport) -> GateReport:
    """The report without the findings that something is gone which old code may have used: only the
    live release can be called, and its own statements were asked. What they miss, what makes
    whoever serves wait, and what does not apply at all, stays.
    """
    kept = tuple(
        each
        for each in report.findings
        if each.layer == "statements" or each.rule in _HURTS_WHOEVER_SERVES
    )
    return replace(report, findings=kept)
