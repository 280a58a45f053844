"""Step Functions: versions, ends, retries, paths; and the events of executions and objects."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError


def passing(result: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": result, "End": True}}}


WAITING = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 2, "Next": "B"}}}
WAITING["States"]["B"] = {"Type": "Fail", "Error": "TooLate"}  # type: ignore[index]


def test_an_alias_runs_the_version_that_it_points_at(stock: Any, corrected: Any) -> None:
    def by_alias(lab: Any) -> dict[str, Any]:
        made = lab.machine(passing("old"), publish=True)
        version = made["stateMachineVersionArn"]
        alias = lab["stepfunctions"].create_state_machine_alias(
            name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}]
        )["stateMachineAliasArn"]
        lab["stepfunctions"].update_state_machine(
            stateMachineArn=made["stateMachineArn"], definition=json.dumps(passing("new"))
        )
        started = lab["stepfunctions"].start_execution(stateMachineArn=alias)
        ran = lab["stepfunctions"].describe_state_machine_for_execution(
            executionArn=started["executionArn"]
        )
        return lab.ended(started["executionArn"]) | {"ran": json.loads(ran["definition"])}

    ended = by_alias(corrected)
    assert ended["output"] == '"old"' and ended["ran"] == passing("old")
    assert ended["stateMachineVersionArn"].endswith(":1")
    assert ended["stateMachineAliasArn"].endswith(":live")
    ended = by_alias(stock)
    assert ended["output"] == '"new"' and ended["ran"] == passing("new")
    assert "stateMachineAliasArn" not in ended


def test_the_same_start_again_answers_the_same_execution(stock: Any, corrected: Any) -> None:
    def twice(lab: Any) -> list[str]:
        arn, start = lab.machine(WAITING)["stateMachineArn"], lab["stepfunctions"].start_execution
        call = {"stateMachineArn": arn, "name": "once", "input": "{}"}
        return [start(**call)["executionArn"], start(**call)["executionArn"]]

    first, second = twice(corrected)
    assert first == second
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        twice(stock)
    arn = corrected.machine(WAITING)["stateMachineArn"]
    start = corrected["stepfunctions"].start_execution
    start(stateMachineArn=arn, name="once", input="{}")
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        start(stateMachineArn=arn, name="once", input='{"other": 1}')


def test_a_stopped_execution_stays_stopped(stock: Any, corrected: Any) -> None:
    def after_the_stop(lab: Any) -> str:
        """The status once the state that was under way has raised its error."""
        code = (
            "import time\ndef handler(event, context):\n    time.sleep(1)\n    raise ValueError()"
        )
        task = {"Type": "Task", "Resource": arn_of(lab.function(code)), "End": True}
        arn = lab.machine({"StartAt": "A", "States": {"A": task}})["stateMachineArn"]
        execution = lab["stepfunctions"].start_execution(stateMachineArn=arn)["executionArn"]
        history = lab["stepfunctions"].get_execution_history

        def seen(kind: str) -> bool:
            return kind in [e["type"] for e in history(executionArn=execution)["events"]]

        lab.poll(lambda: seen("TaskScheduled"))
        lab["stepfunctions"].stop_execution(executionArn=execution)
        lab.poll(lambda: seen("TaskFailed"))
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            found = lab["stepfunctions"].describe_execution(executionArn=execution)["status"]
            if found != "ABORTED":
                break
        return str(found)

    assert after_the_stop(corrected) == "ABORTED"
    assert after_the_stop(stock) == "FAILED"


def test_a_retry_ends_with_the_stop(stock: Any, corrected: Any) -> None:
    def calls_after_stop(lab: Any, seconds: float) -> int:
        name = lab.function("def handler(event, context): print('called'); raise ValueError()")
        retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1.0}
        task = {"Type": "Task", "Resource": arn_of(name), "Retry": [retry], "End": True}
        arn = lab.machine({"StartAt": "A", "States": {"A": task}})["stateMachineArn"]
        execution = lab["stepfunctions"].start_execution(stateMachineArn=arn)["executionArn"]
        lab.poll(lambda: calls(lab, name))
        lab["stepfunctions"].stop_execution(executionArn=execution)
        before, deadline = calls(lab, name), time.monotonic() + seconds
        while time.monotonic() < deadline and calls(lab, name) == before:
            time.sleep(0.1)
        return calls(lab, name) - before

    assert calls_after_stop(corrected, 1.6) == 0
    assert calls_after_stop(stock, 15) > 0


def arn_of(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:000000000000:function:{name}"


def calls(lab: Any, name: str) -> int:
    try:
        found = lab["logs"].filter_log_events(
            logGroupName=f"/aws/lambda/{name}", filterPattern="called"
        )
    except lab["logs"].exceptions.ResourceNotFoundException:
        return 0
    return len(found["events"])


def test_a_machine_that_takes_too_long_times_out(stock: Any, corrected: Any) -> None:
    assert corrected.run({"TimeoutSeconds": 1, **WAITING})["status"] == "TIMED_OUT"
    assert stock.run({"TimeoutSeconds": 1, **WAITING})["status"] == "FAILED"


def end_event(lab: Any, definition: dict[str, Any], stop: bool) -> dict[str, Any]:
    url, queue_arn = lab.queue()
    arn = lab.machine(definition)["stateMachineArn"]
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [arn]}}
    rule = lab.name()
    lab["events"].put_rule(Name=rule, EventPattern=json.dumps(pattern))
    lab["events"].put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": queue_arn}])
    execution = lab["stepfunctions"].start_execution(stateMachineArn=arn)["executionArn"]
    if stop:
        lab["stepfunctions"].stop_execution(executionArn=execution, error="E", cause="C")

    def look() -> Any:
        details = [event["detail"] for event in lab.messages(url)]
        return [detail for detail in details if detail["status"] != "RUNNING"]

    return dict(lab.poll(look)[0])


ENDS = [
    (passing(1), False, "SUCCEEDED", None),
    ({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E"}}}, False, "FAILED", "E"),
    (WAITING, True, "ABORTED", "E"),
    ({"TimeoutSeconds": 1, **WAITING}, False, "TIMED_OUT", None),
]


@pytest.mark.parametrize(("definition", "stop", "status", "error"), ENDS)
def test_every_end_is_announced(
    corrected: Any, definition: dict[str, Any], stop: bool, status: str, error: str | None
) -> None:
    detail = end_event(corrected, definition, stop)
    assert (detail["status"], detail["error"]) == (status, error)


def test_stock_announces_a_stop_without_its_error(stock: Any) -> None:
    detail = end_event(stock, WAITING, stop=True)
    assert (detail["status"], detail["error"]) == ("ABORTED", None)


def test_the_delay_of_a_retry_is_capped_and_jittered(stock: Any, corrected: Any) -> None:
    def failed(lab: Any) -> dict[str, Any]:
        name = lab.function("def handler(event, context): raise ValueError('x')")
        retry = {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": 1,
            "BackoffRate": 100.0,
            "MaxDelaySeconds": 2,
            "MaxAttempts": 2,
            "JitterStrategy": "FULL",
        }
        task = {"Type": "Task", "Resource": arn_of(name), "Retry": [retry], "End": True}
        arn = lab.machine({"StartAt": "A", "States": {"A": task}})["stateMachineArn"]
        return dict(lab["stepfunctions"].start_execution(stateMachineArn=arn))

    ended = corrected.ended(failed(corrected)["executionArn"])
    assert ended["status"] == "FAILED"
    waiting = failed(stock)["executionArn"]
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = stock["stepfunctions"].describe_execution(executionArn=waiting)["status"]
        assert found == "RUNNING", "the stock delay of 60 s has gone"
        time.sleep(0.2)
    stock["stepfunctions"].stop_execution(executionArn=waiting)


LOST = [
    {"Type": "Pass", "Parameters": {"x.$": "$.none"}, "End": True},
    {"Type": "Pass", "InputPath": "$.none", "End": True},
    {"Type": "Pass", "OutputPath": "$.none", "End": True},
    {"Type": "Wait", "SecondsPath": "$.none", "End": True},
    {
        "Type": "Choice",
        "Choices": [{"Variable": "$.none", "StringEquals": "a", "Next": "End"}],
        "Default": "End",
    },
]


@pytest.mark.parametrize("state", LOST)
def test_a_path_that_leads_nowhere_ends_the_execution(
    stock: Any, corrected: Any, state: dict[str, Any]
) -> None:
    definition = {"StartAt": "A", "States": {"A": state, "End": {"Type": "Succeed"}}}
    ended = corrected.run(definition)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert stock.run(definition)["status"] == "SUCCEEDED"


def test_nothing_catches_a_runtime_error(stock: Any, corrected: Any) -> None:
    def caught(lab: Any) -> str:
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::nothing:of-that-name",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
            "End": True,
        }
        states = {"A": task, "B": {"Type": "Succeed"}}
        return str(lab.run({"StartAt": "A", "States": states})["status"])

    assert caught(corrected) == "FAILED"
    assert caught(stock) == "SUCCEEDED"


def test_a_key_whose_value_is_null_is_present(stock: Any, corrected: Any) -> None:
    def present(lab: Any) -> str:
        choice = {
            "Type": "Choice",
            "Choices": [{"Variable": "$.key", "IsPresent": True, "Next": "Yes"}],
            "Default": "No",
        }
        states = {"A": choice, "Yes": {"Type": "Succeed"}, "No": {"Type": "Fail", "Error": "No"}}
        return str(lab.run({"StartAt": "A", "States": states}, {"key": None})["status"])

    assert present(corrected) == "SUCCEEDED"
    assert present(stock) == "FAILED"


def test_the_event_of_an_object_names_its_version(stock: Any, corrected: Any) -> None:
    def event(lab: Any) -> tuple[Any, Any]:
        bucket, (url, queue_arn) = lab.name(), lab.queue()
        lab["s3"].create_bucket(Bucket=bucket)
        lab["s3"].put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        lab["s3"].put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
        lab["events"].put_rule(Name=bucket, EventPattern=json.dumps(pattern))
        lab["events"].put_targets(Rule=bucket, Targets=[{"Id": "1", "Arn": queue_arn}])
        put = lab["s3"].put_object(Bucket=bucket, Key="releases/a b.zip", Body=b"one")
        [found] = lab.poll(lambda: lab.messages(url))
        assert found["detail"]["object"]["key"] == "releases/a b.zip"
        return put["VersionId"], found["detail"]["object"].get("version-id")

    put, told = event(corrected)
    assert told == put
    put, told = event(stock)
    assert told is None


TEMPLATE = {
    "Resources": {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": "arn:aws:iam::000000000000:role/any",
                "DefinitionString": json.dumps(passing(1)),
            },
        },
        "Version": {
            "Type": "AWS::StepFunctions::StateMachineVersion",
            "Properties": {"StateMachineArn": {"Ref": "Machine"}},
        },
        "Alias": {
            "Type": "AWS::StepFunctions::StateMachineAlias",
            "Properties": {
                "Name": "live",
                "RoutingConfiguration": [
                    {"StateMachineVersionArn": {"Ref": "Version"}, "Weight": 100}
                ],
            },
        },
    },
    "Outputs": {"Alias": {"Value": {"Ref": "Alias"}}},
}


def test_a_template_makes_a_machines_version_and_alias(stock: Any, corrected: Any) -> None:
    def deploy(lab: Any) -> dict[str, Any]:
        name = lab.name()
        lab["cloudformation"].create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))

        def look() -> Any:
            [stack] = lab["cloudformation"].describe_stacks(StackName=name)["Stacks"]
            return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

        return dict(lab.poll(look))

    stack = deploy(corrected)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    alias = stack["Outputs"][0]["OutputValue"]
    started = corrected["stepfunctions"].start_execution(stateMachineArn=alias)
    assert corrected.ended(started["executionArn"])["stateMachineAliasArn"] == alias
    corrected["cloudformation"].delete_stack(StackName=stack["StackName"])
    try:
        refused = deploy(stock)["StackStatus"] != "CREATE_COMPLETE"
    except ClientError:
        refused = True
    assert refused
