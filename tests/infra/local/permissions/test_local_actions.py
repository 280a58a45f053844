"""Which permission a call needs, by which name and on what; and what stock MiniStack takes it for."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

F = {"FunctionName": "some"}
TABLE = {"TableName": "some"}
KEY = {"pk": {"S": "a"}}
EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:some:one"
QUEUE = "http://127.0.0.1/000000000000/some"
LAYER = "arn:aws:lambda:us-east-1:000000000000:layer:some:1"

# What stock names rightly, too: it shall stay so.
RIGHT = [
    ("lambda", "get_function", F, "lambda:GetFunction"),
    ("lambda", "get_function_configuration", F, "lambda:GetFunctionConfiguration"),
    ("lambda", "create_alias", {**F, "Name": "a", "FunctionVersion": "1"}, "lambda:CreateAlias"),
    ("lambda", "publish_version", F, "lambda:PublishVersion"),
    ("lambda", "update_function_code", {**F, "ZipFile": b"x"}, "lambda:UpdateFunctionCode"),
    ("lambda", "update_function_configuration", F, "lambda:UpdateFunctionConfiguration"),
    ("lambda", "list_versions_by_function", F, "lambda:ListVersionsByFunction"),
    ("lambda", "list_event_source_mappings", F, "lambda:ListEventSourceMappings"),
    ("lambda", "get_policy", F, "lambda:GetPolicy"),
    ("lambda", "get_function_url_config", F, "lambda:GetFunctionUrlConfig"),
    ("lambda", "invoke", F, "lambda:InvokeFunction"),
    ("lambda", "list_aliases", F, "lambda:ListAliases"),
    ("lambda", "delete_function", {**F, "Qualifier": "1"}, "lambda:DeleteFunction"),
    ("apigateway", "get_resources", {"restApiId": "some"}, "apigateway:GET"),
    ("apigatewayv2", "get_stages", {"ApiId": "some"}, "apigateway:GET"),
    ("dynamodb", "get_item", {**TABLE, "Key": KEY}, "dynamodb:GetItem"),
    ("dynamodb", "put_item", {**TABLE, "Item": KEY}, "dynamodb:PutItem"),
    ("ssm", "get_parameter", {"Name": "/greenshift/services/some"}, "ssm:GetParameter"),
    (
        "stepfunctions",
        "describe_execution",
        {"executionArn": EXECUTION},
        "states:DescribeExecution",
    ),
    (
        "cloudwatch",
        "get_metric_data",
        {"MetricDataQueries": [], "StartTime": 0, "EndTime": 60},
        "cloudwatch:GetMetricData",
    ),
    ("secretsmanager", "get_secret_value", {"SecretId": "some"}, "secretsmanager:GetSecretValue"),
    ("sqs", "send_message", {"QueueUrl": QUEUE, "MessageBody": "x"}, "sqs:SendMessage"),
    ("sqs", "get_queue_attributes", {"QueueUrl": QUEUE}, "sqs:GetQueueAttributes"),
]

QUALIFIED = {**F, "Qualifier": "1"}
CONCURRENCY = {**QUALIFIED, "ProvisionedConcurrentExecutions": 1}
# What stock takes for another action.
WRONG = [
    ("get_alias", {**F, "Name": "live"}, "GetAlias", "ListAliases"),
    ("update_alias", {**F, "Name": "live"}, "UpdateAlias", "ListAliases"),
    ("delete_alias", {**F, "Name": "live"}, "DeleteAlias", "ListAliases"),
    (
        "get_provisioned_concurrency_config",
        QUALIFIED,
        "GetProvisionedConcurrencyConfig",
        "GetFunction",
    ),
    (
        "put_provisioned_concurrency_config",
        CONCURRENCY,
        "PutProvisionedConcurrencyConfig",
        "UpdateFunctionCode",
    ),
    (
        "list_provisioned_concurrency_configs",
        F,
        "ListProvisionedConcurrencyConfigs",
        "GetFunction",
    ),
    (
        "delete_provisioned_concurrency_config",
        QUALIFIED,
        "DeleteProvisionedConcurrencyConfig",
        "DeleteFunction",
    ),
    (
        "list_durable_executions_by_function",
        QUALIFIED,
        "ListDurableExecutionsByFunction",
        "GetFunction",
    ),
    ("list_function_url_configs", F, "ListFunctionUrlConfigs", "GetFunction"),
    ("get_function_event_invoke_config", F, "GetFunctionEventInvokeConfig", "GetFunction"),
    ("get_layer_version_by_arn", {"Arn": LAYER}, "GetLayerVersion", "ListLayers"),
]


def denied(client: Any, call: str, **request: Any) -> str:
    """The action that is said to be missing."""
    with pytest.raises(ClientError, match="AccessDenied") as error:
        getattr(client, call)(**request)
    found = re.search(r"perform: (\S+)", str(error.value))
    assert found, str(error.value)
    return found[1]


@pytest.mark.parametrize(("service", "call", "request_", "action"), RIGHT)
def test_a_user_without_the_permission_is_denied_by_its_name(
    account: Any, stock_account: Any, service: str, call: str, request_: Any, action: str
) -> None:
    assert denied(account.user()(service), call, **request_) == action
    assert denied(stock_account.user()(service), call, **request_) == action


@pytest.mark.parametrize(("call", "request_", "action", "otherwise"), WRONG)
def test_calls_of_lambda_need_the_permission_of_their_operation(
    account: Any, stock_account: Any, call: str, request_: Any, action: str, otherwise: str
) -> None:
    assert denied(account.user()("lambda"), call, **request_) == f"lambda:{action}"
    assert denied(stock_account.user()("lambda"), call, **request_) == f"lambda:{otherwise}"


def test_the_objects_version_is_a_permission_of_its_own(account: Any) -> None:
    bucket = account.bucket()
    account.lab["s3"].put_object(Bucket=bucket, Key="k", Body=b"x")
    client = account.user(account.allow("s3:GetObject"))("s3")
    assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert denied(client, "get_object", Bucket=bucket, Key="k", VersionId="v") == (
        "s3:GetObjectVersion"
    )
    assert denied(client, "list_object_versions", Bucket=bucket) == "s3:ListBucketVersions"


def invoked(account: Any, name: str, statement: dict[str, Any], **qualifier: str) -> bool:
    try:
        answer = account.user(statement)("lambda").invoke(FunctionName=name, **qualifier)
        answer["Payload"].read()
    except ClientError as error:
        assert "lambda:InvokeFunction" in str(error)
        return False
    return True


def test_a_call_of_a_version_is_about_the_versions_arn(account: Any, stock_account: Any) -> None:
    name = account.function()
    bare = account.allow("lambda:InvokeFunction", on=account.arn(name))
    versions = account.allow("lambda:InvokeFunction", on=f"{account.arn(name)}:*")
    assert invoked(account, name, bare)
    assert not invoked(account, name, bare, Qualifier="1")
    assert invoked(account, name, versions, Qualifier="1")
    assert not invoked(account, name, versions)
    name = stock_account.function()
    bare = account.allow("lambda:InvokeFunction", on=stock_account.arn(name))
    assert invoked(stock_account, name, bare, Qualifier="1")


def test_a_functions_tags_hold_for_its_versions(account: Any) -> None:
    tagged = {"Null": {"aws:ResourceTag/greenshift:service": "false"}}
    statement = account.allow("lambda:InvokeFunction", Condition=tagged)
    ours = account.function(Tags={"greenshift:service": "shop"})
    theirs = account.function(Tags={"team": "shop"})
    assert invoked(account, ours, statement)
    assert invoked(account, ours, statement, Qualifier="1")
    assert not invoked(account, theirs, statement, Qualifier="1")


def test_a_listing_of_parameters_is_about_their_path(account: Any, stock_account: Any) -> None:
    def listed(of: Any) -> bool:
        where = f"{of.environment.region}:{of.environment.account}"
        path = f"arn:aws:ssm:{where}:parameter/greenshift/services"
        client = of.user(of.allow("ssm:GetParametersByPath", on=path))("ssm")
        try:
            client.get_parameters_by_path(Path="/greenshift/services")
        except ClientError:
            return False
        with pytest.raises(ClientError, match="AccessDenied"):
            client.get_parameters_by_path(Path="/others")
        return True

    assert listed(account)
    assert not listed(stock_account)
