"""The gate's report as SARIF 2.1.0, so that code hosts show each finding on its line.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from collections.abc import Sequence
from typing import Any

from handlers.domain.items.gate.rule_names import MEANINGS as OF_ITEMS
from handlers.domain.schema.gate.findings import GateFinding
from handlers.domain.schema.gate.report import GateReport
from handlers.domain.schema.gate.rule_names import MEANINGS
from infra.cli.schema.second_opinion import Opinion

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {"REFUSE": "error", "REVIEW": "warning"}


def sarif(report: GateReport, opinions: Sequence[Opinion] = ()) -> dict[str, Any]:
    """One run with a result for each finding; a waived one is there, suppressed in source with its
    reason. What squawk says is a note.
    """
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "greenshift", "rules": _rules(report.findings)}},
                "results": [
                    *(_result(finding) for finding in report.findings),
                    *(_note(opinion) for opinion in opinions),
                ],
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {"level": "note", "message": {"text": note}} for note in report.notes
                        ],
                    }
                ],
            }
        ],
    }


def _rules(findings: Sequence[GateFinding]) -> list[dict[str, Any]]:
    names = sorted({finding.rule for finding in findings})
    return [{"id": name, **_described(name)} for name in names]


def _described(name: str) -> dict[str, Any]:
    meaning = MEANINGS.get(name) or OF_ITEMS.get(name)
    return {"shortDescription": {"text": meaning}} if meaning else {}


def _result(finding: GateFinding) -> dict[str, Any]:
    text = f"{finding.breaks}. {finding.remedy}" if finding.remedy else f"{finding.breaks}."
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVEL[finding.verdict],
        "message": {"text": text},
        "locations": _at(finding.path, finding.line),
        "properties": {
            "layer": finding.layer,
            "layers": list(finding.layers),
            "verdict": finding.verdict,
        },
    }
    if finding.waived is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.waived}]
    return result


def _note(opinion: Opinion) -> dict[str, Any]:
    return {
        "ruleId": f"squawk/{opinion.rule}",
        "level": "note",
        "message": {"text": opinion.says},
        "locations": _at(opinion.path, opinion.line),
        "properties": {"layer": "squawk"},
    }


def _at(path: str, line: int) -> list[dict[str, Any]]:
    place = {"artifactLocation": {"uri": path}, "region": {"startLine": line}}
    return [{"physicalLocation": place}]
