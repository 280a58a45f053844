"""`schema check` on a folder of a service whose data is in DynamoDB: no server is needed."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.schema.commands import app
from infra.cli.schema.items import OWN_SHAPES

KEY = {"table": "orders", "key": {"id": "S"}}
READS = {**KEY, "reads": {"state": "S", "total": "N"}}
PUTS = {**KEY, "puts": {"state": "S", "total": "N"}}
INDEX = {
    "table": "orders",
    "addIndex": {
        "name": "by_total",
        "keys": [{"name": "total", "type": "S", "role": "HASH"}],
        "projection": "ALL",
    },
}


def folder(path: Path, **files: Any) -> str:
    for name, document in files.items():
        kind, _, rest = name.partition("_")
        target = (
            path / {"s": "statements", "m": "migrations"}[kind] / f"{rest.replace('__', '.')}.json"
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(document) if not isinstance(document, str) else document)
    return str(path)


def check(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, ["check", *arguments, "--json"], standalone_mode=False)
    code = getattr(result.exception, "code", result.exit_code)
    return code, json.loads(result.stdout)


def test_a_release_that_goes_on_writing_what_blue_reads_is_accepted(tmp_path: Path) -> None:
    live = folder(tmp_path / "live", s_read=READS, s_put=PUTS)
    green = folder(
        tmp_path / "green",
        s_read=READS,
        s_put={**KEY, "puts": {"state": "S", "total": "N", "channel": "S"}},
    )
    code, found = check(green, "--live", live)
    assert (code, found["accepted"], found["layers"], found["notes"]) == (0, True, ["items"], [])


def test_a_release_that_stops_writing_it_is_refused_with_rule_line_and_remedy(
    tmp_path: Path,
) -> None:
    live = folder(tmp_path / "live", s_read=READS, s_put=PUTS)
    green = folder(
        tmp_path / "green",
        s_read={**KEY, "reads": {"state": "S"}},
        s_put={**KEY, "puts": {"state": "S"}},
    )
    code, found = check(green, "--live", live)
    (finding,) = found["findings"]
    assert code == 1
    assert (finding["rule"], finding["layer"], finding["verdict"]) == (
        "attribute-not-written",
        "items",
        "REFUSE",
    )
    assert finding["file"].endswith("green/statements/put.json")
    assert finding["remedy"]


def test_without_the_live_release_changes_are_held_against_the_folders_own_shapes(
    tmp_path: Path,
) -> None:
    code, found = check(folder(tmp_path, s_put=PUTS, s_read=READS, m_0001_total__expand=INDEX))
    assert code == 1
    assert [each["rule"] for each in found["findings"]] == ["index-key-type"]
    assert OWN_SHAPES in found["notes"]


def test_a_contract_is_held_against_what_the_release_itself_reads(tmp_path: Path) -> None:
    removes = {"table": "orders", "removeAttributes": ["total"]}
    code, found = check(folder(tmp_path, s_read=READS, s_put=PUTS, m_0001_total__contract=removes))
    assert code == 1
    assert "attribute-in-use" in {each["rule"] for each in found["findings"]}


@pytest.mark.parametrize("text", ["{", "[]", '{"table": 1}'])
def test_a_file_that_cannot_be_read_is_refused_at_its_place(tmp_path: Path, text: str) -> None:
    code, found = check(folder(tmp_path, s_put=text))
    assert code == 1
    assert found["findings"][0]["file"].endswith("statements/put.json")
