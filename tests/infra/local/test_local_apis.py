"""The endpoint of an HTTP API, and what it answers when its function fails."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

CODE = (
    "def handler(event, context):\n"
    "    assert event['rawPath'] != '/boom', 'a secret'\n"
    "    if event['rawPath'] == '/502':\n"
    "        return {'statusCode': 502, 'body': 'its own'}\n"
    "    return {'statusCode': 200, 'body': event['rawPath'] + context.function_version}\n"
)


def endpoint(lab: Any) -> str:
    """Of an API whose every route leads to the alias `live`."""
    name = lab.function(CODE)
    lab["lambda"].publish_version(FunctionName=name)
    alias = lab["lambda"].create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    gateway = lab["apigatewayv2"]
    api = gateway.create_api(Name=name, ProtocolType="HTTP")
    integration = gateway.create_integration(
        ApiId=api["ApiId"],
        IntegrationType="AWS_PROXY",
        IntegrationUri=alias["AliasArn"],
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    gateway.create_route(
        ApiId=api["ApiId"], RouteKey="$default", Target=f"integrations/{integration}"
    )
    gateway.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
    assert gateway.get_api(ApiId=api["ApiId"])["ApiEndpoint"] == api["ApiEndpoint"]
    return str(api["ApiEndpoint"])


def of_a_stack(lab: Any) -> str:
    name = lab.name()
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": name, "ProtocolType": "HTTP"}}
    told = {"Endpoint": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}}}
    template = json.dumps({"Resources": {"Api": api}, "Outputs": told})
    lab["cloudformation"].create_stack(StackName=name, TemplateBody=template)

    def outputs() -> Any:
        return lab["cloudformation"].describe_stacks(StackName=name)["Stacks"][0].get("Outputs")

    (output,) = lab.poll(outputs)
    return str(output["OutputValue"])


def test_the_endpoint_of_an_api_serves_its_default_stage(corrected: Any) -> None:
    with urlopen(f"{endpoint(corrected)}/orders/7") as response:
        assert response.read() == b"/orders/71"


def test_a_stack_is_told_such_an_endpoint(corrected: Any, stock: Any) -> None:
    where = f"{corrected.environment.endpoint_url}/_aws/execute-api/"
    assert of_a_stack(corrected).startswith(where)
    assert not of_a_stack(stock).startswith(stock.environment.endpoint_url)


def test_stock_tells_a_name_of_its_own(stock: Any) -> None:
    host = str(urlsplit(endpoint(stock)).hostname)
    assert host.endswith(".execute-api.localhost")


def refused(url: str) -> tuple[int, bytes]:
    try:
        with urlopen(url) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def test_a_function_that_raises_is_a_500_without_its_words(corrected: Any, stock: Any) -> None:
    url = endpoint(corrected)
    assert refused(f"{url}/boom") == (500, b'{"message": "Internal Server Error"}')
    assert refused(f"{url}/502") == (502, b"its own")
    url, api = stock.environment.endpoint_url, str(urlsplit(endpoint(stock)).hostname)
    status, body = refused(f"{url}/_aws/execute-api/{api.partition('.')[0]}/$default/boom")
    assert status == 502
    assert b"a secret" in body
