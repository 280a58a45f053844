"""The deployer's template: what is kept, what may do what, and what fits together."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from handlers.domain.pruning.outcome import LONGEST_ASKED
from handlers.listeners.schedule_contract import schedule_name
from handlers.listeners.sweep import EVERY_SECONDS

ROOT = Path(__file__).resolve().parents[2]
PHASES = {
    "plan": 600,
    "provision-green": 840,
    "migrate-schema": 840,
    "verify-green": 300,
    "run-hooks": 300,
    "shift-traffic": 300,
    "bake": 60,
    "finalize": 300,
    "roll-back": 300,
}
LISTENERS = {
    "recover": 120, "schedule-contract": 120, "own-alias": 120, "start-next": 120, "sweep": 280,
    "hear-alarm": 120, "hear-log": 120, "prune": 840, "notify": 60,
}  # fmt: skip
FUNCTIONS = [*PHASES, *LISTENERS]
READS_BUNDLES = {"plan", "provision-green", "migrate-schema", "verify-green"}
WRITES = ("Create", "Delete", "Invoke", "Publish", "Put", "Update")


def function(deployer: Any, name: str) -> Any:
    return deployer.one("AWS::Lambda::Function", FunctionName=f"greenshift-{name}")["Properties"]


def statements(deployer: Any, name: str) -> list[dict[str, Any]]:
    role = function(deployer, name)["Role"]["Fn::GetAtt"][0]
    return list(deployer.statements_of(role))


def actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


def test_there_are_the_phases_and_listeners_and_no_other_functions(deployer: Any) -> None:
    names = {f["Properties"]["FunctionName"] for f in deployer.of("AWS::Lambda::Function").values()}
    assert names == {f"greenshift-{name}" for name in FUNCTIONS}


def test_every_tasks_time_out_is_a_minute_longer_than_its_functions(deployer: Any) -> None:
    states = json.loads((ROOT / "statemachine/deployment.asl.json").read_text())["States"]
    tasks = {
        state["Parameters"]["FunctionName"]: state["TimeoutSeconds"]
        for state in states.values()
        if state["Type"] == "Task"
    }
    assert tasks == {
        f"${{{name.title().replace('-', '')}Arn}}": function(deployer, name)["Timeout"] + 60
        for name in PHASES
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_set_up_alike(deployer: Any, name: str) -> None:
    found = function(deployer, name)
    assert found["Timeout"] == {**PHASES, **LISTENERS}[name]
    assert found["Runtime"] == "python3.13"
    assert found["Architectures"] == ["arm64"]
    assert found["MemorySize"] == 512
    assert found.get("EphemeralStorage", {}).get("Size") == (
        2048 if name in READS_BUNDLES else None
    )
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert found["LoggingConfig"]["LogFormat"] == "JSON"
    scheduling = ("GREENSHIFT_SCHEDULER_ROLE", "GREENSHIFT_SCHEDULER_UNDELIVERED")
    variables = found["Environment"]["Variables"]
    own = {key: variables.pop(key) for key in scheduling if key in variables}
    assert bool(own) is (name == "schedule-contract")
    assert variables == {
        "GREENSHIFT_TABLE": {"Ref": deployer.id_of("AWS::DynamoDB::Table")},
        "GREENSHIFT_BUCKET": {"Ref": deployer.id_of("AWS::S3::Bucket")},
        "GREENSHIFT_LAMBDA_RATE": "10",
        "POWERTOOLS_SERVICE_NAME": "greenshift",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_handler_is_a_module_of_the_package(deployer: Any, name: str) -> None:
    module, function_name = function(deployer, name)["Handler"].rsplit(".", 1)
    assert function_name == "handler"
    expected = name.replace("-", "_")
    assert module in (f"handlers.{expected}", f"handlers.listeners.{expected}")
    assert (module.startswith("handlers.listeners.")) is (name not in PHASES)


def test_every_log_group_has_a_retention(deployer: Any) -> None:
    groups = deployer.of("AWS::Logs::LogGroup").values()
    assert {g["Properties"]["LogGroupName"] for g in groups} == {
        f"/aws/lambda/greenshift-{name}" for name in FUNCTIONS
    }
    assert all(g["Properties"]["RetentionInDays"] == 90 for g in groups)


@pytest.mark.parametrize("phase", PHASES)
def test_machines_call_a_retained_version_of_each_phase(deployer: Any, phase: str) -> None:
    parameter = deployer.one("AWS::SSM::Parameter", Name=f"/greenshift/deployer/phases/{phase}")[
        "Properties"
    ]
    version = deployer.body["Resources"][parameter["Value"]["Ref"]]
    assert version["Type"] == "AWS::Lambda::Version"
    assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain"
    called = deployer.body["Resources"][version["Properties"]["FunctionName"]["Ref"]]
    assert called["Properties"]["FunctionName"] == f"greenshift-{phase}"
    digest = called["Properties"]["Code"]["S3Key"].removesuffix(".zip")
    assert version["Properties"]["Description"] == f"code {digest}"


def test_all_functions_run_from_the_one_bundle_that_migrators_are_told_of(deployer: Any) -> None:
    codes = [f["Properties"]["Code"] for f in deployer.of("AWS::Lambda::Function").values()]
    assert all(code == codes[0] for code in codes)
    told = {
        part: deployer.one("AWS::SSM::Parameter", Name=f"/greenshift/deployer/code/{part}")
        for part in ("bucket", "key")
    }
    assert told["bucket"]["Properties"]["Value"] == codes[0]["S3Bucket"]
    assert told["key"]["Properties"]["Value"] == codes[0]["S3Key"]


def test_the_ledger_can_be_restored_and_is_not_deleted_with_the_stack(deployer: Any) -> None:
    table = deployer.one("AWS::DynamoDB::Table")
    assert table["DeletionPolicy"] == "RetainExceptOnCreate"
    assert table["UpdateReplacePolicy"] == "Retain"
    found = table["Properties"]
    assert found["TableName"] == "greenshift-ledger"
    assert found["DeletionProtectionEnabled"] is True
    assert found["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert found["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert found["BillingMode"] == "PAY_PER_REQUEST"
    assert found["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]


def test_the_bucket_is_versioned_private_kept_and_announces_objects(deployer: Any) -> None:
    bucket = deployer.one("AWS::S3::Bucket")
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    found = bucket["Properties"]
    assert found["VersioningConfiguration"] == {"Status": "Enabled"}
    assert found["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert found["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }
    expiring = [
        r["Prefix"] for r in found["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in r
    ]
    assert expiring == ["staging/"]
    (denied,) = deployer.one("AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]["Statement"]
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_recovery_rule_hears_every_bad_end_and_loses_none(deployer: Any) -> None:
    assert_hears(deployer, "recover", {"FAILED", "TIMED_OUT", "ABORTED"}, queue="recover")


def test_the_listener_for_contracts_hears_every_end_and_loses_none(deployer: Any) -> None:
    every = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
    assert_hears(deployer, "schedule-contract", every, queue="contract")


def test_the_listener_for_queues_hears_every_end_and_loses_none(deployer: Any) -> None:
    every = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
    assert_hears(deployer, "start-next", every, queue="start-next")


def test_the_sweep_comes_every_five_minutes_and_is_over_by_the_next(deployer: Any) -> None:
    rule = deployer.one("AWS::Events::Rule", Name="greenshift-sweep")["Properties"]
    assert rule["ScheduleExpression"] == f"rate({EVERY_SECONDS // 60} minutes)"
    (target,) = rule["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}
    assert function(deployer, "sweep")["Timeout"] < EVERY_SECONDS


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


def test_the_prune_comes_once_a_day_and_is_over_long_before_the_next(deployer: Any) -> None:
    rule = deployer.one("AWS::Events::Rule", Name="greenshift-prune")["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 day)"
    (target,) = rule["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}
    assert function(deployer, "prune")["Timeout"] > LONGEST_ASKED


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


def test_the_stream_tells_of_deployments_alone_and_gives_up_in_the_end(deployer: Any) -> None:
    table = deployer.one("AWS::DynamoDB::Table")["Properties"]
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    found = deployer.one("AWS::Lambda::EventSourceMapping")["Properties"]
    (pattern,) = [json.loads(each["Pattern"]) for each in found["FilterCriteria"]["Filters"]]
    assert pattern["dynamodb"]["Keys"]["pk"] == {"S": [{"prefix": "DEPLOYMENT#"}]}
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert found["BisectBatchOnFunctionError"] is True
    assert (found["MaximumRetryAttempts"], found["MaximumRecordAgeInSeconds"]) == (20, 3600)
    on_failure = found["DestinationConfig"]["OnFailure"]["Destination"]
    assert on_failure == undelivered(deployer, "notify")


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


def assert_hears(deployer: Any, name: str, statuses: set[str], *, queue: str) -> None:
    rule = deployer.one("AWS::Events::Rule", Name=f"greenshift-{name}")["Properties"]
    pattern = rule["EventPattern"]
    assert pattern["source"] == ["aws.states"]
    assert pattern["detail-type"] == ["Step Functions Execution Status Change"]
    assert set(pattern["detail"]["status"]) == statuses
    (prefix,) = pattern["detail"]["stateMachineArn"]
    assert prefix["prefix"]["Fn::Join"][1][-1].endswith(":stateMachine:greenshift-")
    (target,) = rule["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": undelivered(deployer, queue)}
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 86_400
    dead = {"TargetArn": undelivered(deployer, queue)}
    assert function(deployer, name)["DeadLetterConfig"] == dead


def undelivered(deployer: Any, name: str) -> dict[str, Any]:
    queue = deployer.id_of("AWS::SQS::Queue", QueueName=f"greenshift-{name}-undelivered")
    return {"Fn::GetAtt": [queue, "Arn"]}


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
        ("prune", {"DeleteFunction"}),
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
