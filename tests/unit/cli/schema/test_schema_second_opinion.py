"""squawk beside the gate: information where it is installed, and never a verdict."""

import json
import stat
from pathlib import Path

import pytest

from handlers.domain.schema.gate.report import GateReport
from infra.cli.schema.sarif import sarif
from infra.cli.schema.second_opinion import Opinion, second_opinion
from infra.cli.schema.show import opinions_of

SAID = {
    "file": "migrations/0002_b.expand.sql",
    "line": 2,
    "column": 0,
    "level": "Warning",
    "message": "Dropping a column may break existing clients.",
    "help": None,
    "rule_name": "ban-drop-column",
}
OPINION = Opinion(path=SAID["file"], line=3, rule="ban-drop-column", says=SAID["message"])
FILE = Path("migrations/0002_b.expand.sql")


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    program = folder / "squawk"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\nexit 1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_its_findings_are_told_with_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, json.dumps([SAID]))
    assert second_opinion([FILE]) == (OPINION,)
    assert second_opinion([]) == ()


@pytest.mark.parametrize("answer", ["", "no JSON", "{}x", '[{"file": "a"}]'])
def test_an_answer_that_cannot_be_read_is_no_opinion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    install(tmp_path, monkeypatch, answer)
    assert second_opinion([FILE]) == ()


def test_where_it_is_not_installed_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert second_opinion([FILE]) == ()


def test_people_and_code_hosts_see_it_as_information() -> None:
    lines = [line for line, _ in opinions_of([OPINION])]
    assert lines[0] == "migrations/0002_b.expand.sql:3: info ban-drop-column (squawk)"
    report = GateReport(statements=(), findings=(), layers=("syntax",))
    (result,) = sarif(report, [OPINION])["runs"][0]["results"]
    assert (result["level"], result["properties"]) == ("note", {"layer": "squawk"})
    assert report.accepted
