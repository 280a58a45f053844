"""What is denied to who calls: over http, by a function's role, in what Lambda reads for them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_a_function_has_what_its_role_has(account: Any) -> None:
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    try:\n"
        "        boto3.client('lambda').get_alias(FunctionName=event, Name='live')\n"
        "    except Exception as error:\n"
        "        return str(error)\n"
        "    return 'allowed'\n"
    )
    may = account.function(account.allow("lambda:GetAlias"), code=code)
    may_not = account.function(account.allow("lambda:ListAliases"), code=code)
    assert account.lab.invoke(may, may)["Payload"] == "allowed"
    assert (
        "not authorized to perform: lambda:GetAlias"
        in (account.lab.invoke(may_not, may)["Payload"])
    )


def test_who_may_invoke_the_versions_of_a_function_invokes_one_by_its_arn(account: Any) -> None:
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    try:\n"
        "        boto3.client('lambda').invoke(FunctionName=event, Payload=b'{}')\n"
        "    except Exception as error:\n"
        "        return str(error)\n"
        "    return 'allowed'\n"
    )
    peer = account.arn(account.function())
    caller = account.function(account.allow("lambda:InvokeFunction", on=f"{peer}:*"), code=code)
    assert account.lab.invoke(caller, f"{peer}:1")["Payload"] == "allowed"
    assert account.lab.invoke(caller, f"{peer}:live")["Payload"] == "allowed"
    assert "lambda:InvokeFunction" in account.lab.invoke(caller, peer)["Payload"]


def reads_over_tls(account: Any) -> bool:
    bucket = account.bucket()
    account.lab["s3"].put_object(Bucket=bucket, Key="k", Body=b"x")
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    statement = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": "*"}
    account.lab["s3"].put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Statement": [{**statement, "Condition": plain}]})
    )
    try:
        account.user(account.allow("*"))("s3").get_object(Bucket=bucket, Key="k")["Body"].read()
    except ClientError as error:
        assert "AccessDenied" in str(error)
        return False
    return True


def test_requests_count_as_sent_over_tls(account: Any, stock_account: Any) -> None:
    assert reads_over_tls(account)
    assert not reads_over_tls(stock_account)


def test_who_gives_lambda_code_from_s3_needs_to_be_able_to_read_it(
    account: Any, stock_account: Any
) -> None:
    for where in (account, stock_account):
        name, bucket = where.function(), where.bucket()
        where.lab["s3"].put_object(Bucket=bucket, Key="k.zip", Body=where.bundle())
        source = {"FunctionName": name, "S3Bucket": bucket, "S3Key": "k.zip"}
        without = where.user(where.allow("lambda:*"))("lambda")
        if where is stock_account:
            without.update_function_code(**source)
            continue
        with pytest.raises(ClientError, match=r"denied by S3.*GetObject"):
            without.update_function_code(**source)
        reader = where.user(
            where.allow("lambda:*"), where.allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/*")
        )
        reader("lambda").update_function_code(**source)


def test_who_names_a_layer_needs_to_be_able_to_read_it(account: Any, stock_account: Any) -> None:
    for where in (account, stock_account):
        name = where.function()
        layer = where.lab["lambda"].publish_layer_version(
            LayerName=name, Content={"ZipFile": where.bundle()}
        )["LayerVersionArn"]
        change = {"FunctionName": name, "Layers": [layer]}
        only = where.user(where.allow("lambda:UpdateFunctionConfiguration"))("lambda")
        if where is stock_account:
            only.update_function_configuration(**change)
            continue
        with pytest.raises(ClientError, match="not authorized to perform: lambda:GetLayerVersion"):
            only.update_function_configuration(**change)
        both = where.user(
            where.allow("lambda:UpdateFunctionConfiguration", "lambda:GetLayerVersion")
        )
        both("lambda").update_function_configuration(**change)


def test_a_functions_tags_are_told_to_those_who_may_list_them(
    account: Any, stock_account: Any
) -> None:
    name = account.function(Tags={"team": "shop"})
    without = account.user(account.allow("lambda:GetFunction"))("lambda").get_function(
        FunctionName=name
    )
    client = account.user(account.allow("lambda:GetFunction", "lambda:ListTags"))("lambda")
    assert "Tags" not in without
    assert without["Configuration"]["FunctionName"] == name
    assert client.get_function(FunctionName=name)["Tags"] == {"team": "shop"}
    name = stock_account.function(Tags={"team": "shop"})
    client = stock_account.user(account.allow("lambda:GetFunction"))("lambda")
    assert client.get_function(FunctionName=name)["Tags"] == {"team": "shop"}
