"""Two emulators that enforce, one as MiniStack is and one corrected, with users and roles."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from infra.local.environment import Environment, embedded

CODE = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'done'}\n"


class Account:
    """An enforcing emulator, its users and its roles."""

    def __init__(self, lab: Any, environment: Environment) -> None:
        self.lab, self.environment = lab, environment

    def user(self, *statements: dict[str, Any]) -> Callable[[str], Any]:
        """Clients of a new user who may do this and nothing else."""
        name = self.lab.name()
        self.lab["iam"].create_user(UserName=name)
        if statements:
            self.lab["iam"].put_user_policy(
                UserName=name, PolicyName="p", PolicyDocument=_document(statements)
            )
        key = self.lab["iam"].create_access_key(UserName=name)["AccessKey"]

        def client(service: str) -> Any:
            return boto3.session.Session().client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.environment.endpoint_url,
                region_name=self.environment.region,
                aws_access_key_id=key["AccessKeyId"],
                aws_secret_access_key=key["SecretAccessKey"],
                config=Config(proxies={}, s3={"addressing_style": "path"}),
            )

        return client

    def role(self, *statements: dict[str, Any]) -> str:
        name = self.lab.name()
        trust = {"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "sts:AssumeRole"}
        made = self.lab["iam"].create_role(
            RoleName=name, AssumeRolePolicyDocument=_document([trust])
        )
        if statements:
            self.lab["iam"].put_role_policy(
                RoleName=name, PolicyName="p", PolicyDocument=_document(statements)
            )
        return str(made["Role"]["Arn"])

    def function(self, *statements: dict[str, Any], code: str = CODE, **settings: Any) -> str:
        """A function in a role of its own, with the alias `live` on version 1; its name."""
        name = self.lab.name()
        self.lab["lambda"].create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role(*statements),
            Handler="app.handler",
            Code={"ZipFile": self.lab.bundle(code)},
            Timeout=10,
            **settings,
        )
        self.lab["lambda"].publish_version(FunctionName=name)
        self.lab["lambda"].create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        return name

    def arn(self, function: str) -> str:
        where = f"{self.environment.region}:{self.environment.account}"
        return f"arn:aws:lambda:{where}:function:{function}"

    @staticmethod
    def allow(*actions: str, on: str = "*", **more: Any) -> dict[str, Any]:
        return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}

    def bundle(self) -> bytes:
        return bytes(self.lab.bundle(CODE))

    def bucket(self) -> str:
        name = str(self.lab.name())
        self.lab["s3"].create_bucket(Bucket=name)
        return name


def _document(statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="package")
def account(corrected: Any) -> Iterator[Account]:
    with embedded(database=False, enforce=True) as environment:
        yield Account(type(corrected)(environment), environment)


@pytest.fixture(scope="package")
def stock_account(corrected: Any) -> Iterator[Account]:
    with embedded(database=False, enforce=True, stock=True) as environment:
        yield Account(type(corrected)(environment), environment)


@pytest.fixture(scope="session")
def open_account(corrected: Any) -> Account:
    """One that does not enforce."""
    return Account(corrected, corrected.environment)
