"""The gate's report as one JSON document, for scripts."""

from collections.abc import Sequence
from typing import Any

from handlers.domain.schema.gate.report import GateReport
from infra.cli.schema.second_opinion import Opinion


def document_of(report: GateReport, opinions: Sequence[Opinion] = ()) -> dict[str, Any]:
    """The report as `schema check --json` and `schema plan --json` print it."""
    return {
        "accepted": report.accepted,
        "verdict": report.verdict,
        "layers": report.layers,
        "findings": [
            {
                "file": each.path,
                "line": each.line,
                "statement": each.statement,
                "rule": each.rule,
                "layer": each.layer,
                "layers": each.layers,
                "verdict": each.verdict,
                "breaks": each.breaks,
                "remedy": each.remedy,
                "waived": each.waived,
            }
            for each in report.findings
        ],
        "statements": [
            {
                "file": each.path,
                "line": each.line,
                "statement": each.number,
                "text": each.text,
                "verdict": each.verdict,
                "measured": each.measured,
                "locks": each.locks,
                "rewrites": each.rewrites,
                "scans": each.scans,
                "milliseconds": each.milliseconds,
            }
            for each in report.statements
        ],
        "notes": report.notes,
        "information": [
            {
                "file": each.path,
                "line": each.line,
                "rule": each.rule,
                "layer": "squawk",
                "says": each.says,
                "help": each.help,
            }
            for each in opinions
        ],
    }
