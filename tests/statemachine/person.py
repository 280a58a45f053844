"""A person at the command line, whose AWS is the emulator and the interpreter under test."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from engine import Engine
from states import States
from typer.testing import CliRunner

from infra.cli import session
from infra.cli.main import app


@dataclass(frozen=True, slots=True)
class Told:
    """What a command said to a person, on both outputs, and its exit code."""

    code: int
    text: str


class Person:
    """Runs `greenshift` in this process."""

    def tells(self, *arguments: str) -> Told:
        """What the command says."""
        done = CliRunner().invoke(app, list(arguments))
        assert "Traceback" not in done.output, done.output
        return Told(done.exit_code, done.output)

    def status(self, service: str) -> dict[str, Any]:
        """The one document of `status --json`."""
        found: dict[str, Any] = json.loads(self.tells("status", service, "--json").text)
        return found


class _Parameters:
    """SSM with a deployer, in the account that the interpreter says it is in."""

    def __init__(self, ssm: Any, account: str) -> None:
        self._ssm, self._account = ssm, account

    def get_parameter(self, *, Name: str) -> Any:
        values = {"table": "greenshift-ledger", "bucket": "greenshift-artifacts"}
        if not Name.startswith("/greenshift/deployer/"):
            return self._ssm.get_parameter(Name=Name)
        arn = f"arn:aws:ssm:us-east-1:{self._account}:parameter{Name}"
        return {"Parameter": {"ARN": arn, "Value": values[Name.rpartition("/")[2]]}}


@contextmanager
def person(aws: Any, states: States, machine: Engine) -> Iterator[Person]:
    """Somebody who operates the machine's service."""
    own = {"stepfunctions": states, "ssm": _Parameters(aws.client("ssm"), machine.account)}

    def client(name: str) -> Any:
        return own.get(name) or aws.client(name)

    with (
        patch.object(session, "_account", lambda: client),
        patch.object(session, "POLL_SECONDS", 0.05),
    ):
        yield Person()
