"""What may do what by the deployer's template."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from deployer_functions import (
    FUNCTIONS,
    actions,
    function,
    statements,
    undelivered,
)

from handlers.listeners.schedule_contract import schedule_name

WRITES = ("Create", "Delete", "Invoke", "Publish", "Put", "Update")


def test_the_sweep_moves_no_alias_and_lists_registrations_alone(deployer: Any) -> None:
    found = {
        action: statement["Resource"]
        for statement in statements(deployer, "sweep")
        for action in actions(statement)
    }
    assert not [each for each in found if each.startswith("lambda:Update")]
    paths = [each["Fn::Join"][1][-1] for each in found["ssm:GetParametersByPath"]]
    assert [each.rpartition(":")[2] for each in paths] == [
        "parameter/greenshift/services",
        "parameter/greenshift/services/*",
    ]


def test_the_prune_alone_deletes_and_only_versions_of_tagged_functions(deployer: Any) -> None:
    deleting = {
        (name, action): statement
        for name in FUNCTIONS
        for statement in statements(deployer, name)
        for action in actions(statement)
        if action == "lambda:DeleteFunction"
    }
    ((name, _), statement) = one(deleting.items())
    assert name == "prune"
    resource = statement["Resource"]["Fn::Join"][1][-1]
    assert resource.endswith(":function:*:*"), "no function without a version matches it"
    assert statement["Condition"] == {"Null": {"aws:ResourceTag/greenshift:service": "false"}}


def one(found: Iterable[Any]) -> Any:
    (only,) = found
    return only


def test_the_listener_for_events_reads_the_stream_and_tells_in_our_name_alone(
    deployer: Any,
) -> None:
    by_action = {
        action: statement
        for statement in statements(deployer, "notify")
        for action in actions(statement)
        if action.partition(":")[0] in ("dynamodb", "events")
    }
    put = by_action.pop("events:PutEvents")
    assert put["Resource"]["Fn::Join"][1][-1].endswith(":event-bus/default")
    assert put["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": ["greenshift"]},
        "Null": {"events:source": "false"},
    }
    table = deployer.id_of("AWS::DynamoDB::Table")
    assert by_action.pop("dynamodb:ListStreams")["Resource"] == "*"
    item = by_action.pop("dynamodb:GetItem")
    assert item["Resource"] == {"Fn::GetAtt": [table, "Arn"]}
    assert set(by_action) == {
        f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator")
    }
    stream = {"Fn::GetAtt": [table, "StreamArn"]}
    assert all(each["Resource"] == stream for each in by_action.values())


def scheduler_role(deployer: Any) -> str:
    variables = function(deployer, "schedule-contract")["Environment"]["Variables"]
    assert variables["GREENSHIFT_SCHEDULER_UNDELIVERED"] == undelivered(deployer, "contract")
    return str(variables["GREENSHIFT_SCHEDULER_ROLE"]["Fn::GetAtt"][0])


def test_only_the_listener_for_contracts_passes_a_role_and_only_one_to_the_scheduler(
    aws: Any, deployer: Any
) -> None:
    passing = [
        (template.path.name, statement)
        for template in aws.templates.values()
        for policy in template.of("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "iam:PassRole" in actions(statement)
    ]
    ((where, statement),) = passing
    assert where == deployer.path.name
    assert statement in statements(deployer, "schedule-contract")
    assert statement["Resource"] == {"Fn::GetAtt": [scheduler_role(deployer), "Arn"]}
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}
    }


def test_the_scheduler_starts_machines_by_their_alias_and_does_nothing_else(deployer: Any) -> None:
    role = scheduler_role(deployer)
    found = deployer.body["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    (trust,) = found
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    by_action = {
        action: statement["Resource"]
        for statement in deployer.statements_of(role)
        for action in actions(statement)
    }
    started = by_action.pop("states:StartExecution")
    assert started["Fn::Join"][1][-1].endswith(":stateMachine:greenshift-*:live")
    assert all(resource == undelivered(deployer, "contract") for resource in by_action.values())
    assert "sqs:SendMessage" in by_action


def test_the_listener_for_contracts_changes_its_own_schedules_only(deployer: Any) -> None:
    (schedules,) = [
        statement
        for statement in statements(deployer, "schedule-contract")
        if "scheduler:CreateSchedule" in actions(statement)
    ]
    names = ("CreateSchedule", "UpdateSchedule", "DeleteSchedule")
    assert set(actions(schedules)) == {f"scheduler:{name}" for name in names}
    allowed = schedules["Resource"]["Fn::Join"][1][-1].rpartition("/")[2]
    assert allowed.endswith("*")
    longest = schedule_name("x" * 40)
    assert longest.startswith(allowed.removesuffix("*"))
    assert len(longest) <= 64


def test_no_statement_has_a_wildcard_in_an_action(aws: Any) -> None:
    for template in aws.templates.values():
        for policy in template.of("AWS::IAM::Policy").values():
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                assert not [action for action in actions(statement) if "*" in action]


@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - {"run-hooks"}))
def test_only_tagged_functions_can_be_changed_or_invoked(deployer: Any, name: str) -> None:
    for statement in statements(deployer, name):
        changes = [
            action
            for action in actions(statement)
            if action.startswith("lambda:") and action.split(":")[1].startswith(WRITES)
        ]
        if changes:
            assert statement["Condition"] == {
                "Null": {"aws:ResourceTag/greenshift:service": "false"}
            }


def lambda_changes(deployer: Any, name: str) -> set[str]:
    return {
        action.removeprefix("lambda:")
        for statement in statements(deployer, name)
        for action in actions(statement)
        if action.startswith("lambda:") and action.split(":")[1].startswith(WRITES)
    }


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("plan", set()),
        (
            "provision-green",
            {
                "PublishVersion",
                "PutProvisionedConcurrencyConfig",
                "UpdateFunctionCode",
                "UpdateFunctionConfiguration",
            },
        ),
        ("migrate-schema", set()),
        ("verify-green", {"InvokeFunction", "UpdateAlias"}),
        ("run-hooks", {"InvokeFunction"}),
        ("shift-traffic", {"UpdateAlias"}),
        ("bake", {"InvokeFunction"}),
        ("finalize", set()),
        ("roll-back", {"UpdateAlias", "InvokeFunction"}),
        ("recover", set()),
        ("schedule-contract", set()),
        ("own-alias", {"CreateAlias", "DeleteAlias", "PublishVersion"}),
        ("start-next", set()),
        ("sweep", {"InvokeFunction"}),
        ("prune", {"DeleteFunction", "DeleteProvisionedConcurrencyConfig"}),
    ],
)
def test_each_role_changes_functions_only_in_its_own_way(
    deployer: Any, name: str, may: set[str]
) -> None:
    assert lambda_changes(deployer, name) == may


@pytest.mark.parametrize("name", ["plan", "provision-green", "verify-green"])
def test_an_object_that_is_gone_is_seen_to_be_gone(deployer: Any, name: str) -> None:
    bucket = {"Fn::GetAtt": [deployer.id_of("AWS::S3::Bucket"), "Arn"]}
    lists = [s for s in statements(deployer, name) if "s3:ListBucket" in actions(s)]
    assert [statement["Resource"] for statement in lists] == [bucket]
    # S3 asks for it without a prefix: a condition on one would never hold.
    assert "Condition" not in lists[0]


def test_only_what_is_tagged_as_a_hook_is_called_as_one(deployer: Any) -> None:
    (invoke,) = [
        s for s in statements(deployer, "run-hooks") if "lambda:InvokeFunction" in actions(s)
    ]
    assert invoke["Condition"] == {"Null": {"aws:ResourceTag/greenshift:hook": "false"}}
    assert actions(invoke) == ["lambda:InvokeFunction"]


@pytest.mark.parametrize("name", ["finalize", "roll-back", "shift-traffic", "bake", "run-hooks"])
def test_the_way_back_needs_neither_bundle_nor_registration(deployer: Any, name: str) -> None:
    services = {a.split(":")[0] for s in statements(deployer, name) for a in actions(s)}
    assert not services & {"s3", "ssm"}


def test_resources_are_named_wherever_the_action_knows_resources(deployer: Any) -> None:
    anywhere = {
        action
        for name in FUNCTIONS
        for statement in statements(deployer, name)
        if statement["Resource"] == "*"
        for action in actions(statement)
    }
    assert anywhere == {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "dynamodb:ListStreams",
        "lambda:ListEventSourceMappings",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }


def test_a_bundle_may_name_another_accounts_layer(deployer: Any) -> None:
    (layers,) = [
        statement
        for statement in statements(deployer, "provision-green")
        if "lambda:GetLayerVersion" in actions(statement)
    ]
    assert layers["Resource"]["Fn::Join"][1][-1] == ":*:layer:*"


def test_queues_are_looked_at_and_their_messages_are_nobodys(deployer: Any) -> None:
    looking = set()
    for name in FUNCTIONS:
        on_queues = {
            action
            for statement in statements(deployer, name)
            for action in actions(statement)
            if action.startswith("sqs:") and "Undelivered" not in json.dumps(statement["Resource"])
        }
        assert on_queues <= {"sqs:GetQueueAttributes"}, name
        looking |= {name} if on_queues else set()
    assert looking == {"plan", "shift-traffic", "sweep"}
