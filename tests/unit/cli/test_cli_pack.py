"""`greenshift pack`."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.cli.main import app

RELEASE = """\
format  = 1
service = "orders"
release = "1.1.0"
[functions.api]
code = "functions/api.zip"
[functions.worker]
code = "functions/worker.zip"
[[checks]]
name = "the worker accepts an event"
function = "worker"
event = "checks/sqs.json"
expect = { json = { batchItemFailures = [] } }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "orders"
    for name, text in {
        "release.toml": RELEASE,
        "functions/api/index.py": "def handler(event, context): ...\n",
        "functions/api/shop/prices.py": "PRICES = {}\n",
        "functions/worker/index.py": "def handler(event, context): ...\n",
        "migrations/0001_orders.expand.sql": "CREATE TABLE orders (id int);\n",
        "checks/sqs.json": '{"Records": []}',
    }.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    return made


def pack(folder: Path, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["pack", str(folder), *map(str, arguments)])


def test_a_folder_is_packed_with_its_functions_zipped(folder: Path, tmp_path: Path) -> None:
    result = pack(folder, "--output", tmp_path / "bundle.zip")
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        assert bundle.namelist() == [
            "checks/sqs.json",
            "functions/api.zip",
            "functions/worker.zip",
            "migrations/0001_orders.expand.sql",
            "release.toml",
        ]
        with bundle.open("functions/api.zip") as inner, zipfile.ZipFile(inner) as function:
            assert function.namelist() == ["index.py", "shop/prices.py"]


def test_it_prints_path_size_and_digest(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "bundle.zip"
    document = json.loads(pack(folder, "-o", target, "--json").stdout)
    assert document == {
        "bundle": str(target),
        "service": "orders",
        "release": "1.1.0",
        "size": target.stat().st_size,
        "digest": f"sha256:{hashlib.sha256(target.read_bytes()).hexdigest()}",
        "leftOut": [],
    }
    told = pack(folder, "-o", target).stdout
    assert str(target) in told
    assert document["digest"] in told
    assert f"{document['size']:,} bytes" in told


def test_the_same_files_make_the_same_digest(folder: Path, tmp_path: Path) -> None:
    pack(folder, "-o", tmp_path / "one.zip")
    for path in sorted(folder.rglob("*"), reverse=True):
        content = path.read_bytes() if path.is_file() else None
        if content is not None:
            path.unlink()
            path.write_bytes(content)
    (folder / "functions/api/__pycache__").mkdir()
    (folder / "functions/api/__pycache__/index.pyc").write_bytes(b"cache")
    pack(folder, "-o", tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_without_output_it_writes_the_releases_name_here(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pack(folder).exit_code == 0
    assert (tmp_path / "orders-1.1.0.zip").exists()


def test_a_ready_zip_is_taken_as_it_is(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(folder / "functions/worker.zip", "w") as ready:
        ready.writestr("bootstrap", "#!/bin/sh\n")
    for path in (folder / "functions/worker").iterdir():
        path.unlink()
    (folder / "functions/worker").rmdir()
    assert pack(folder, "-o", tmp_path / "bundle.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        taken = bundle.read("functions/worker.zip")
    assert taken == (folder / "functions/worker.zip").read_bytes()


def test_what_nothing_names_is_left_out_and_told(folder: Path, tmp_path: Path) -> None:
    (folder / "NOTES.md").write_text("for us")
    (folder / ".env").write_text("SECRET=1")
    result = pack(folder, "-o", tmp_path / "bundle.zip")
    assert "left out, since nothing names them: NOTES.md" in result.stdout
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        assert not {"NOTES.md", ".env"} & set(bundle.namelist())


def test_all_findings_are_shown_at_once_with_their_lines_and_nothing_is_written(
    folder: Path, tmp_path: Path
) -> None:
    toml = RELEASE.replace('"1.1.0"', '"1.x"').replace("checks/sqs.json", "checks/none.json")
    (folder / "release.toml").write_text(toml + '[shift]\nplan = "steps(10@5)"\n')
    (folder / "functions/ghost").mkdir()
    result = pack(folder, "-o", tmp_path / "bundle.zip")
    assert result.exit_code == 2
    for told in (
        "release.toml:3 release: '1.x' is not a semantic version",
        "release.toml:14 shift.plan: the last weight of a shift plan must be 100",
        "release.toml:11 checks[0].event: the bundle has no checks/none.json",
        "functions/ghost: ",
        "4 findings to correct",
    ):
        assert told in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["orders"]


def test_findings_are_one_document_for_scripts(folder: Path, tmp_path: Path) -> None:
    (folder / "release.toml").write_text(RELEASE.replace('"1.1.0"', '"1.x"'))
    result = pack(folder, "-o", tmp_path / "bundle.zip", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["outcome"]) == (2, "Rejected")
    assert document["findings"][0]["code"] == "BadVersion"
    assert set(document["findings"][0]) == {"code", "where", "what", "do"}


def test_a_function_that_is_both_folder_and_zip_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "functions/api.zip").write_bytes(b"PK\x03\x04")
    result = pack(folder, "-o", tmp_path / "bundle.zip")
    assert result.exit_code == 2
    assert "there is a folder functions/api and a functions/api.zip" in result.stdout


def test_a_bundle_that_is_there_survives_a_refused_one(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "bundle.zip"
    pack(folder, "-o", target)
    before = target.read_bytes()
    (folder / "release.toml").write_text("format = 1")
    assert pack(folder, "-o", target).exit_code == 2
    assert target.read_bytes() == before


def test_a_folder_without_release_toml_is_refused(tmp_path: Path) -> None:
    result = pack(tmp_path, "-o", tmp_path / "bundle.zip")
    assert result.exit_code == 2
    assert "no release.toml at its top" in result.stdout


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    result = pack(folder, "-o", tmp_path / "no" / "such" / "bundle.zip")
    assert result.exit_code == 1
    assert "check the path and its permissions" in result.stderr
