"""`greenshift deploy` on the emulator: real executions, objects and ledger."""

import json
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from account import ANSWER, BUCKET, Account, answer, ends_with

from handlers.domain.request.hotfix_metadata import hotfix_with
from statemachine.uploads import digest_of


@pytest.mark.parametrize(
    ("outcome", "code", "told"),
    [
        ("Released", 0, "Released after 1 min 32 s: green failed 3 of 4,112 requests"),
        ("NothingToDo", 0, "Nothing to do after 1 min 32 s: "),
        ("Rejected", 2, "Rejected after 1 min 32 s: "),
        ("RolledBack", 3, "Rolled back after 1 min 32 s: "),
        ("NeedsAttention", 4, "Needs attention after 1 min 32 s: "),
    ],
)
def test_a_watched_deployment_exits_by_its_outcome(
    account: Account, greenshift: Any, outcome: str, code: int, told: str
) -> None:
    found = answer("orders", outcome)
    service = account.service(ends_with(found))
    service.upload("1.1.0")
    people = greenshift("deploy", service.name, "1.1.0", "--watch")
    scripts = greenshift("deploy", service.name, "1.1.0", "--watch", "--json")
    assert (people.exit_code, scripts.exit_code) == (code, code), people.output
    assert told in people.stdout
    assert greenshift.documents(scripts)[-1] == found
    assert set(found) == ANSWER


def test_findings_are_shown_each_on_its_line(account: Account, greenshift: Any) -> None:
    findings = [
        {"code": "A", "where": "release.toml:7 functions.mailer", "what": "it is unknown", "do": "register it"},
        {"code": "B", "where": "release.toml:9 checks[0]", "what": "it calls mailer", "do": "correct it"},
    ]  # fmt: skip
    service = account.service(ends_with(answer("orders", "Rejected", findings=findings)))
    service.upload("1.1.0")
    told = greenshift("deploy", service.name, "1.1.0", "--watch").stdout
    assert "2 findings" in told
    assert "release.toml:7 functions.mailer: it is unknown; register it\n" in told
    assert "release.toml:9 checks[0]: it calls mailer; correct it\n" in told


def test_without_watch_it_starts_and_names_the_execution(account: Account, greenshift: Any) -> None:
    service = account.service()
    service.upload("1.1.0")
    people = greenshift("deploy", service.name, "1.1.0")
    scripts = greenshift("deploy", service.name, "1.1.0", "--json")
    assert (people.exit_code, scripts.exit_code) == (0, 0)
    (document,) = greenshift.documents(scripts)
    assert service.status_of(document["execution"]) == "RUNNING"
    assert f"greenshift watch arn:aws:states:us-east-1:000000000000:execution:greenshift-{service.name}:" in people.stdout  # fmt: skip


def test_what_is_asked_for_behind_a_running_one_says_so(account: Account, greenshift: Any) -> None:
    service = account.service()
    service.upload("1.2.0")
    claim = service.running()
    told = greenshift("deploy", service.name, "1.2.0").stdout
    assert f"asked for 1.2.0 of {service.name}, behind {claim.deployment}: arn:" in told
    assert "it waits for its turn, or is refused: watch it with `greenshift watch arn:" in told
    service.close(claim, "Released")
    told = greenshift("deploy", service.name, "1.2.0").stdout
    assert f"started 1.2.0 of {service.name}: arn:" in told


def test_the_request_holds_what_was_asked(account: Account, greenshift: Any) -> None:
    service = account.service({"Type": "Pass", "Parameters": {"outcome": "NothingToDo", "asked.$": "$", **dict.fromkeys(("startedAt", "endedAt"), "2026-11-23T10:15:02Z"), "reason": "dry run"}, "End": True})  # fmt: skip
    service.upload("1.1.0")
    plan = "steps(10@5, 100@10)"
    options = ["--shift-plan", plan, "--hotfix", "the till is down", "--dry-run", "--json"]
    result = greenshift("deploy", service.name, "1.1.0", *options)
    asked = greenshift.documents(result)[-1]["asked"]
    assert asked == {
        "release": "1.1.0",
        "shiftPlan": plan,
        "hotfix": "the till is down",
        "dryRun": True,
    }


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 201])
def test_a_hotfix_has_a_reason_of_one_line(account: Account, greenshift: Any, reason: str) -> None:
    result = greenshift("deploy", account.service().name, "1.1.0", "--hotfix", reason)
    assert result.exit_code == 1
    assert "is not a reason of one line and at most 200 characters" in result.stderr.replace(
        "\n", " "
    )


def test_the_machine_is_started_through_its_alias(account: Account, greenshift: Any) -> None:
    service = account.service()
    service.upload("1.1.0")
    (document,) = greenshift.documents(greenshift("deploy", service.name, "1.1.0", "--json"))
    states = account.client("stepfunctions")
    found = states.describe_execution(executionArn=document["execution"])
    assert found["stateMachineAliasArn"].endswith(f":stateMachine:greenshift-{service.name}:live")


def test_a_release_that_is_not_uploaded_is_rejected_before_anything_starts(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    result = greenshift("deploy", service.name, "9.9.9")
    assert result.exit_code == 2
    assert f"release 9.9.9 of {service.name} is not uploaded" in result.stderr
    assert "--bundle FILE" in result.stderr


def bundle(path: Path, service: str, release: str = "1.1.0") -> Path:
    with zipfile.ZipFile(path / "function.zip", "w") as function:
        function.writestr("index.py", "def handler(event, context): ...\n")
    toml = f'format = 1\nservice = "{service}"\nrelease = "{release}"\n[functions.api]\ncode = "functions/api.zip"\n'
    with zipfile.ZipFile(path / "bundle.zip", "w") as archive:
        archive.writestr("release.toml", toml)
        archive.write(path / "function.zip", "functions/api.zip")
    return path / "bundle.zip"


def test_a_bundle_is_uploaded_and_the_execution_of_its_event_is_followed(
    account: Account, greenshift: Any, tmp_path: Path
) -> None:
    service = account.service(ends_with(answer("orders", "Released")))
    key = f"releases/{service.name}/1.1.0.zip"
    s3, states = account.client("s3"), account.client("stepfunctions")
    started: list[str] = []

    def rule() -> None:
        """What the service's S3 rule does with the upload's event."""

        def versions() -> list[dict[str, Any]]:
            return s3.list_object_versions(Bucket=BUCKET, Prefix=key).get("Versions", [])

        service.until(versions)
        detail = {
            "bucket": {"name": BUCKET},
            "object": {"key": key, "version-id": versions()[0]["VersionId"]},
        }
        machine = f"arn:aws:states:us-east-1:000000000000:stateMachine:greenshift-{service.name}"
        execution = states.start_execution(stateMachineArn=machine, input=json.dumps(detail))
        started.append(execution["executionArn"])

    thread = threading.Thread(target=rule)
    thread.start()
    found = bundle(tmp_path, service.name)
    options = ["--bundle", found, "--hotfix", "die Kasse öffnet nicht", "--watch", "--json"]
    result = greenshift("deploy", service.name, "1.1.0", *options)
    thread.join()
    first, *_, last = greenshift.documents(result)
    assert (result.exit_code, last["outcome"], first["execution"]) == (0, "Released", started[0])
    uploaded = s3.head_object(Bucket=BUCKET, Key=key)
    assert hotfix_with(key, uploaded["Metadata"]) == ("die Kasse öffnet nicht", [])


def test_a_bundle_that_was_deployed_before_is_started_by_name_and_not_uploaded_again(
    account: Account, greenshift: Any, tmp_path: Path
) -> None:
    service = account.service()
    found = bundle(tmp_path, service.name)
    service.upload("1.1.0", found.read_bytes())
    head = account.client("s3").head_object(Bucket=BUCKET, Key=f"releases/{service.name}/1.1.0.zip")
    facts = {"release": "1.1.0", "objectVersion": head["VersionId"], "outcome": "RolledBack"}
    service.journal.note_release(service.name, digest_of(found), facts)
    options = ["--bundle", found, "--hotfix", "the till is down", "--json"]
    result = greenshift("deploy", service.name, "1.1.0", *options)
    (document,) = greenshift.documents(result)
    states = account.client("stepfunctions")
    described = states.describe_execution(executionArn=document["execution"])
    asked = json.loads(described["input"])
    assert asked == {"release": "1.1.0", "hotfix": "the till is down"}
    versions = account.client("s3").list_object_versions(
        Bucket=BUCKET, Prefix=f"releases/{service.name}/"
    )
    assert len(versions["Versions"]) == 1


def test_a_bundle_of_another_release_is_not_uploaded(
    account: Account, greenshift: Any, tmp_path: Path
) -> None:
    service = account.service()
    found = bundle(tmp_path, service.name, "1.2.0")
    result = greenshift("deploy", service.name, "1.1.0", "--bundle", found)
    assert result.exit_code == 2
    assert f"is {service.name} 1.2.0, not {service.name} 1.1.0" in result.stderr
    listed = account.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"releases/{service.name}/")
    assert listed["KeyCount"] == 0


def test_a_bundle_that_is_unsound_is_not_uploaded(
    account: Account, greenshift: Any, tmp_path: Path
) -> None:
    (tmp_path / "bundle.zip").write_bytes(b"no zip")
    result = greenshift("deploy", "orders", "1.1.0", "--bundle", tmp_path / "bundle.zip")
    assert result.exit_code == 2
    assert "it is not a readable zip" in result.stdout


def test_a_bundle_is_planned_before_it_is_a_release(
    account: Account, greenshift: Any, tmp_path: Path
) -> None:
    """It lies where neither the S3 rule nor `latest` takes it; its very version is planned."""
    service = account.service({"Type": "Pass", "Parameters": {"outcome": "NothingToDo", "asked.$": "$", **dict.fromkeys(("startedAt", "endedAt"), "2026-11-23T10:15:02Z"), "reason": "dry run"}, "End": True})  # fmt: skip
    found = bundle(tmp_path, service.name)
    plan = ("--shift-plan", "steps(10@5, 100@10)")
    result = greenshift(
        "deploy", service.name, "1.1.0", "--bundle", found, "--dry-run", *plan, "--json"
    )
    assert result.exit_code == 0, result.output
    s3 = account.client("s3")
    (uploaded,) = s3.list_object_versions(Bucket=BUCKET, Prefix=f"releases/{service.name}/")[
        "Versions"
    ]
    assert uploaded["Key"] == f"releases/{service.name}/1.1.0.candidate"
    assert greenshift.documents(result)[-1]["asked"] == {
        "release": "1.1.0",
        "shiftPlan": "steps(10@5, 100@10)",
        "dryRun": True,
        "candidate": uploaded["VersionId"],
    }
