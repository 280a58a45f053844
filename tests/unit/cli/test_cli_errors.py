"""Whatever goes wrong is one sentence that says what to do."""

from pathlib import Path
from typing import Any

import pytest
from account import Account
from boto3.exceptions import S3UploadFailedError
from botocore import exceptions
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from handlers.errors import AwsRefused, TransientAws
from infra.cli.complaints import complaint
from infra.cli.main import app
from infra.local.environment import LocalError
from statemachine.problems import GaveUpWaiting, NotUploaded


def refused(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetParameter")


def from_(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (exceptions.NoCredentialsError(), "there are no AWS credentials: set AWS_PROFILE"),
        (
            exceptions.PartialCredentialsError(provider="env", cred_var="x"),
            "credentials are incomplete",
        ),
        (exceptions.NoRegionError(), "no AWS region is set: set AWS_REGION"),
        (exceptions.ProfileNotFound(profile="x"), "set AWS_PROFILE to one that"),
        (exceptions.EndpointConnectionError(endpoint_url="http://a"), "cannot be reached"),
        (exceptions.ConnectTimeoutError(endpoint_url="http://a"), "check the network"),
        (exceptions.SSOTokenLoadError(error_msg="x"), "`aws sso login`"),
        (exceptions.UnauthorizedSSOTokenError(), "the AWS sign-in has expired"),
        (ValueError("Invalid endpoint: foo"), "set AWS_ENDPOINT_URL to a URL"),
        (refused("ExpiredTokenException"), "the AWS session has expired: sign in again"),
        (refused("ExpiredToken"), "the AWS session has expired: sign in again"),
        (refused("UnrecognizedClientException"), "AWS does not accept the credentials"),
        (refused("InvalidClientTokenId"), "AWS does not accept the credentials"),
        (refused("AccessDeniedException", "not you"), "does not allow GetParameter (not you): ask"),
        (
            refused("ValidationException", "odd"),
            "AWS refused GetParameter: ValidationException: odd",
        ),
        (from_(AwsRefused("x"), refused("ExpiredToken")), "the AWS session has expired"),
        (from_(TransientAws("x"), exceptions.NoCredentialsError()), "there are no AWS credentials"),
        (from_(S3UploadFailedError("x"), refused("AccessDenied")), "AWS does not allow"),
        (LocalError("start it"), "start it"),
        (PermissionError(13, "Permission denied", "/x"), "/x: Permission denied; check the path"),
        (KeyError("x"), "unexpected KeyError: 'x'; please report it"),
    ],
)
def test_each_error_has_a_sentence_that_says_what_to_do(error: Exception, told: str) -> None:
    found = complaint(error)
    assert told in found.sentence
    assert "\n" not in found.sentence
    assert found.code == 1


@pytest.mark.parametrize(("error", "code"), [(GaveUpWaiting("x"), 6), (NotUploaded("x"), 2)])
def test_what_a_client_cannot_do_has_its_own_exit_code(error: Exception, code: int) -> None:
    assert complaint(error).code == code


def test_a_region_without_greenshift_is_told(account: Account, greenshift: Any) -> None:
    result = greenshift("status", "orders", env={"AWS_REGION": "eu-west-1"})
    assert result.exit_code == 1
    assert "there is no Greenshift in eu-west-1 of this account" in result.stderr
    assert "`cdk deploy Greenshift`" in result.stderr


def test_an_endpoint_where_nobody_answers_is_told(account: Account, greenshift: Any) -> None:
    result = greenshift("status", "orders", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert result.exit_code == 1
    assert "AWS cannot be reached" in result.stderr


def test_missing_credentials_are_told(account: Account, greenshift: Any, tmp_path: Path) -> None:
    none = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "HOME": str(tmp_path)}
    result = greenshift("status", "orders", env=none)
    assert result.exit_code == 1
    assert "there are no AWS credentials" in result.stderr


def test_a_missing_region_is_told(account: Account, greenshift: Any) -> None:
    result = greenshift("status", "orders", env={"AWS_REGION": None, "AWS_DEFAULT_REGION": None})
    assert result.exit_code == 1
    assert "no AWS region is set" in result.stderr


def test_aws_region_counts_before_aws_default_region(account: Account, greenshift: Any) -> None:
    both = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}
    assert "in eu-west-1" in greenshift("status", "orders", env=both).stderr


def test_an_error_is_the_last_document_for_scripts(account: Account, greenshift: Any) -> None:
    result = greenshift("status", "nobody", "--json")
    (document,) = greenshift.documents(result)
    assert document["exitCode"] == result.exit_code == 1
    assert "the service nobody is unknown" in document["error"]


def test_local_without_an_environment_says_how_to_start_one(tmp_path: Path) -> None:
    environment = {"GREENSHIFT_LOCAL": str(tmp_path)}
    result = CliRunner().invoke(app, ["status", "orders", "--local"], env=environment)
    assert result.exit_code == 1
    assert "start one with `greenshift local up`" in result.stderr
