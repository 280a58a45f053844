"""Lambda functions and their published versions: read, configured, published, waited for."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.errors import ProvisioningFailed, TransientConflict

_POLL_SECONDS = 0.2
_POLL_LONGEST = 5.0


def changed_meanwhile(name: str) -> str:
    """What one finds who reads back something else than was written."""
    return (
        f"somebody else changes {name} while it is deployed: let its stack's update, or whatever "
        "it is, come to its end, then deploy again"
    )


@contextmanager
def _as_read(name: str) -> Iterator[None]:
    """Raises TransientConflict where Lambda says that `$LATEST` is not as it was read: by its
    revision, or by its code's digest.
    """
    try:
        yield
    except ClientError as error:
        differs = "CodeSHA256" in str(error) and code_of(error) == "InvalidParameterValueException"
        if differs or code_of(error) == "PreconditionFailedException":
            raise TransientConflict(changed_meanwhile(name)) from error
        raise


class Functions:
    """The function half of the Lambda API."""

    def __init__(self, lambda_client: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        self._lambda, self._sleep = lambda_client, sleep

    def read(self, name: str, version: str | None = None) -> dict[str, Any] | None:
        """GetFunction's answer (configuration, tags) for `$LATEST` or a version, or None when there
        is none.
        """
        try:
            answer: dict[str, Any] = self._lambda.get_function(
                FunctionName=name, **_qualifier(version)
            )
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise
        return answer

    def reserved_concurrency(self, name: str) -> int | None:
        """How many executions are reserved for the function, over all its versions; None when it
        shares the account's.
        """
        found = self._lambda.get_function(FunctionName=name).get("Concurrency", {})
        reserved: int | None = found.get("ReservedConcurrentExecutions")
        return reserved

    def configuration(self, name: str, version: str | None = None) -> dict[str, Any]:
        """The configuration in GetFunction's answer: GetFunctionConfiguration would tell the same,
        of a quota that has 15 calls a second instead of 100, and that all others need.
        """
        answer = self._lambda.get_function(FunctionName=name, **_qualifier(version))
        found: dict[str, Any] = answer["Configuration"]
        return found

    def versions(self, name: str) -> Iterator[dict[str, Any]]:
        """Every published version's configuration, oldest first, without `$LATEST`."""
        for page in self._lambda.get_paginator("list_versions_by_function").paginate(
            FunctionName=name
        ):
            yield from (each for each in page["Versions"] if each["Version"] != "$LATEST")

    def configure(self, name: str, revision: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateFunctionConfiguration on `$LATEST`, then waits until Lambda has taken it. Raises
        TransientConflict where somebody has written it since it had that revision.
        """
        with _as_read(name):
            self._lambda.update_function_configuration(
                FunctionName=name, RevisionId=revision, **changes
            )
        return self.settled(name)

    def replace_code(self, name: str, revision: str, code: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateFunctionCode on `$LATEST` (not published), then waits until Lambda has taken it.
        Raises TransientConflict where somebody has written it since it had that revision, or Lambda
        has taken theirs by then.
        """
        with _as_read(name):
            taken = self._lambda.update_function_code(
                FunctionName=name, RevisionId=revision, Publish=False, **code
            )
        found = self.settled(name)
        if found["CodeSha256"] != taken["CodeSha256"]:
            raise TransientConflict(changed_meanwhile(name))
        return found

    def publish(self, name: str, revision: str, sha256: str, description: str) -> str:
        """Publishes `$LATEST` as a version with our marker; answers its number. Raises
        TransientConflict where it is not what was written any more.
        """
        with _as_read(name):
            answer = self._lambda.publish_version(
                FunctionName=name, RevisionId=revision, CodeSha256=sha256, Description=description
            )
        return str(answer["Version"])

    def settled(self, name: str, version: str | None = None) -> dict[str, Any]:
        """Waits until the function or version is Active and its last update is over; answers its
        configuration.

        The caller's own time-out is the deadline. Raises ProvisioningFailed with Lambda's reason
        when it failed.
        """
        pause = _POLL_SECONDS
        while True:
            found = self.configuration(name, version)
            state, update = (
                found.get("State", "Active"),
                found.get("LastUpdateStatus", "Successful"),
            )
            where = f"{name}:{version}" if version else name
            if state == "Failed":
                reason = found.get("StateReason", "no reason given")
                raise ProvisioningFailed(f"{where} failed to become active: {reason}")
            if update == "Failed":
                reason = found.get("LastUpdateStatusReason", "no reason given")
                raise ProvisioningFailed(f"the update of {where} failed: {reason}")
            if state in ("Active", "Inactive") and update == "Successful":
                return found
            self._sleep(pause)
            pause = min(pause * 1.5, _POLL_LONGEST)

    def provisioned_concurrency(self, name: str, qualifier: str) -> dict[str, Any] | None:
        """The provisioned concurrency of a version or an alias, or None."""
        try:
            answer: dict[str, Any] = self._lambda.get_provisioned_concurrency_config(
                FunctionName=name, Qualifier=qualifier
            )
        except ClientError as error:
            if code_of(error) in (
                "ProvisionedConcurrencyConfigNotFoundException",
                "ResourceNotFoundException",
            ):
                return None
            raise
        return answer

    def provision_concurrency(self, name: str, version: str, count: int) -> None:
        """Gives the version provisioned concurrency and waits until it is READY."""
        self._lambda.put_provisioned_concurrency_config(
            FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=count
        )
        while True:
            found = self.provisioned_concurrency(name, version)
            if found is None:
                raise TransientConflict(
                    f"{name}:{version}: its provisioned concurrency was taken away meanwhile"
                )
            if found["Status"] == "READY":
                return
            if found["Status"] == "FAILED":
                reason = found.get("StatusReason", "no reason given")
                raise ProvisioningFailed(
                    f"{name}:{version} got no provisioned concurrency: {reason}"
                )
            self._sleep(1)


def _qualifier(version: str | None) -> dict[str, str]:
    return {} if version is None else {"Qualifier": version}
