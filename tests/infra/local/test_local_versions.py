"""What DeleteFunction deletes of a function, and what it refuses to."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

CODE = "def handler(event, context):\n    return 1\n"
INVALID = "InvalidParameterValueException"


def versions(lab: Any, name: str) -> list[str] | None:
    """The versions that are left; None where the whole function is gone."""
    try:
        found = lab["lambda"].list_versions_by_function(FunctionName=name)["Versions"]
    except ClientError:
        return None
    return [each["Version"] for each in found]


def delete(lab: Any, in_name: str = "", **qualifier: str) -> tuple[str | None, Any]:
    """What it is refused with, and the versions after it; `live` has version 1 and a share of 2."""
    name, _ = lab.weighted(CODE, 0.1)
    lab.upload(name, f"{CODE}\n# third")
    lab["lambda"].publish_version(FunctionName=name)
    refused = None
    try:
        lab["lambda"].delete_function(FunctionName=f"{name}{in_name}", **qualifier)
    except ClientError as error:
        refused = f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return refused, versions(lab, name)


ALL = ["$LATEST", "1", "2", "3"]


@pytest.mark.parametrize(
    "qualified",
    [{"Qualifier": "3"}, {"in_name": ":3"}, {"in_name": ":3", "Qualifier": "3"}],
    ids=["qualifier", "name", "both"],
)
def test_one_version_is_deleted_alone(stock: Any, corrected: Any, qualified: Any) -> None:
    assert delete(corrected, **qualified) == (None, ["$LATEST", "1", "2"])
    assert delete(stock, **qualified) == (None, ["$LATEST", "1", "2"])


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_version_to_which_an_alias_leads_is_not_deleted(
    stock: Any, corrected: Any, version: str
) -> None:
    refused, left = delete(corrected, Qualifier=version)
    assert refused is not None
    assert refused.startswith("ResourceConflictException: ")
    assert refused.endswith("the following aliases reference it: [live]")
    assert left == ALL
    refused, left = delete(stock, Qualifier=version)
    assert "[live]" not in str(refused)
    assert left == ALL


def test_a_version_that_is_not_there_is_deleted_already(stock: Any, corrected: Any) -> None:
    assert delete(corrected, Qualifier="99") == (None, ALL)
    assert str(delete(stock, Qualifier="99")[0]).startswith("ResourceNotFoundException")


def test_latest_goes_with_the_whole_function_only(stock: Any, corrected: Any) -> None:
    refused, left = delete(corrected, Qualifier="$LATEST")
    assert (str(refused).split(":")[0], left) == (INVALID, ALL)
    assert delete(stock, Qualifier="$LATEST") == (None, None)


@pytest.mark.parametrize(
    "qualified", [{"Qualifier": "live"}, {"in_name": ":3", "Qualifier": "2"}], ids=["alias", "two"]
)
def test_what_is_not_one_version_is_refused(stock: Any, corrected: Any, qualified: Any) -> None:
    refused, left = delete(corrected, **qualified)
    assert (str(refused).split(":")[0], left) == (INVALID, ALL)
    assert not str(delete(stock, **qualified)[0]).startswith(INVALID)


def test_provisioned_concurrency_is_listed_by_version_and_alias(stock: Any, corrected: Any) -> None:
    def listed(lab: Any) -> list[tuple[str, int]]:
        name, _ = lab.weighted(CODE, 0.1)
        for qualifier in ("1", "live"):
            lab["lambda"].put_provisioned_concurrency_config(
                FunctionName=name, Qualifier=qualifier, ProvisionedConcurrentExecutions=2
            )
        pages = lab["lambda"].get_paginator("list_provisioned_concurrency_configs")
        return [
            (
                each["FunctionArn"].rpartition(":")[2],
                each["RequestedProvisionedConcurrentExecutions"],
            )
            for page in pages.paginate(FunctionName=name)
            for each in page["ProvisionedConcurrencyConfigs"]
        ]

    assert sorted(listed(corrected)) == [("1", 2), ("live", 2)]
    with pytest.raises(ClientError, match="No Provisioned Concurrency Config found"):
        listed(stock)


def test_a_function_without_any_has_an_empty_list(corrected: Any) -> None:
    name, _ = corrected.weighted(CODE, 0.1)
    pages = corrected["lambda"].get_paginator("list_provisioned_concurrency_configs")
    assert [
        page["ProvisionedConcurrencyConfigs"] for page in pages.paginate(FunctionName=name)
    ] == [[]]
