"""What BlueGreenService says to a stack that it cannot put under Greenshift, and its smaller verbs."""

import json
from typing import Any

import pytest


@pytest.fixture
def stack(aws: Any) -> Any:
    """An empty stack; after the session's synthesis, so that jsii is up."""
    from aws_cdk import App, Stack

    return Stack(App(analytics_reporting=False), "Stack")


def function(stack: Any, name: str = "Api", **properties: Any) -> Any:
    from aws_cdk import aws_lambda as lambda_

    return lambda_.Function(
        stack,
        name,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        **properties,
    )


def service(stack: Any, **properties: Any) -> Any:
    from greenshift_cdk import BlueGreenService, ManagedFunction

    defaults = {
        "service": "shop",
        "functions": lambda: {
            "api": ManagedFunction(function(stack, function_name="shop-api"), "entry")
        },
    }
    found = {**defaults, **properties}
    if callable(found["functions"]):
        found["functions"] = found["functions"]()
    return BlueGreenService(stack, "Service", **found)


def synthesised(stack: Any) -> Any:
    from aws_cdk.assertions import Template

    return Template.from_stack(stack).to_json()["Resources"]


@pytest.mark.parametrize(
    "name", ["Shop", "shop_1", "1shop", "shop-", "sh--op", "", "s" * 41, "../x"]
)
def test_a_name_that_is_no_services_name_is_refused(stack: Any, name: str) -> None:
    with pytest.raises(ValueError, match="is not a service's name; use at most 40"):
        service(stack, service=name)


def test_a_function_with_a_generated_name_is_refused(stack: Any) -> None:
    from greenshift_cdk import ManagedFunction

    functions = {"api": ManagedFunction(function(stack), "entry")}
    with pytest.raises(ValueError, match=r'function "api" of service "shop" has no name .*give it'):
        service(stack, functions=functions)
    assert [child.node.id for child in stack.node.children] == ["Api"]


def test_an_unknown_kind_is_refused(stack: Any) -> None:
    from greenshift_cdk import ManagedFunction

    functions = {"api": ManagedFunction(function(stack, function_name="a"), "cron")}  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='has the kind "cron"; use entry, consumer or internal'):
        service(stack, functions=functions)


def calling(stack: Any, calls: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Functions that call one another; they share a role."""
    from aws_cdk import aws_iam as iam
    from greenshift_cdk import ManagedFunction

    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    kinds: Any = {"api": "entry", "prices": "internal", "rates": "internal"}
    return {
        key: ManagedFunction(
            function(stack, key, function_name=f"shop-{key}", role=role), kind, calls.get(key, {})
        )
        for key, kind in kinds.items()
    }


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        ({"api": {"P": "pricing"}}, '"api" .* calls "pricing", which it does not have; it has api'),
        ({"rates": {"R": "rates"}}, '"rates" .* calls itself, and no version can know its own'),
        ({"prices": {"API": "api"}}, 'calls "api", which is of the kind entry; register it as'),
        ({"api": {"CHANNEL": "rates"}}, "calls by CHANNEL, which is in environment_keys"),
        (
            {"prices": {"R": "rates"}, "rates": {"P": "prices"}},
            "(prices calls rates calls prices|rates calls prices calls rates), and each would",
        ),
    ],
)
def test_a_call_that_cannot_be_pinned_is_refused(
    stack: Any, calls: dict[str, dict[str, str]], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        service(stack, functions=calling(stack, calls), environment_keys=["CHANNEL"])


def test_a_caller_may_invoke_the_versions_of_its_peers_and_begins_with_their_alias(
    stack: Any,
) -> None:
    calls = {"api": {"PRICES_FUNCTION": "prices"}, "prices": {"RATES_FUNCTION": "rates"}}
    service(stack, functions=calling(stack, calls))
    resources = synthesised(stack)
    owners = {
        name: resources[each["Properties"]["FunctionName"]["Ref"]]["Properties"]["FunctionName"]
        for name, each in resources.items()
        if each["Type"] == "Custom::GreenshiftLiveAlias"
    }
    for key, variable, peer in (("api", "PRICES_FUNCTION", "prices"), ("prices", "RATES_FUNCTION", "rates")):  # fmt: skip
        (found,) = (
            each["Properties"]
            for each in resources.values()
            if each["Properties"].get("FunctionName") == f"shop-{key}"
        )
        alias = found["Environment"]["Variables"][variable]["Fn::Join"][1][-1]["Fn::GetAtt"]
        assert owners[alias[0]] == f"shop-{peer}"
        assert alias[1] == "AliasName"
    allowed = [
        "".join(
            part if isinstance(part, str) else "*" for part in statement["Resource"]["Fn::Join"][1]
        )
        for each in resources.values()
        if each["Type"] == "AWS::IAM::Policy"
        for statement in each["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction" and "Fn::Join" in statement["Resource"]
    ]
    pinned = {arn.partition(":function:")[2] for arn in allowed}
    assert {"shop-prices:*", "shop-rates:*"} <= pinned
    registered = next(
        each["Properties"]["Value"]
        for each in resources.values()
        if each["Type"] == "AWS::SSM::Parameter"
    )
    text = "".join(part if isinstance(part, str) else "x" for part in registered["Fn::Join"][1]) if isinstance(registered, dict) else registered  # fmt: skip
    functions = json.loads(text)["functions"]
    assert functions["api"]["calls"] == {"PRICES_FUNCTION": "prices"}
    assert "calls" not in functions["rates"]


def test_a_service_without_functions_is_refused(stack: Any) -> None:
    with pytest.raises(ValueError, match="has no functions; give it at least one"):
        service(stack, functions={})


def test_a_registration_that_does_not_fit_into_ssm_is_refused(stack: Any) -> None:
    keys = [f"KEY_{number}_{'X' * 80}" for number in range(100)]
    with pytest.raises(ValueError, match=r"has about 9\d\d\d bytes and SSM takes 8192; register"):
        service(stack, environment_keys=keys)


def test_live_of_an_unknown_function_says_which_there_are(stack: Any) -> None:
    with pytest.raises(ValueError, match='has no function "web"; it has api'):
        service(stack).live("web")


def test_an_unknown_platform_is_refused(aws: Any) -> None:
    from aws_cdk import App
    from greenshift_cdk import Platform

    with pytest.raises(ValueError, match=r'is "moon"; set it to "aws" or "embedded"'):
        Platform.of(App(context={"greenshift:platform": "moon"}))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "has neither a secret nor host, name, user, resource_id; give it the secret"),
        ({"host": "db", "name": "shop"}, "has neither a secret nor user, resource_id"),
    ],
)
def test_a_database_without_a_way_to_log_in_is_refused(
    aws: Any, given: dict[str, str], says: str
) -> None:
    from greenshift_cdk import PostgresDatabase

    with pytest.raises(ValueError, match=says):
        PostgresDatabase(role="shop_app", **given)  # type: ignore[arg-type]


def test_a_database_with_two_ways_to_log_in_is_refused(stack: Any) -> None:
    from aws_cdk import aws_secretsmanager as secretsmanager
    from greenshift_cdk import PostgresDatabase

    secret = secretsmanager.Secret(stack, "Secret")
    with pytest.raises(ValueError, match="a secret and also user, which are for logging in by IAM"):
        PostgresDatabase(role="shop_app", secret=secret, user="migrator")


DATA_API = {"cluster_arn": "arn:aws:rds:eu-central-1:000000000000:cluster:shop"}


def test_a_migrator_by_the_data_api_may_call_it_on_its_cluster_alone(stack: Any) -> None:
    from aws_cdk import aws_secretsmanager as secretsmanager
    from greenshift_cdk import PostgresDatabase

    secret = secretsmanager.Secret(stack, "Secret")
    database = PostgresDatabase(role="shop_app", secret=secret, name="shop", **DATA_API)
    service(stack, database=database)
    assert set(database.registered()) == {
        "kind",
        "role",
        "gate",
        "secretArn",
        "clusterArn",
        "name",
    }
    resources = synthesised(stack).values()
    allowed = [
        statement
        for resource in resources
        for statement in resource["Properties"].get("PolicyDocument", {}).get("Statement", [])
    ]
    (login,) = [each for each in allowed if "secretsmanager:GetSecretValue" in each["Action"]]
    assert login["Resource"] == stack.resolve(secret.secret_arn)
    assert set(login["Action"]) == {
        "secretsmanager:GetSecretValue",
        "secretsmanager:DescribeSecret",
    }
    (calls,) = [each for each in allowed if "rds-data:ExecuteStatement" in each["Action"]]
    assert calls["Resource"] == DATA_API["cluster_arn"]
    assert calls["Action"] == [
        "rds-data:BeginTransaction",
        "rds-data:CommitTransaction",
        "rds-data:ExecuteStatement",
        "rds-data:RollbackTransaction",
    ]
    (migrator,) = [
        resource["Properties"]
        for resource in resources
        if resource["Properties"].get("FunctionName") == "greenshift-migrator-shop"
    ]
    assert "VpcConfig" not in migrator
    variables = migrator["Environment"]["Variables"]
    assert variables["GREENSHIFT_DATABASE_CLUSTER"] == DATA_API["cluster_arn"]
    assert variables["GREENSHIFT_DATABASE_NAME"] == "shop"
    assert "GREENSHIFT_DATABASE_SECRET" in variables


def test_half_a_data_api_and_one_with_an_endpoint_are_refused(stack: Any) -> None:
    from aws_cdk import aws_secretsmanager as secretsmanager
    from greenshift_cdk import PostgresDatabase

    with pytest.raises(ValueError, match="has a cluster_arn but no secret and no name; the Data"):
        PostgresDatabase(role="shop_app", **DATA_API)
    whole = {**DATA_API, "secret": secretsmanager.Secret(stack, "Secret"), "name": "shop"}
    with pytest.raises(ValueError, match="a cluster_arn and also host and port, which are for"):
        PostgresDatabase(role="shop_app", host="db", port=5432, **whole)  # type: ignore[arg-type]


def test_a_secret_that_rds_manages_gets_its_host_and_authorities_beside_it(stack: Any) -> None:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_secretsmanager as secretsmanager
    from greenshift_cdk import PostgresDatabase

    layer = "arn:aws:lambda:eu-central-1:000000000000:layer:rds-certificates:1"
    database = PostgresDatabase(
        role="shop_app",
        secret=secretsmanager.Secret(stack, "Secret"),
        host="db.internal",
        name="shop",
        certificates=lambda_.LayerVersion.from_layer_version_arn(stack, "Certificates", layer),
    )
    made = service(stack, database=database)
    (migrator,) = [
        resource["Properties"]
        for resource in synthesised(stack).values()
        if resource["Properties"].get("FunctionName") == "greenshift-migrator-shop"
    ]
    assert migrator["Layers"] == [layer]
    variables = migrator["Environment"]["Variables"]
    assert {k: v for k, v in variables.items() if isinstance(v, str) and "DATABASE" in k} == {
        "GREENSHIFT_DATABASE_HOST": "db.internal",
        "GREENSHIFT_DATABASE_NAME": "shop",
        "GREENSHIFT_DATABASE_CA": "/opt/certificates.pem",
        "GREENSHIFT_DATABASE_ROLE": "shop_app",
        "GREENSHIFT_DATABASE_GATE": "enforce",
    }
    assert set(database.registered()) == {"kind", "role", "gate", "secretArn", "host", "name"}
    assert made.migrator is not None


def test_a_migrator_that_logs_in_by_iam_may_connect_as_its_user_alone(stack: Any) -> None:
    from greenshift_cdk import PostgresDatabase

    database = PostgresDatabase(
        role="shop_app",
        host="db.internal",
        name="shop",
        user="migrator",
        resource_id="cluster-ABC",
    )
    service(stack, database=database)
    resources = synthesised(stack).values()
    (connect,) = [
        statement
        for resource in resources
        if resource["Type"] == "AWS::IAM::Policy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "rds-db:connect"
    ]
    assert connect["Resource"]["Fn::Join"][1][-1] == ":dbuser:cluster-ABC/migrator"
    (migrator,) = [
        resource["Properties"]
        for resource in resources
        if resource["Properties"].get("FunctionName") == "greenshift-migrator-shop"
    ]
    variables = migrator["Environment"]["Variables"]
    assert variables["GREENSHIFT_DATABASE_HOST"] == "db.internal"
    assert "GREENSHIFT_DATABASE_SECRET" not in variables


def test_grant_release_lets_a_role_upload_and_start_this_service_alone(stack: Any) -> None:
    from aws_cdk import aws_iam as iam

    role = iam.Role(stack, "Ci", assumed_by=iam.AccountRootPrincipal())
    service(stack).grant_release(role)
    resources = synthesised(stack)
    (policy,) = [
        resource["Properties"]["PolicyDocument"]["Statement"]
        for name, resource in resources.items()
        if name.startswith("CiDefaultPolicy")
    ]
    upload, start = sorted(policy, key=lambda statement: statement["Action"])
    assert upload["Action"] == "s3:PutObject"
    assert upload["Resource"]["Fn::Join"][1][-1] == "/releases/shop/*"
    assert start["Action"] == "states:StartExecution"
    alias = start["Resource"]["Fn::GetAtt"][0]
    assert resources[alias]["Type"] == "AWS::StepFunctions::StateMachineAlias"


def test_a_migrator_in_a_vpc_may_have_network_interfaces_made(stack: Any) -> None:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_secretsmanager as secretsmanager
    from greenshift_cdk import PostgresDatabase

    secret = secretsmanager.Secret(stack, "Secret")
    database = PostgresDatabase(role="shop_app", secret=secret, vpc=ec2.Vpc(stack, "Vpc"))
    made = service(stack, database=database)
    role = made.migrator.role.node.default_child
    (interfaces,) = [
        statement
        for resource in synthesised(stack).values()
        if resource["Type"] == "AWS::IAM::Policy"
        and {"Ref": stack.get_logical_id(role)} in resource["Properties"]["Roles"]
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if "ec2:CreateNetworkInterface" in statement["Action"]
    ]
    assert interfaces["Resource"] == "*"
    assert set(interfaces["Action"]) == {
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    }


def hook(stack: Any, **properties: Any) -> Any:
    from greenshift_cdk import Hook

    return Hook(function=function(stack, "Smoke"), **properties)


def test_a_hook_is_registered_by_its_arn_and_tagged_so_that_it_may_be_called(stack: Any) -> None:
    from aws_cdk import Duration

    smoke = hook(stack, timeout=Duration.minutes(5))
    service(stack, hooks={"beforeShift": smoke, "beforeFinalize": smoke})
    resources = synthesised(stack).values()
    (tagged,) = [
        each
        for each in resources
        if {"Key": "greenshift:hook", "Value": "shop"} in each.get("Properties", {}).get("Tags", [])
    ]
    assert tagged["Type"] == "AWS::Lambda::Function"
    (text,) = [
        json.dumps(each["Properties"]["Value"])
        for each in resources
        if each["Type"] == "AWS::SSM::Parameter"
        and each["Properties"]["Name"] == "/greenshift/services/shop"
    ]
    assert text.count("Smoke") == 2
    assert text.count(r"\"timeoutSeconds\":300") == 2


def test_a_hook_has_half_an_hour_unless_it_says_otherwise(stack: Any) -> None:
    from greenshift_cdk.hook import register_hooks

    (registered,) = register_hooks("shop", {"afterStep": hook(stack)}).values()
    assert registered["timeoutSeconds"] == 1800


def test_a_hook_at_a_point_that_is_none_is_refused(stack: Any) -> None:
    with pytest.raises(ValueError, match='has a hook at "beforeTraffic"; use beforeShift, afterSt'):
        service(stack, hooks={"beforeTraffic": hook(stack)})


def test_a_hook_that_may_take_for_ever_is_refused(stack: Any) -> None:
    from aws_cdk import Duration

    with pytest.raises(ValueError, match="has a time-out of 172800 s; use one second to one day"):
        service(stack, hooks={"afterStep": hook(stack, timeout=Duration.days(2))})


def payments(**changes: Any) -> Any:
    from greenshift_cdk import MetricPair

    counted = {"total": "PaymentsAttempted", "failed": "PaymentsFailed"}
    return MetricPair(
        **{"name": "payments", "function": "api", "namespace": "Shop", **counted, **changes}
    )


def test_metrics_are_registered_as_the_handlers_read_them(stack: Any) -> None:
    from greenshift_cdk.metric_pair import register_metrics

    from handlers.domain.registration.registration import read_registration

    logins = payments(
        name="logins", failed=None, succeeded="LoggedIn", dimensions={"Shop": "eu"},
        version_dimension="Version",
    )  # fmt: skip
    registered = register_metrics("shop", [payments(), logins], {"api": None})
    document = {
        "format": 1,
        "service": "shop",
        "functions": {"api": {"name": "shop-api", "kind": "entry"}},
        "metrics": registered,
    }
    registration, findings = read_registration(json.dumps(document), "shop")
    assert findings == []
    assert registration is not None
    assert [(each.part, each.counts) for each in registration.metrics] == [
        ("PaymentsFailed", "failed"),
        ("LoggedIn", "succeeded"),
    ]
    service(stack, metrics=[payments()])
    (text,) = [
        json.dumps(each["Properties"]["Value"])
        for each in synthesised(stack).values()
        if each["Type"] == "AWS::SSM::Parameter"
        and each["Properties"]["Name"] == "/greenshift/services/shop"
    ]
    assert r"\"versionDimension\":\"FunctionVersion\"" in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "api"}, "has a name that is taken"),
        ({"function": "cart"}, 'is of the function "cart"; use api'),
        ({"failed": None}, "needs failed or succeeded; give exactly one"),
        ({"succeeded": "Made"}, "needs failed or succeeded; give exactly one"),
        ({"failed": "PaymentsAttempted"}, "as all and as a part of it; name two metrics"),
        ({"dimensions": {"FunctionVersion": "7"}}, "twice; leave it out of the dimensions"),
    ],
)
def test_a_metric_that_cannot_be_compared_is_refused(
    stack: Any, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        service(stack, metrics=[payments(**changes)])


def test_two_metrics_of_one_name_and_more_than_ten_are_refused(aws: Any) -> None:
    from greenshift_cdk.metric_pair import register_metrics

    with pytest.raises(ValueError, match="has a name that is taken"):
        register_metrics("shop", [payments(), payments()], {"api": None})
    many = [payments(name=f"metric{n}") for n in range(11)]
    with pytest.raises(ValueError, match='"shop" has 11 metrics; use at most 10'):
        register_metrics("shop", many, {"api": None})


@pytest.mark.parametrize(
    ("given", "platform", "rate"),
    [(None, "aws", 10), ("4.5", "aws", 4.5), (14, "aws", 14), ("200", "embedded", 200)],
)
def test_the_owner_says_how_much_of_lambdas_control_plane_deployments_take(
    aws: Any, given: object, platform: str, rate: float
) -> None:
    from aws_cdk import App
    from greenshift_cdk import Platform

    from infra.deployer.lambda_rate import lambda_rate

    app = App(context={"greenshift:platform": platform, "greenshift:lambdaRate": given})
    assert lambda_rate(app, Platform.of(app)) == rate


@pytest.mark.parametrize("given", ["15", "0", "-1", "much", "nan", "", True])
def test_more_than_lambda_takes_and_what_is_no_rate_is_refused(aws: Any, given: object) -> None:
    from aws_cdk import App
    from greenshift_cdk import Platform

    from infra.deployer.lambda_rate import lambda_rate

    app = App(context={"greenshift:lambdaRate": given})
    told = f'is "{given}"; set it to a number from 1 to 14, of the 15 calls a second'
    with pytest.raises(ValueError, match=told):
        lambda_rate(app, Platform.of(app))


@pytest.mark.parametrize("a_minute", [-1, 601])
def test_synthetic_requests_beyond_the_bound_are_refused(stack: Any, a_minute: int) -> None:
    with pytest.raises(ValueError, match=f"{a_minute} synthetic requests a minute; use 0 to 600"):
        service(stack, synthetic_per_minute=a_minute)
