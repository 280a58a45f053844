"""The preview of a service in its stack: what it reaches, who may call it, and what it refuses."""

import json
from typing import Any

import pytest

from handlers.domain.registration.registration import read_registration


@pytest.fixture
def tried(aws: Any) -> Any:
    """A service with two entries and a preview of one of them."""
    return aws.templates["Tried"]


def registration(template: Any, service: str) -> dict[str, Any]:
    name = f"/greenshift/services/{service}"
    value = template.one("AWS::SSM::Parameter", Name=name)["Properties"]["Value"]
    parts = value["Fn::Join"][1] if isinstance(value, dict) else [value]
    texts = [part if isinstance(part, str) else _known(part) for part in parts]
    found: dict[str, Any] = json.loads("".join(texts))
    return found


def _known(reference: dict[str, Any]) -> str:
    """What only the deploy knows, in its form."""
    if reference.get("Fn::GetAtt", ["", ""])[1] == "Arn":
        return "arn:aws:iam::123456789012:role/greenshift-preview/caller"
    return "https://abc.execute-api.eu-west-1.amazonaws.com"


def test_every_route_of_a_preview_leads_to_the_alias_preview(tried: Any) -> None:
    routes = {
        route["Properties"]["RouteKey"]: route["Properties"]
        for route in tried.of("AWS::ApiGatewayV2::Route").values()
    }
    assert set(routes) == {"ANY /{proxy+}", "GET /orders/{id}"}
    (integration,) = tried.of("AWS::ApiGatewayV2::Integration").values()
    owner = tried.id_of("Custom::GreenshiftPreviewAlias")
    uri = integration["Properties"]["IntegrationUri"]
    assert uri["Fn::Join"][1][-1] == {"Fn::GetAtt": [owner, "AliasName"]}
    for permission in tried.of("AWS::Lambda::Permission").values():
        named = permission["Properties"]["FunctionName"]
        assert named["Fn::Join"][1][-1] == {"Fn::GetAtt": [owner, "AliasName"]}
        assert permission["Properties"]["Principal"] == "apigateway.amazonaws.com"


def test_a_preview_asks_iam_unless_it_is_told_otherwise(tried: Any) -> None:
    for route in tried.of("AWS::ApiGatewayV2::Route").values():
        assert route["Properties"]["AuthorizationType"] == "AWS_IAM"


def test_the_alias_preview_is_made_by_the_deployers_function_beside_live(tried: Any) -> None:
    function = {"Ref": tried.id_of("AWS::Lambda::Function", FunctionName="tried-api")}
    live = tried.id_of("Custom::GreenshiftLiveAlias", FunctionName=function)
    found = tried.one("Custom::GreenshiftPreviewAlias")["Properties"]
    assert found["FunctionName"] == function
    assert (found["AliasName"], found["Service"]) == ("preview", "tried")
    assert found["Beside"] == {"Fn::GetAtt": [live, "AliasName"]}
    assert not tried.of("AWS::Lambda::Alias")


def test_a_preview_is_registered_as_the_handlers_read_it(tried: Any) -> None:
    document = registration(tried, "tried")
    assert set(document["preview"]) == {"url", "alias", "functions", "roleArn"}
    found, findings = read_registration(json.dumps(document), "tried")
    assert findings == []
    assert found is not None
    assert found.preview is not None
    assert (found.preview.alias, found.preview.functions) == ("preview", ("api",))


def test_greenshift_calls_it_in_a_role_that_may_do_nothing_else(tried: Any, deployer: Any) -> None:
    (name,) = [
        name
        for name, role in tried.of("AWS::IAM::Role").items()
        if role["Properties"].get("Path") == "/greenshift-preview/"
    ]
    (statement,) = tried.statements_of(name)
    assert statement["Action"] == "execute-api:Invoke"
    api = tried.id_of("AWS::ApiGatewayV2::Api")
    assert {"Ref": api} in statement["Resource"]["Fn::Join"][1]
    assert statement["Resource"]["Fn::Join"][1][-1] == "/$default/*/*"
    verifier = deployer.one("AWS::Lambda::Function", FunctionName="greenshift-verify-green")
    role = verifier["Properties"]["Role"]["Fn::GetAtt"][0]
    (assume,) = [s for s in deployer.statements_of(role) if s["Action"] == "sts:AssumeRole"]
    assert assume["Resource"]["Fn::Join"][1][-1] == ":role/greenshift-preview/*"


def test_who_called_it_is_logged_and_nobody_can_starve_the_traffic(tried: Any) -> None:
    stage = tried.one("AWS::ApiGatewayV2::Stage")["Properties"]
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": 40}
    log = tried.id_of(
        "AWS::Logs::LogGroup", LogGroupName="/aws/vendedlogs/greenshift-tried-preview"
    )
    settings = stage["AccessLogSettings"]
    assert settings["DestinationArn"] == {"Fn::GetAtt": [log, "Arn"]}
    assert json.loads(settings["Format"])["who"] == "$context.identity.userArn"


def test_where_it_is_is_an_output_of_the_stack(tried: Any) -> None:
    api = tried.id_of("AWS::ApiGatewayV2::Api")
    output = tried.body["Outputs"]["TriedPreviewUrl"]
    assert output["Value"] == {"Fn::GetAtt": [api, "ApiEndpoint"]}


@pytest.fixture
def stack(aws: Any) -> Any:
    from aws_cdk import App, Stack

    return Stack(App(analytics_reporting=False), "Stack")


def service(stack: Any, preview: Any, *kinds: str) -> Any:
    from aws_cdk import aws_lambda as lambda_
    from greenshift_cdk import BlueGreenService, ManagedFunction

    functions = {
        f"f{number}": ManagedFunction(
            lambda_.Function(
                stack,
                f"F{number}",
                function_name=f"shop-f{number}",
                runtime=lambda_.Runtime.PYTHON_3_13,
                handler="index.handler",
                code=lambda_.Code.from_inline("def handler(event, context): ..."),
            ),
            kind,  # type: ignore[arg-type]
        )
        for number, kind in enumerate(kinds or ("entry",))
    }
    return BlueGreenService(stack, "Service", service="shop", functions=functions, preview=preview)


def synthesised(stack: Any) -> list[Any]:
    from aws_cdk.assertions import Template

    return list(Template.from_stack(stack).to_json()["Resources"].values())


def test_without_routes_every_request_goes_to_the_only_entry(stack: Any) -> None:
    from greenshift_cdk import Preview

    service(stack, Preview(), "consumer", "entry")
    (route,) = [r for r in synthesised(stack) if r["Type"] == "AWS::ApiGatewayV2::Route"]
    assert route["Properties"]["RouteKey"] == "$default"
    assert route["Properties"]["AuthorizationType"] == "AWS_IAM"


def test_another_authorizer_is_asked_and_no_role_is_made(stack: Any) -> None:
    from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
    from greenshift_cdk import Preview

    issuer = "https://login.example.com"
    authorizer = HttpJwtAuthorizer("Jwt", issuer, jwt_audience=["testers"])
    made = service(stack, Preview(authorizer=authorizer))
    resources = synthesised(stack)
    (route,) = [r for r in resources if r["Type"] == "AWS::ApiGatewayV2::Route"]
    assert route["Properties"]["AuthorizationType"] == "JWT"
    assert not [r for r in resources if r["Properties"].get("Path") == "/greenshift-preview/"]
    assert "execute-api" in made.preview_url or made.preview_url.startswith("${Token")


def test_testers_may_be_let_in_and_ways_in_of_ones_own_refer_to_the_alias(stack: Any) -> None:
    from aws_cdk import aws_iam as iam
    from greenshift_cdk import Preview

    made = service(stack, Preview())
    role = iam.Role(stack, "Testers", assumed_by=iam.AccountRootPrincipal())
    assert made.grant_preview(role).success
    assert "function_arn" in dir(made.preview("f0"))
    with pytest.raises(ValueError, match='does not reach "web"; it reaches f0'):
        made.preview("web")


@pytest.mark.parametrize(
    ("given", "kinds", "says"),
    [
        ({}, ("entry", "entry"), "has 2 functions of the kind entry .f0 and f1.; give its preview"),
        ({}, ("consumer",), "has 0 functions of the kind entry .none.; give its preview the routes"),
        ({"routes": {}}, ("entry",), "has no routes; give it one"),
        ({"routes": {"/orders/{id}": "web"}}, ("entry",), 'to "web", which is no function of the k'),
        ({"routes": {"/a": "f1"}}, ("entry", "consumer"), 'to "f1", which is no function of the k'),
        ({"routes": {"GET orders": "f0"}}, ("entry",), 'has the route "GET orders"; write it as'),
        ({"routes": {"FETCH /a": "f0"}}, ("entry",), 'has the route "FETCH /a"; write it as'),
    ],
)  # fmt: skip
def test_a_preview_that_leads_nowhere_is_refused_before_anything_is_made(
    stack: Any, given: dict[str, Any], kinds: tuple[str, ...], says: str
) -> None:
    from greenshift_cdk import Preview

    with pytest.raises(ValueError, match=says):
        service(stack, Preview(**given), *kinds)
    assert [child.node.id for child in stack.node.children] == [f"F{n}" for n in range(len(kinds))]


def test_a_preview_for_the_whole_world_is_refused(stack: Any) -> None:
    from aws_cdk.aws_apigatewayv2 import HttpNoneAuthorizer
    from greenshift_cdk import Preview

    with pytest.raises(ValueError, match="would be open to the world, with the data"):
        service(stack, Preview(authorizer=HttpNoneAuthorizer()))


def test_what_asks_for_a_preview_that_is_not_there_says_how_to_have_one(stack: Any) -> None:
    made = service(stack, None)
    for ask in (lambda: made.preview_url, lambda: made.preview("f0")):
        with pytest.raises(ValueError, match='"shop" has no preview; give it preview=Preview'):
            ask()
