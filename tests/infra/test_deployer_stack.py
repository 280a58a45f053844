"""The deployer's template: what is kept, and what fits together."""

import json
from typing import Any

import pytest
from deployer_functions import (
    FUNCTIONS,
    LISTENERS,
    PHASES,
    READS_BUNDLES,
    ROOT,
    function,
    undelivered,
)

from handlers.domain.pruning.outcome import LONGEST_ASKED
from handlers.listeners.sweep import EVERY_SECONDS


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


def test_the_prune_comes_once_a_day_and_is_over_long_before_the_next(deployer: Any) -> None:
    rule = deployer.one("AWS::Events::Rule", Name="greenshift-prune")["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 day)"
    (target,) = rule["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}
    assert function(deployer, "prune")["Timeout"] > LONGEST_ASKED


def test_the_stream_tells_of_deployments_and_of_queues_and_gives_up_in_the_end(
    deployer: Any,
) -> None:
    table = deployer.one("AWS::DynamoDB::Table")["Properties"]
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    found = deployer.one("AWS::Lambda::EventSourceMapping")["Properties"]
    (pattern,) = [json.loads(each["Pattern"]) for each in found["FilterCriteria"]["Filters"]]
    keys = pattern["dynamodb"]["Keys"]
    assert keys["pk"] == {"S": [{"prefix": "DEPLOYMENT#"}, {"prefix": "SERVICE#"}]}
    assert {"prefix": "LEFT#"} in keys["sk"]["S"]
    assert {"prefix": "LIVE"} not in keys["sk"]["S"]
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert found["BisectBatchOnFunctionError"] is True
    assert (found["MaximumRetryAttempts"], found["MaximumRecordAgeInSeconds"]) == (20, 3600)
    on_failure = found["DestinationConfig"]["OnFailure"]["Destination"]
    assert on_failure == undelivered(deployer, "notify")


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
