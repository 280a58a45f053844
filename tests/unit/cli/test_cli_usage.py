"""How the command is called: help, wrong usage, and what it costs to start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.main import app

ROOT = Path(__file__).parents[3]
COMMANDS = (
    "pack",
    "deploy",
    "watch",
    "status",
    "rollback",
    "repair",
    "redrive",
    "preview",
    "contract",
    "prune",
    "stop",
    "explain",
)


@pytest.mark.parametrize(
    "command",
    [
        (),
        *((each,) for each in COMMANDS),
        ("local",),
        ("compare", "import"),
        ("compare", "show"),
        ("local", "up"),
        ("local", "deploy"),
    ],
)
def test_every_help_documents_the_exit_codes(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    for line in ("0  released", "1  wrong usage", "2  rejected", "3  rolled back", "4  needs attention",
                 "5  superseded", "6  gave up waiting"):  # fmt: skip
        assert f"\n    {line}" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["frobnicate"], "No such command"),
        (["deploy", "orders"], "Missing argument"),
        (["deploy", "Orders!", "1.0.0"], "not a service's name"),
        (["deploy", "orders", "1.0"], "not a semantic version"),
        (
            ["deploy", "orders", "1.0.0", "--shift-plan", "steps(10@5)"],
            "the last weight of a shift plan must be 100",
        ),
        (["deploy", "orders", "1.0.0", "--bundle", "/nowhere.zip"], "does not exist"),
        (["watch", "arn:aws:states:nonsense"], "not the ARN of an execution"),
        (["watch", "orders", "--timeout", "soon"], "not a duration"),
        (["pack", "/nowhere"], "does not exist"),
        (["rollback", "orders", "--redrive-messages", "--no-watch"], "leave out --no-watch"),
        (["rollback", "orders", "--yes"], "a rollback asks nobody"),
    ],
)
def test_wrong_usage_exits_with_1_and_says_what_is_wrong(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert told in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["deploy", "hello", "one"], 1, "not a semantic version"),
        (["judge", "/nowhere.csv"], 1, "does not exist"),
        (["deploy", "hello", "1.0.0", "--frobnicate"], 1, "No such option"),
        (["frobnicate"], 1, "No such command"),
        (["compare", "show"], 1, "Missing argument"),
        (["schema", "check"], 2, "Missing argument"),
    ],
)
def test_wrong_usage_is_a_document_for_scripts(arguments: list[str], code: int, told: str) -> None:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    (line,) = result.stdout.splitlines()
    document = json.loads(line)
    assert (result.exit_code, document["exitCode"]) == (code, code)
    assert told in document["error"]
    assert told in result.stderr


def test_help_is_no_error_for_scripts() -> None:
    result = CliRunner().invoke(app, ["deploy", "--json", "--help"])
    assert (result.exit_code, "exitCode" in result.stdout) == (0, False)


@pytest.mark.parametrize(
    ("release", "more", "told"),
    [
        ("1.0.0", ["--shift-plan", "all-at-once"], "the upload itself starts the deployment"),
        ("latest", ["--dry-run"], "name the version that the bundle is"),
    ],
)
def test_an_upload_cannot_be_combined_with_what_its_event_does_not_know(
    tmp_path: Path, release: str, more: list[str], told: str
) -> None:
    (tmp_path / "bundle.zip").write_bytes(b"")
    bundle = ["--bundle", str(tmp_path / "bundle.zip")]
    result = CliRunner().invoke(app, ["deploy", "orders", release, *bundle, *more])
    assert result.exit_code == 1
    assert told in result.stderr


def test_help_imports_neither_boto3_nor_rich() -> None:
    script = (
        "import sys, json\n"
        "from infra.cli.main import main\n"
        "sys.argv = ['greenshift', '--help']\n"
        "try:\n    main()\n"
        "finally:\n    print(json.dumps([m for m in ('boto3', 'botocore', 'rich.live') if m in sys.modules]), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stderr) == []
    assert "Usage: greenshift" in done.stdout


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", "frobnicate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "greenshift" in done.stderr


def test_local_up_prints_the_exports_and_down_ends_it(tmp_path: Path) -> None:
    environment = {"GREENSHIFT_LOCAL": str(tmp_path / "local")}

    def local(*arguments: str) -> str:
        # Each in a process of its own: what `up` starts outlives it.
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli", "local", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "no local environment is running" in local("status")
    result = CliRunner().invoke(app, ["local", "deploy"], env=environment)
    assert "start one with `greenshift local up`" in result.stderr
    try:
        told = local("up")
        about = json.loads(local("status", "--json"))
        assert f"export AWS_ENDPOINT_URL={about['endpointUrl']}\n" in told
        assert "greenshift local down" in told
        assert "next: `greenshift local deploy`" in told
        assert about["environment"]["AWS_ENDPOINT_URL"] == about["endpointUrl"]
        result = CliRunner().invoke(app, ["status", "orders", "--local"], env=environment)
        assert "there is no Greenshift in us-east-1" in result.stderr
    finally:
        ended = json.loads(local("down", "--json"))
    assert ended == {"running": False, "ended": True}
    assert json.loads(local("status", "--json")) == {"running": False, "ending": False}
