"""The published versions of a function: listed with `$LATEST`, those with provisioned concurrency,
which can be taken from them, and deleted one by one.
"""

import re
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.functions.pace import Pace
from handlers.domain.pruning.published import LATEST, Published, Version, published


class Versions:
    """Lambda's versions, at a pace that leaves deployments theirs."""

    def __init__(self, lambda_client: Any, pace: Pace) -> None:
        self._lambda, self._pace = lambda_client, pace

    def of(self, function: str) -> tuple[list[Published], Published | None]:
        """All published versions and `$LATEST`; nothing of a function that is not there."""
        found: list[Published] = []
        self._pace.wait()
        pages = self._lambda.get_paginator("list_versions_by_function")
        try:
            for page in pages.paginate(FunctionName=function):
                found += map(published, page["Versions"])
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
        latest = next((each for each in found if each.id.number == LATEST), None)
        return [each for each in found if each.id.number != LATEST], latest

    def aliases_of(self, version: Version) -> list[str]:
        """The aliases that lead to the version, also with a share only, as they are now."""
        self._pace.wait()
        pages = self._lambda.get_paginator("list_aliases").paginate(FunctionName=version.function)
        return [
            alias["Name"]
            for page in pages
            for alias in page["Aliases"]
            if version.number
            in {
                alias["FunctionVersion"],
                *((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}),
            }
        ]

    def warm(self, function: str) -> frozenset[Version]:
        """Those that have provisioned concurrency of their own; none of a function that is not
        there.
        """
        found = []
        self._pace.wait()
        pages = self._lambda.get_paginator("list_provisioned_concurrency_configs")
        try:
            for page in pages.paginate(FunctionName=function):
                found += [each["FunctionArn"] for each in page["ProvisionedConcurrencyConfigs"]]
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
        numbers = (arn.rpartition(":")[2] for arn in found)
        return frozenset(Version(function, each) for each in numbers if each.isdecimal())

    def cool(self, version: Version) -> None:
        """Takes a version's provisioned concurrency away; that it has none is fine."""
        self._pace.wait()
        try:
            self._lambda.delete_provisioned_concurrency_config(
                FunctionName=version.function, Qualifier=version.number
            )
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise

    def delete(self, version: Version) -> bool:
        """Deletes one version; that it is gone already is fine. False when Lambda will not:
        an alias leads to it, or something is changing it.

        DeleteFunction without a version deletes the whole function: the number is given twice, with
        the name and as the qualifier, and Lambda refuses a call whose two do not agree. So is IAM
        asked about the version's ARN. Raises ValueError for what is not a version's number.
        https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
        """
        if not re.fullmatch(r"[A-Za-z0-9_-]+", version.function, re.ASCII):
            raise ValueError(f"{version.function!r} is not the plain name of a function")
        if not re.fullmatch(r"[1-9][0-9]*", version.number, re.ASCII):
            raise ValueError(f"{version.number!r} is not the number of a published version")
        self._pace.wait()
        try:
            self._lambda.delete_function(FunctionName=str(version), Qualifier=version.number)
        except ClientError as error:
            if code_of(error) == "ResourceConflictException":
                return False
            if code_of(error) != "ResourceNotFoundException":
                raise
        return True
