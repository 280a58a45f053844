"""The ways back: a stop in the console, a rollback by hand, and what may come after them."""

import json

from stage import Orders
from variants import lingering
from whole import after_release, green_is_gone, nobody_noticed, nothing_lost, recorded, whole


def test_a_stop_in_the_console_is_put_right_by_the_recovery_rule(orders: Orders) -> None:
    before, version = orders.standing(), orders.version()
    with orders.witness() as witness:
        running = orders.started_by(orders.drop(version, orders.bundle(version, pace=lingering())))
        orders.reaches(running, "Bake")
        orders.until(
            lambda: any(each.weights for each in witness.samples()), "nobody saw the weight"
        )
        orders.client("stepfunctions").stop_execution(
            executionArn=running, error="Stopped", cause="by a person in the console"
        )
        assert orders.wait(running).status == "ABORTED"
        answer = orders.deployments.answer(running, timeout_seconds=90)
        witness.more(200)
    assert answer["outcome"] == "RolledBack"
    now = whole(orders)
    assert (now.versions, now.live) == (before.versions, before.live)
    claim = orders.item("SERVICE#orders", "CLAIM")
    assert claim["execution"] != running, "the recovery has taken the claim over"
    recovery = orders.wait(claim["execution"])
    assert (recovery.error, recovery.answer) == ("RolledBack", answer)
    assert recovery.answer["deployment"] == answer["deployment"]
    green_is_gone(witness, answer["green"]["api"])
    nobody_noticed(witness)
    nothing_lost(orders, witness)


def test_a_stop_of_which_nobody_hears_is_put_right_by_the_sweep(orders: Orders) -> None:
    before, version = orders.standing(), orders.version()
    with orders.witness() as witness:
        with orders.unheard():
            running = orders.started_by(
                orders.drop(version, orders.bundle(version, pace=lingering()))
            )
            orders.reaches(running, "Bake")
            orders.client("stepfunctions").stop_execution(executionArn=running)
            swept = orders.sweep()
            assert (swept["services"], swept["failed"]) == (1, []), swept
            answer = orders.deployments.answer(running, timeout_seconds=90)
        witness.more(100)
    assert answer["outcome"] == "RolledBack"
    now = whole(orders)
    assert (now.versions, now.live) == (before.versions, before.live)
    nobody_noticed(witness)
    nothing_lost(orders, witness)


def test_a_good_release_is_rolled_back_and_can_be_released_again_by_name(orders: Orders) -> None:
    version = orders.version()
    before = orders.standing()
    event = orders.drop(version, orders.bundle(version))
    released = orders.wait(orders.started_by(event))
    after_release(orders, released, version, before)
    green = orders.standing()

    status = _status(orders)
    assert (status["release"], status["outcome"], status["whole"]) == (version, "Released", True)
    assert status["live"]["release"] == version
    assert status["rollback"]["release"] == before.release
    with orders.witness() as witness:
        witness.more(60)
        done = orders.greenshift("rollback", "orders", "--json")
        witness.more(200)
    assert done.returncode == 0, done
    answer = json.loads(done.stdout.splitlines()[-1])
    assert (answer["outcome"], answer["release"]) == ("RolledBack", before.release)
    nobody_noticed(witness)
    green_is_gone(witness, green.versions["api"])
    nothing_lost(orders, witness)

    back = whole(orders)
    assert (back.versions, back.release) == (before.versions, before.release)
    status = _status(orders)
    assert (status["outcome"], status["whole"]) == ("RolledBack", True)
    assert status["live"]["release"] == before.release
    assert {each["version"] for each in status["functions"].values()} == set(back.versions.values())

    late = orders.wait(orders.start(event))
    assert (late.status, late.answer["outcome"]) == ("SUCCEEDED", "NothingToDo")
    assert orders.standing() == back
    again = orders.wait(orders.start({"release": version}))
    after_release(orders, again, version, back)
    assert orders.standing().versions == green.versions, (
        "the version that was published is found again"
    )


def test_a_rollback_asks_for_neither_registration_nor_bundle(orders: Orders) -> None:
    version, before = orders.version(), orders.standing()
    event = orders.drop(version, orders.bundle(version))
    after_release(orders, orders.wait(orders.started_by(event)), version, before)
    ssm, name = orders.client("ssm"), "/greenshift/services/orders"
    registration = ssm.get_parameter(Name=name)["Parameter"]
    ssm.delete_parameter(Name=name)
    orders.client("s3").delete_object(
        Bucket=orders.bucket,
        Key=event["object"]["key"],
        VersionId=event["object"]["version-id"],
    )
    try:
        with orders.witness() as witness:
            ended = orders.wait(orders.start({"action": "rollback"}))
            witness.more(60)
    finally:
        ssm.put_parameter(
            Name=name, Value=registration["Value"], Type="String", Tier="Advanced", Overwrite=True
        )
    assert (ended.error, ended.answer["outcome"]) == ("RolledBack", "RolledBack"), ended
    assert whole(orders).versions == before.versions
    recorded(orders, ended)
    nobody_noticed(witness)


def _status(orders: Orders) -> dict:
    done = orders.greenshift("status", "orders", "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout)
