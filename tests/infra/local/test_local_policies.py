"""Whose permissions `GetPolicy` tells."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

CODE = "def handler(event, context):\n    return None\n"


def permissions(lab: Any, *allowed: str | None) -> list[str]:
    """The statements that the bare function is said to have, after these qualifiers got one each."""
    name = lab.function(CODE)
    version = lab["lambda"].publish_version(FunctionName=name)["Version"]
    lab["lambda"].create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    for number, qualifier in enumerate(allowed):
        lab["lambda"].add_permission(
            FunctionName=name,
            StatementId=f"{qualifier or 'bare'}-{number}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            **({"Qualifier": qualifier} if qualifier else {}),
        )
    policy = json.loads(lab["lambda"].get_policy(FunctionName=name)["Policy"])
    return [each["Sid"] for each in policy["Statement"]]


def test_a_bare_function_has_its_own_permissions_alone(corrected: Any) -> None:
    assert permissions(corrected, None, "live") == ["bare-0"]


@pytest.mark.parametrize("allowed", [(), ("live",)])
def test_a_bare_function_without_permissions_has_no_policy(corrected: Any, allowed: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        permissions(corrected, *allowed)


def test_stock_tells_the_permissions_of_aliases_as_the_functions(stock: Any) -> None:
    assert permissions(stock, None, "live") == ["bare-0", "live-1"]
