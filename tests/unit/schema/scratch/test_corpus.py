"""The corpus: what each migration did to blue on a real database, and what the two layers say of it.

The truth was measured on PostgreSQL 15; locks and rewrites hold on the embedded one as well.
"""

import json
from pathlib import Path

import pytest

from handlers.domain.schema.gate.examined import Examined
from handlers.domain.schema.gate.findings import accepted
from handlers.domain.schema.gate.measured import strongest

TRUTH = json.loads((Path(__file__).parents[3] / "corpus" / "truth.json").read_text())
RISKS = {
    "s01_add_nullable_col": set(),
    "s03_create_table": set(),
    "s05_check_not_valid_ok": {"check-binds-blue"},
    "s07_widen_varchar": {"widen-column-type", "warm-connections"},
    "s09_comment": set(),
    # Between its statements, each of which commits, blue fails.
    "s11_rename_with_compat_view": {"rename-table", "blue-fails", "revoke"},
    "u27_generated_stored": {"table-rewrite"},
    "u29_truncate": {"truncate"},
    "u37_add_fk_blocking": {"table-scan", "foreign-key-binds-blue"},
    "u39_enum_add_value": {"add-enum-value"},
    "u45_exclude_constraint": {"table-scan", "add-exclusion"},
    "u47_set_not_null_safe_col": {"table-scan", "not-null-binds-blue"},
}
"""What is said of those that do not break blue: the risk, and nothing where there is none."""


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_both_layers_say_what_really_happened(gate, name):
    truth, examined = gate.truth[name], gate.corpus(name)

    fails = {*truth["fails_prepare"], *truth["fails_execute"]}
    assert named(examined, "blue-fails", "REFUSE") == fails
    assert named(examined, "blue-sees-other-rows") == {*truth["changes_rows"]}
    assert named(examined, "warm-connections") == {*truth["kills_warm_connections"]}
    assert locks(examined) == truth["locks"]
    assert {bare(each) for one in examined.statements for each in one.rewritten} == {
        *truth["rewrites"]
    }
    if truth["breaks_blue"]:
        assert any(finding.verdict == "REFUSE" for finding in examined.findings)
    else:
        assert {finding.rule for finding in examined.findings} == RISKS[name]
        assert accepted(examined.findings) == (not RISKS[name])
        assert all(finding.verdict == "REVIEW" for finding in examined.findings)
    for code_and_message, who in ((truth["why"][who], who) for who in fails):
        code, message = code_and_message.split(" ", 1)
        assert any(
            f"statement {who} " in each.breaks and message in each.breaks and code in each.breaks
            for each in examined.findings
        )
    assert gate.scratches() == []


def test_the_corpus_has_nineteen_that_break_blue_and_twelve_that_do_not():
    assert sum(truth["breaks_blue"] for truth in TRUTH.values()) == 19
    assert {name for name, truth in TRUTH.items() if not truth["breaks_blue"]} == {*RISKS}


def named(examined: Examined, rule: str, verdict: str | None = None) -> set[str]:
    """Blue's statements that findings of this rule name."""
    return {
        finding.breaks.removeprefix("blue's statement ").split(" ", 1)[0]
        for finding in examined.findings
        if finding.rule == rule and verdict in (None, finding.verdict)
    }


def locks(examined: Examined) -> dict[str, str]:
    found: dict[str, str] = {}
    for measured in examined.statements:
        for name, mode in measured.locks.items():
            found[bare(name)] = strongest(found, bare(name), mode)
    return found


def bare(name: str) -> str:
    return name.split(".")[-1]
