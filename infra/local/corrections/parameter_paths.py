"""What a listing of parameters by their path is about, for IAM.

AWS: `GetParametersByPath` needs the permission on the path itself, as on a parameter of that name:
`arn:aws:ssm:<region>:<account>:parameter/greenshift/services`, without a slash at its end.
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
Stock MiniStack: knows the parameter's `Name` alone, so that a role needs the permission on `*`.
Patch: the path goes into the ARN.
"""

import json
from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches the resource."""
    when_imported("ministack.core.iam_actions", _patch)


def _patch(iam_actions: Any) -> None:
    extract_arn = iam_actions.extract_resource_arn

    def arn_of(
        service: str,
        method: str,
        path: str,
        headers: Any,
        body: Any,
        query: Any,
        region: str,
        account: str,
    ) -> str:
        listing = iam_actions._action_from_target(headers) == "GetParametersByPath"
        if service == "ssm" and listing:
            listed = str(json.loads(body or "{}").get("Path", "/")).strip("/")
            return f"arn:aws:ssm:{region}:{account}:parameter/{listed}"
        return str(extract_arn(service, method, path, headers, body, query, region, account))

    iam_actions.extract_resource_arn = arn_of
