"""Weighted aliases, the rules for aliases, and publishing."""

import http.client
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

WHO = """
import json, os
def handler(event, context):
    version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
    print("served by " + version)
    return {"statusCode": 200, "body": json.dumps([version, context.invoked_function_arn])}
"""
CALLS = 60


def by_invoke(lab: Any, name: str, arn: str) -> Any:
    def call() -> str:
        answer = lab.invoke(name, Qualifier="live")
        version, seen_arn = json.loads(answer["Payload"]["body"])
        assert answer["ExecutedVersion"] == version
        assert seen_arn == arn
        return str(version)

    return lab.versions(call, CALLS)


def by_http_api(lab: Any, name: str, arn: str) -> Any:
    api = lab["apigatewayv2"].create_api(Name=lab.name(), ProtocolType="HTTP")["ApiId"]
    integration = lab["apigatewayv2"].create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    target = f"integrations/{integration}"
    lab["apigatewayv2"].create_route(ApiId=api, RouteKey="$default", Target=target)
    lab["apigatewayv2"].create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    host = lab.environment.endpoint_url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)

    def call() -> str:
        connection.request("GET", f"/_aws/execute-api/{api}/$default/x")
        return str(json.loads(connection.getresponse().read())[0])

    return lab.versions(call, CALLS)


def by_rest_api(lab: Any, name: str, arn: str) -> Any:
    client = lab["apigateway"]
    api = client.create_rest_api(name=lab.name())["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    client.put_method(**method, authorizationType="NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    client.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    client.create_deployment(restApiId=api, stageName="prod")
    host = lab.environment.endpoint_url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)

    def call() -> str:
        connection.request("GET", f"/_aws/execute-api/{api}/prod/")
        return str(json.loads(connection.getresponse().read())[0])

    return lab.versions(call, CALLS)


def by_step_functions(lab: Any, name: str, arn: str) -> Any:
    task = {"Type": "Task", "Resource": arn, "End": True}
    one = {"StartAt": "Call", "States": {"Call": task}}
    every = {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": one, "End": True}
    ended = lab.run({"StartAt": "All", "States": {"All": every}}, [{}] * CALLS)
    served = [json.loads(answer["body"])[0] for answer in json.loads(ended["output"])]
    return lab.versions(iter(served).__next__, CALLS)


def logged(lab: Any, name: str) -> Any:
    """Who served, by the function's log: for triggers that get no answer."""

    def look() -> Any:
        pages = (
            lab["logs"]
            .get_paginator("filter_log_events")
            .paginate(logGroupName=f"/aws/lambda/{name}", filterPattern='"served by"')
        )
        try:
            found = [event["message"].split()[-1] for page in pages for event in page["events"]]
        except lab["logs"].exceptions.ResourceNotFoundException:
            return None
        return found if len(found) >= CALLS else None

    served = lab.poll(look)
    return lab.versions(iter(served).__next__, CALLS)


def by_queue(lab: Any, name: str, arn: str) -> Any:
    url, queue_arn = lab.queue()
    for _ in range(CALLS // 10):
        entries = [{"Id": str(number), "MessageBody": "{}"} for number in range(10)]
        lab["sqs"].send_message_batch(QueueUrl=url, Entries=entries)
    lab["lambda"].create_event_source_mapping(
        EventSourceArn=queue_arn, FunctionName=arn, BatchSize=1
    )
    return logged(lab, name)


def by_event(lab: Any, name: str, arn: str) -> Any:
    for _ in range(CALLS):
        lab.invoke(name, Qualifier="live", InvocationType="Event")
    return logged(lab, name)


def by_topic(lab: Any, name: str, arn: str) -> Any:
    topic = lab["sns"].create_topic(Name=lab.name())["TopicArn"]
    lab["sns"].subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    for _ in range(CALLS):
        lab["sns"].publish(TopicArn=topic, Message="x")
    return logged(lab, name)


def by_rule(lab: Any, name: str, arn: str) -> Any:
    source = lab.name()
    lab["events"].put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    lab["events"].put_targets(Rule=source, Targets=[{"Id": "1", "Arn": arn}])
    for _ in range(CALLS // 10):
        entry = {"Source": source, "DetailType": "x", "Detail": "{}"}
        lab["events"].put_events(Entries=[entry] * 10)
    return logged(lab, name)


TRIGGERS = [
    by_invoke,
    by_http_api,
    by_rest_api,
    by_step_functions,
    by_queue,
    by_event,
    by_topic,
    by_rule,
]


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_the_weights_of_an_alias_hold_for_every_trigger(corrected: Any, trigger: Any) -> None:
    served = trigger(corrected, *corrected.weighted(WHO, 0.5))
    # With 60 fair draws fewer than 10 of a kind come about once in fifty million runs.
    assert served["1"] >= 10 and served["2"] >= 10
    assert served.total() == CALLS


@pytest.mark.parametrize("trigger", [by_invoke, by_http_api, by_queue])
def test_stock_ignores_the_weights_of_an_alias(stock: Any, trigger: Any) -> None:
    assert trigger(stock, *stock.weighted(WHO, 0.99)) == {"1": CALLS}


def test_ending_a_shift_sends_every_call_to_green(corrected: Any) -> None:
    name, arn = corrected.weighted(WHO, 0.5)
    corrected["lambda"].update_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="2",
        RoutingConfig={"AdditionalVersionWeights": {}},
    )
    assert "RoutingConfig" not in corrected["lambda"].get_alias(FunctionName=name, Name="live")
    assert by_invoke(corrected, name, arn) == {"2": CALLS}


def refusal(lab: Any, **alias: Any) -> str | None:
    name, _ = lab.weighted(WHO, 0.1)
    try:
        lab["lambda"].update_alias(FunctionName=name, Name="live", **alias)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


RULES = [
    ({"FunctionVersion": "9"}, "ResourceNotFoundException"),
    (
        {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"9": 0.1}}},
        "ResourceNotFoundException",
    ),
    (
        {"FunctionVersion": "$LATEST", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1}}},
        "InvalidParameterValueException",
    ),
    (
        {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1}}},
        "InvalidParameterValueException",
    ),
]


@pytest.mark.parametrize(("alias", "code"), RULES)
def test_an_alias_that_aws_refuses_is_refused(
    stock: Any, corrected: Any, alias: dict[str, Any], code: str
) -> None:
    assert refusal(corrected, **alias) == code
    assert refusal(stock, **alias) is None


def test_two_roles_cannot_share_an_alias(stock: Any, corrected: Any) -> None:
    def shift(lab: Any) -> str | None:
        name = lab.function(WHO)
        lab["lambda"].publish_version(FunctionName=name)
        other = "arn:aws:iam::000000000000:role/other"
        lab["lambda"].update_function_configuration(FunctionName=name, Role=other)
        lab["lambda"].publish_version(FunctionName=name)
        try:
            lab["lambda"].create_alias(
                FunctionName=name,
                Name="live",
                FunctionVersion="1",
                RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
            )
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return None

    assert shift(corrected) == "InvalidParameterValueException"
    assert shift(stock) is None


def test_publishing_keeps_to_its_conditions(stock: Any, corrected: Any) -> None:
    def publish(lab: Any, **condition: str) -> str:
        name = lab.function(WHO)
        try:
            found = lab["lambda"].publish_version(FunctionName=name, **condition)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return str(found["Version"])

    wrong_code, wrong_revision = {"CodeSha256": "AAAA"}, {"RevisionId": "none"}
    assert publish(corrected, **wrong_code) == "InvalidParameterValueException"
    assert publish(corrected, **wrong_revision) == "PreconditionFailedException"
    assert publish(stock, **wrong_code) == publish(stock, **wrong_revision) == "1"


def test_publishing_the_same_again_answers_the_last_version(stock: Any, corrected: Any) -> None:
    def publish(lab: Any) -> list[str]:
        name = lab.function(WHO)
        made = [lab["lambda"].publish_version(FunctionName=name, Description="a")["Version"]]
        lab.upload(name, WHO)
        made.append(lab["lambda"].publish_version(FunctionName=name, Description="b")["Version"])
        lab["lambda"].update_function_configuration(FunctionName=name, Description="c")
        made.append(lab["lambda"].publish_version(FunctionName=name)["Version"])
        return made

    assert publish(corrected) == ["1", "1", "2"]
    assert publish(stock) == ["1", "2", "3"]
