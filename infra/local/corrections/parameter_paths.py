"""What a listing of parameters by their path is about, for policies that name resources.

AWS: `GetParametersByPath` is about the ARN of the path, as if it were a parameter.
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
Stock MiniStack: about `*`, so that only a policy for every resource allows it. Patch: the path goes
into the ARN.
"""

import json
from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches the resource that a request is about."""
    when_imported("ministack.core.iam_actions", _patch)


def _patch(iam_actions: Any) -> None:
    extract_arn = iam_actions.extract_resource_arn

    def arn_of(
        service: str,
        method: str,
        path: str,
        headers: Any,
        body: bytes,
        query: Any,
        region: str,
        account: str,
    ) -> str:
        found: str = extract_arn(service, method, path, headers, body, query, region, account)
        if service != "ssm" or found != "*":
            return found
        try:
            asked = json.loads(body)["Path"].strip("/")
        except (ValueError, KeyError, TypeError, AttributeError):
            return found
        return f"arn:aws:ssm:{region}:{account}:parameter/{asked}"

    iam_actions.extract_resource_arn = arn_of
