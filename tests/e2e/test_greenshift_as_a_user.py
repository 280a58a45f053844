"""The `greenshift` command against a running environment, as a user or a script runs it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stage import Orders
from variants import Variant, check
from whole import ANSWER, after_release, never_moved

from infra.sample.build import function_files


@pytest.fixture
def folder(orders: Orders, tmp_path: Path) -> Path:
    """A release as its author has it: release.toml, functions as folders, migrations, statements, checks."""
    version = orders.version()
    files = Variant(migrations=orders.bundle_migrations()).files(version)
    del files["functions/api.zip"], files["functions/worker.zip"]
    for function in ("api", "worker"):
        own = {**function_files(function, "1.1.0")}
        own.update({"release.py": f'RELEASE = "{version}"\n'.encode()} if function == "api" else {})
        files |= {f"functions/{function}/{name}": content for name, content in own.items()}
    place = tmp_path / version
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    return place


@pytest.fixture
def went_back(orders: Orders) -> Iterator[Callable[[], dict[str, Any] | None]]:
    """The next event of those that a person is called for, from a queue behind a rule of its own."""
    bus, sqs = orders.client("events"), orders.client("sqs")
    url = sqs.create_queue(QueueName="went-back")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {"source": ["greenshift"], "detail": {"outcome": ["RolledBack", "NeedsAttention"]}}
    bus.put_rule(Name="went-back", EventPattern=json.dumps(pattern))
    bus.put_targets(Rule="went-back", Targets=[{"Id": "queue", "Arn": arn["QueueArn"]}])

    def heard() -> dict[str, Any] | None:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", [])
        return json.loads(found[0]["Body"]) if found else None

    yield heard
    bus.remove_targets(Rule="went-back", Ids=["queue"])
    bus.delete_rule(Name="went-back")
    sqs.delete_queue(QueueUrl=url)


def test_pack_and_deploy_end_with_the_answer_and_exit_with_0(orders: Orders, folder: Path) -> None:
    before, version = orders.standing(), folder.name
    packed = [
        orders.greenshift("pack", str(folder), "-o", str(folder.parent / name), "--json")
        for name in ("one.zip", "two.zip")
    ]
    assert [each.returncode for each in packed] == [0, 0], packed
    first, second = (json.loads(each.stdout) for each in packed)
    assert first["digest"] == second["digest"]
    assert (first["service"], first["release"]) == ("orders", version)

    bundle = str(folder.parent / "one.zip")
    done = orders.greenshift("deploy", "orders", version, "--bundle", bundle, "--watch", "--json")
    assert done.returncode == 0, done
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    answer = lines[-1]
    assert set(answer) == ANSWER
    assert (answer["service"], answer["release"], answer["outcome"]) == (
        "orders",
        version,
        "Released",
    )
    assert answer["digest"] == first["digest"]
    assert answer["deployment"].startswith(f"orders-{version}-")
    assert answer["blue"] == before.versions
    assert all("at" in line for line in lines[:-1])
    execution = orders.item(f"DEPLOYMENT#{answer['deployment']}", "META")["execution"]
    after_release(orders, orders.wait(execution), version, before)

    again = orders.greenshift("deploy", "orders", version, "--watch", "--json")
    assert again.returncode == 0, again
    nothing = json.loads(again.stdout.splitlines()[-1])
    assert nothing["outcome"] == "NothingToDo"
    assert nothing["reason"].startswith(f"release {version} ({answer['digest']}) is live since")

    pruned = orders.greenshift("prune", "orders", "--yes", "--json")
    assert pruned.returncode == 0, pruned
    kept = json.loads(pruned.stdout)
    assert (kept["refused"], kept["deleted"], kept["kept"] > 2) == (None, 0, True)
    assert "it is the seed" in [each["why"] for each in kept["versions"]]


def test_what_is_rolled_back_exits_with_3(
    orders: Orders, went_back: Callable[[], dict[str, Any] | None]
) -> None:
    before, version = orders.standing(), orders.version()
    bundle = orders.bundle(version, checks=check("it makes tea", path="/tea"))
    done = orders.greenshift("deploy", "orders", version, "--bundle", str(bundle), "--watch")
    assert done.returncode == 3, done
    assert "it makes tea" in done.stdout
    status = json.loads(orders.greenshift("status", "orders", "--json").stdout)
    assert (status["outcome"], status["live"]["release"]) == ("RolledBack", before.release)
    execution = orders.item(f"DEPLOYMENT#{status['deployment']}", "META")["execution"]
    never_moved(orders, orders.wait(execution), "RolledBack", before)

    event = orders.until(went_back, "a rule on what went back heard nothing")
    assert event["resources"] == [execution]
    detail = event["detail"]
    assert (detail["deployment"], detail["release"]) == (status["deployment"], version)
    assert detail["reason"] == status["reason"]


REFUSALS = {
    "a release that is not uploaded": (("deploy", "orders", "9.9.9"), 2, "is not uploaded"),
    "a release older than live, by its event": (None, 2, "OlderThanLive"),
    "a service that is not there": (("status", "nowhere"), 1, "the service nowhere is unknown"),
    "a release that is no version": (("deploy", "orders", "one"), 1, "one"),
    "a bundle of another release": (
        ("deploy", "orders", "9.9.9", "--bundle"),
        2,
        "not orders 9.9.9",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_refused_says_why_and_exits_as_documented(orders: Orders, case: str) -> None:
    words, code, told = REFUSALS[case]
    before = orders.standing()
    if words is None:
        bundle = orders.bundle("1.9.1")
        words = ("deploy", "orders", "1.9.1", "--bundle", str(bundle), "--watch", "--json")
    elif words[-1] == "--bundle":
        words = (*words, str(orders.bundle("1.9.2")))
    done = orders.greenshift(*words)
    assert done.returncode == code, done
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert orders.standing() == before
