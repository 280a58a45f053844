"""A command that is named can be copied and run: with --local where the reader has said --local."""

from typing import Any

import pytest
import typer.main
from account import Account, answer, ends_with

from infra.cli import session
from infra.cli.hints import TAKE_LOCAL, runnable
from infra.cli.main import app


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("watch it with `greenshift watch orders`", "watch it with `greenshift watch orders --local`"),
        ("`greenshift stop a`, or `greenshift recover a`; b", "`greenshift stop a --local`, or `greenshift recover a --local`; b"),
        ("`greenshift deploy a 1.0.0 --bundle FILE`", "`greenshift deploy a 1.0.0 --bundle FILE --local`"),
        ("`greenshift status SERVICE --local`", "`greenshift status SERVICE --local`"),
        ("start one with `greenshift local up`", "start one with `greenshift local up`"),
        ("see `greenshift schema check`", "see `greenshift schema check`"),
        ("`cdk deploy Greenshift` and greenshift watch orders", "`cdk deploy Greenshift` and greenshift watch orders"),
    ],
)  # fmt: skip
def test_local_is_said_with_the_commands_that_take_it(text: str, told: str) -> None:
    assert runnable(text, local=True) == told
    assert runnable(text, local=False) == text


def test_the_commands_that_take_local_are_those_with_the_option() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    inner = {
        f"{name} {each}": command
        for name, group in commands.items()
        for each, command in getattr(group, "commands", {}).items()
    }
    taking = {
        name
        for name, command in {**commands, **inner}.items()
        if any(parameter.name == "local" for parameter in command.params)
    }
    assert set(TAKE_LOCAL) == taking


@pytest.fixture
def local(account: Account, greenshift: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(session, "_local", lambda: account.client)
    return lambda *arguments: greenshift(*arguments, "--local")


def test_what_is_started_is_watched_with_local(account: Account, local: Any) -> None:
    service = account.service()
    service.upload("1.1.0")
    told = local("deploy", service.name, "1.1.0").stdout
    assert f"watch it with `greenshift watch arn:aws:states:us-east-1:000000000000:execution:greenshift-{service.name}:" in told  # fmt: skip
    assert told.endswith(" --local`\n")


def test_what_the_ledger_says_is_told_with_local_and_handed_to_scripts_as_it_is(
    account: Account, local: Any, greenshift: Any
) -> None:
    reason = "mend it, then `greenshift contract orders`"
    service = account.service(ends_with(answer("orders", "RolledBack", reason=reason)))
    service.upload("1.1.0")
    people = local("deploy", service.name, "1.1.0", "--watch").stdout
    assert "mend it, then `greenshift contract orders --local`" in people
    scripts = greenshift.documents(local("deploy", service.name, "1.1.0", "--watch", "--json"))
    assert scripts[-1]["reason"] == reason


def test_a_complaint_names_commands_with_local(account: Account, local: Any) -> None:
    service = account.service()
    result = local("deploy", service.name, "9.9.9")
    assert f"`greenshift deploy {service.name} 9.9.9 --bundle FILE --local`" in result.stderr


def test_a_stage_that_failed_names_commands_with_local(account: Account, local: Any) -> None:
    service = account.service()
    claim = service.running()
    account.client("stepfunctions").stop_execution(executionArn=claim.execution)
    reason = "it moved; finish it with `greenshift recover orders`"
    found = answer(service.name, "NeedsAttention", deployment=claim.deployment, reason=reason)
    service.journal.began(claim.deployment, "ProvisionGreen", "2026-11-23T10:15:03.000Z")
    service.journal.add(claim.deployment, {"outcome": "NeedsAttention", "answer": found})
    told = local("watch", service.name).stdout
    assert "`greenshift recover orders`" not in told
    assert told.count("`greenshift recover orders --local`") >= 1
