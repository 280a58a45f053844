"""An account on the emulator with a ledger, a bucket and services whose machines end as a test says."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parent))

from account import Account

from infra.cli import session
from infra.cli.main import app
from infra.local.environment import embedded


@pytest.fixture(scope="session")
def account() -> Iterator[Account]:
    with embedded(database=False, instant=True) as environment:
        yield Account(environment)


@pytest.fixture
def greenshift(account: Account, monkeypatch: pytest.MonkeyPatch) -> "Command":
    """Runs `greenshift` in this process, on the emulator."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in account.environment.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(session, "POLL_SECONDS", 0.1)
    return Command()


class Command:
    """`greenshift` in this process: standard output and error apart, no terminal."""

    def __call__(self, *arguments: object, env: Mapping[str, str | None] | None = None) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments], env=env)

    def documents(self, result: Result) -> list[dict[str, Any]]:
        """What --json wrote: a document a line."""
        return [json.loads(line) for line in result.stdout.splitlines()]
