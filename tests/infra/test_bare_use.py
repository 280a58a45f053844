"""What goes past `live` to the function itself is found at synthesis, and what goes to `live` is not."""

from collections.abc import Callable
from typing import Any

import pytest

Way = Callable[[Any, Any], None]
ROLE = "arn:aws:iam::000000000000:role/caller"


@pytest.fixture
def stack(aws: Any) -> Any:
    """An empty stack; after the session's synthesis, so that jsii is up."""
    from aws_cdk import App, Stack

    return Stack(App(analytics_reporting=False), "Stack")


@pytest.fixture
def api(stack: Any) -> Any:
    return function(stack, "Api", "shop-api")


@pytest.fixture
def live(stack: Any, api: Any) -> Any:
    """The alias `live` of the function, from the service that it is registered with."""
    from greenshift_cdk import BlueGreenService, ManagedFunction

    functions = {"api": ManagedFunction(api, "entry")}
    return BlueGreenService(stack, "Service", service="shop", functions=functions).live("api")


def function(stack: Any, construct_id: str, name: str) -> Any:
    from aws_cdk import aws_lambda as lambda_

    return lambda_.Function(
        stack,
        construct_id,
        function_name=name,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def synthesise(stack: Any) -> None:
    from aws_cdk.assertions import Template

    Template.from_stack(stack)


def rest_api(stack: Any, target: Any) -> None:
    from aws_cdk import aws_apigateway as apigateway

    api = apigateway.RestApi(stack, "Way")
    api.root.add_method("GET", apigateway.LambdaIntegration(target))


def http_api(stack: Any, target: Any) -> None:
    from aws_cdk import aws_apigatewayv2 as apigateway
    from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration

    api = apigateway.HttpApi(stack, "Way")
    api.add_routes(path="/", integration=HttpLambdaIntegration("Integration", target))


def http_api_target(stack: Any, target: Any) -> None:
    from aws_cdk import aws_apigatewayv2 as apigateway

    apigateway.CfnApi(stack, "Way", name="shop", protocol_type="HTTP", target=target.function_arn)


def websocket_api(stack: Any, target: Any) -> None:
    from aws_cdk import aws_apigatewayv2 as apigateway
    from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration

    api = apigateway.WebSocketApi(stack, "Way")
    api.add_route("send", integration=WebSocketLambdaIntegration("Integration", target))


def authorizer(stack: Any, target: Any) -> None:
    from aws_cdk import aws_apigatewayv2 as apigateway
    from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer
    from aws_cdk.aws_apigatewayv2_integrations import HttpUrlIntegration

    apigateway.HttpApi(stack, "Way").add_routes(
        path="/",
        integration=HttpUrlIntegration("Url", "https://example.com"),
        authorizer=HttpLambdaAuthorizer("Authorizer", target),
    )


def queue(stack: Any, target: Any) -> None:
    from aws_cdk import aws_sqs as sqs
    from aws_cdk.aws_lambda_event_sources import SqsEventSource

    target.add_event_source(SqsEventSource(sqs.Queue(stack, "Way")))


def topic(stack: Any, target: Any) -> None:
    from aws_cdk import aws_sns as sns
    from aws_cdk.aws_sns_subscriptions import LambdaSubscription

    sns.Topic(stack, "Way").add_subscription(LambdaSubscription(target))


def topic_inline(stack: Any, target: Any) -> None:
    from aws_cdk import aws_sns as sns

    subscription = sns.CfnTopic.SubscriptionProperty(
        endpoint=target.function_arn, protocol="lambda"
    )
    sns.CfnTopic(stack, "Way", subscription=[subscription])


def rule(stack: Any, target: Any) -> None:
    from aws_cdk import aws_events as events
    from aws_cdk.aws_events_targets import LambdaFunction

    events.Rule(stack, "Way", schedule=events.Schedule.cron(), targets=[LambdaFunction(target)])


def schedule(stack: Any, target: Any) -> None:
    from aws_cdk import Duration
    from aws_cdk import aws_scheduler as scheduler
    from aws_cdk.aws_scheduler_targets import LambdaInvoke

    hourly = scheduler.ScheduleExpression.rate(Duration.hours(1))
    scheduler.Schedule(stack, "Way", schedule=hourly, target=LambdaInvoke(target))


def bucket(stack: Any, target: Any) -> None:
    from aws_cdk import aws_s3 as s3
    from aws_cdk.aws_s3_notifications import LambdaDestination

    s3.Bucket(stack, "Way").add_object_created_notification(LambdaDestination(target))


def bucket_inline(stack: Any, target: Any) -> None:
    from aws_cdk import aws_s3 as s3

    called = s3.CfnBucket.LambdaConfigurationProperty(
        event="s3:ObjectCreated:*", function=target.function_arn
    )
    notifications = s3.CfnBucket.NotificationConfigurationProperty(lambda_configurations=[called])
    s3.CfnBucket(stack, "Way", notification_configuration=notifications)


def url(stack: Any, target: Any) -> None:
    target.add_function_url()


def permission(stack: Any, target: Any) -> None:
    from aws_cdk import aws_iam as iam

    target.add_permission("Allowed", principal=iam.ServicePrincipal("apigateway.amazonaws.com"))


def data_source(stack: Any, target: Any) -> None:
    from aws_cdk import aws_appsync as appsync

    called = appsync.CfnDataSource.LambdaConfigProperty(lambda_function_arn=target.function_arn)
    appsync.CfnDataSource(
        stack, "Way", api_id="api", name="way", type="AWS_LAMBDA", lambda_config=called
    )


def log_subscription(stack: Any, target: Any) -> None:
    from aws_cdk import aws_logs as logs

    logs.CfnSubscriptionFilter(
        stack,
        "Way",
        log_group_name="others",
        filter_pattern="",
        destination_arn=target.function_arn,
    )


def pipe(stack: Any, target: Any) -> None:
    from aws_cdk import aws_pipes as pipes

    source = "arn:aws:sqs:us-east-1:000000000000:others"
    pipes.CfnPipe(stack, "Way", role_arn=ROLE, source=source, target=target.function_arn)


WAYS: dict[str, tuple[Way, str]] = {
    "REST API": (rest_api, "integrates a REST API with"),
    "HTTP API": (http_api, "integrates an API with"),
    "HTTP API with a target": (http_api_target, "integrates an HTTP API with"),
    "WebSocket API": (websocket_api, "integrates an API with"),
    "authorizer": (authorizer, "authorizes by"),
    "queue": (queue, "puts an event source on"),
    "topic": (topic, "subscribes"),
    "topic with its subscriptions": (topic_inline, "subscribes"),
    "rule": (rule, "sends events to"),
    "schedule": (schedule, "schedules"),
    "bucket": (bucket, "notifies"),
    "bucket with its notifications": (bucket_inline, "notifies"),
    "URL": (url, "puts a URL on"),
    "permission": (permission, "puts a permission on"),
    "AppSync": (data_source, "resolves by"),
    "logs": (log_subscription, "sends logs to"),
    "pipe": (pipe, "pipes into"),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_calls_the_function_itself_is_named_with_what_to_use(
    stack: Any, api: Any, live: Any, way: str
) -> None:
    arrange, does = WAYS[way]
    arrange(stack, api)
    with pytest.raises(RuntimeError) as refused:
        synthesise(stack)
    said = (
        rf'Stack/\S*\S {does} the function "api" itself, .*use live\("api"\) of the service "shop"'
    )
    assert refused.match(said)


def test_what_calls_the_alias_is_fine(stack: Any, live: Any) -> None:
    from constructs import Construct

    for way, (arrange, _) in WAYS.items():
        arrange(Construct(stack, way.replace(" ", "")), live)
    synthesise(stack)


def test_a_function_that_is_not_registered_may_do_as_it_likes(stack: Any, live: Any) -> None:
    from constructs import Construct

    other = function(stack, "Other", "shop-api-2")
    assert other.current_version
    for way, (arrange, _) in WAYS.items():
        arrange(Construct(stack, way.replace(" ", "")), other)
    synthesise(stack)


def test_a_permission_on_the_function_says_that_its_alias_has_none(
    stack: Any, api: Any, live: Any
) -> None:
    permission(stack, api)
    with pytest.raises(
        RuntimeError, match="itself, and calls of its alias are refused all the sam"
    ):
        synthesise(stack)


def test_an_iam_policy_that_allows_more_than_the_alias_routes_nothing(
    stack: Any, api: Any, live: Any
) -> None:
    from aws_cdk import aws_iam as iam

    api.grant_invoke(iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal()))
    synthesise(stack)


def a_version(stack: Any, api: Any) -> None:
    assert api.current_version


def an_alias(stack: Any, api: Any) -> None:
    from aws_cdk import aws_lambda as lambda_

    lambda_.CfnAlias(
        stack, "Mine", function_name=api.function_name, function_version="1", name="mine"
    )


@pytest.mark.parametrize(("arrange", "does"), [(a_version, "a version"), (an_alias, "an alias")])
def test_what_would_release_past_the_machine_is_named(
    stack: Any, api: Any, live: Any, arrange: Way, does: str
) -> None:
    arrange(stack, api)
    with pytest.raises(RuntimeError, match=rf'puts {does} of the function "api" itself, which'):
        synthesise(stack)


ARN = "arn:aws:lambda:us-east-1:000000000000:function:shop-api"
NAMES: list[tuple[str, bool]] = [
    ("shop-api", True),
    ("shop-api:$LATEST", True),
    ("shop-api:live", False),
    ("shop-api:7", False),
    ("shop-api-2", False),
    ("${AWS::StackName}-shop-api", False),
    ("${Api}", True),
    ("${Api}:live", False),
    ("${Api.Arn}", True),
    ("${Api.Arn}:live", False),
    ("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:shop-api", True),
    ("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:shop-api:live", False),
    (ARN, True),
    (f"{ARN}:live", False),
    (f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations", True),
    (f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}:live/invocations", False),
    (ARN.replace("us-east-1", "eu-west-1"), False),
    (ARN.replace("000000000000", "111111111111"), False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bare"), NAMES)
def test_a_function_is_known_by_its_name_and_its_arn_however_they_are_put_together(
    aws: Any, name: str, *, bare: bool
) -> None:
    from aws_cdk import App, Environment, Stack
    from greenshift_cdk.function_names import FunctionNames

    where = Environment(account="000000000000", region="us-east-1")
    stack = Stack(App(analytics_reporting=False), "Stack", env=where)
    api = function(stack, "Api", "shop-api")
    logical_id = stack.get_logical_id(api.node.default_child)
    names = FunctionNames(stack, {"api": (api, "shop-api")})
    text = name.replace("${Api", f"${{{logical_id}")
    found = names.bare({"Fn::Sub": text} if "${" in text else text)
    assert found == ("api" if bare else None)
