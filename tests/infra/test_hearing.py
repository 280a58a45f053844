"""What the stacks make of alarms and logs: a rule, two listeners, and filters on log groups."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from greenshift_cdk import BlueGreenService, ManagedFunction

from handlers.domain.logs.lines import FILTER

LISTENERS = ("hear-alarm", "hear-log")


def test_a_function_with_a_log_group_of_the_stack_is_heard(shop: Any) -> None:
    found = shop.one("AWS::Logs::SubscriptionFilter")["Properties"]
    group = shop.one("AWS::Lambda::Function", FunctionName="shop-api")["Properties"]
    assert found["LogGroupName"] == group["LoggingConfig"]["LogGroup"]
    assert found["FilterName"] == "greenshift"
    read = {
        name: shop.body["Parameters"][found[name]["Ref"]]["Default"]
        for name in ("DestinationArn", "FilterPattern")
    }
    assert read == {
        "DestinationArn": "/greenshift/deployer/hear-log",
        "FilterPattern": "/greenshift/deployer/hear-log-pattern",
    }


def test_a_function_that_makes_its_group_itself_gets_no_filter(plain: Any) -> None:
    assert not plain.of("AWS::Logs::SubscriptionFilter")


def test_functions_that_share_a_group_get_one_filter_and_who_wants_none_gets_none() -> None:
    stack = Stack(App(), "Stack")
    groups = {name: logs.LogGroup(stack, name) for name in ("Shared", "Full")}

    def managed(name: str, group: str, **more: Any) -> ManagedFunction:
        function = lambda_.Function(
            stack,
            name,
            function_name=name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("handler = None"),
            log_group=groups[group],
        )
        return ManagedFunction(function, "entry", **more)

    BlueGreenService(
        stack,
        "Service",
        service="three",
        functions={
            "a": managed("a", "Shared"),
            "b": managed("b", "Shared"),
            "c": managed("c", "Full", log_subscription=False),
        },
    )
    filters = Template.from_stack(stack).find_resources("AWS::Logs::SubscriptionFilter")
    (found,) = filters.values()
    assert found["Properties"]["LogGroupName"]["Ref"].startswith("Shared")


def test_the_deployer_tells_services_which_lines_to_send_and_where(deployer: Any) -> None:
    name = "/greenshift/deployer/hear-log"
    function = deployer.id_of("AWS::Lambda::Function", FunctionName="greenshift-hear-log")
    told = deployer.one("AWS::SSM::Parameter", Name=name)["Properties"]["Value"]
    assert told == {"Fn::GetAtt": [function, "Arn"]}
    pattern = deployer.one("AWS::SSM::Parameter", Name=f"{name}-pattern")["Properties"]["Value"]
    assert pattern == FILTER


def test_only_logs_of_this_account_may_call_the_listener(deployer: Any) -> None:
    found = deployer.one("AWS::Lambda::Permission", Principal="logs.amazonaws.com")["Properties"]
    assert found["SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert found["SourceArn"]["Fn::Join"][1][-1] == ":log-group:*"


def test_the_listener_hears_alarms_that_went_red_and_gives_up_on_stale_ones(deployer: Any) -> None:
    rule = deployer.one("AWS::Events::Rule", Name="greenshift-hear-alarm")["Properties"]
    assert rule["EventPattern"] == {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"state": {"value": ["ALARM"]}},
    }
    (target,) = rule["Targets"]
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 300


@pytest.mark.parametrize("name", LISTENERS)
def test_the_listeners_read_and_write_the_ledger_and_nothing_else(deployer: Any, name: str) -> None:
    function = deployer.one("AWS::Lambda::Function", FunctionName=f"greenshift-{name}")
    role = function["Properties"]["Role"]["Fn::GetAtt"][0]
    actions = {
        action
        for statement in deployer.statements_of(role)
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }
    assert {each for each in actions if not each.startswith(("logs:", "xray:"))} == {
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    }
