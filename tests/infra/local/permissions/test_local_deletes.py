"""Who may delete a version may not thereby delete the function: what the prune's role relies on."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

TAG = "greenshift:service"
TAGGED = {"Null": {f"aws:ResourceTag/{TAG}": "false"}}


@pytest.fixture
def pruner(account: Any) -> Any:
    """A client that may do what the prune's role may."""
    where = f"{account.environment.region}:{account.environment.account}"
    versions = f"arn:aws:lambda:{where}:function:*:*"
    statement = account.allow("lambda:DeleteFunction", on=versions, Condition=TAGGED)
    return account.user(statement)("lambda")


def released(account: Any, **tags: str) -> str:
    """A function whose alias is on version 2, so that version 1 can go."""
    name = account.function(Tags=tags)
    account.lab.upload(name, "def handler(event, context):\n    return 2\n")
    account.lab["lambda"].publish_version(FunctionName=name)
    account.lab["lambda"].update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    return name


def versions(account: Any, name: str) -> list[str]:
    found = account.lab["lambda"].list_versions_by_function(FunctionName=name)["Versions"]
    return [each["Version"] for each in found]


@pytest.mark.parametrize("qualified", ["{name}", "{name}:1"])
def test_a_version_of_a_tagged_function_is_deleted(
    account: Any, pruner: Any, qualified: str
) -> None:
    name = released(account, **{TAG: "shop"})
    pruner.delete_function(FunctionName=qualified.format(name=name), Qualifier="1")
    assert versions(account, name) == ["$LATEST", "2"]


@pytest.mark.parametrize(
    ("tag", "request_"),
    [(TAG, {}), ("team", {"Qualifier": "1"})],
    ids=["the whole function", "a function that is not ours"],
)
def test_anything_else_is_denied(
    account: Any, pruner: Any, tag: str, request_: dict[str, str]
) -> None:
    name = released(account, **{tag: "shop"})
    with pytest.raises(ClientError, match="AccessDenied"):
        pruner.delete_function(FunctionName=name, **request_)
    assert versions(account, name) == ["$LATEST", "1", "2"]
