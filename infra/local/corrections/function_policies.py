"""Whose permissions `GetPolicy` tells.

AWS: a function, each of its versions and each of its aliases has a policy of its own; without a
qualifier it is that of the bare function, and where there is none `ResourceNotFoundException`.
https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
Stock MiniStack: without a qualifier it tells the statements of all of them, or an empty policy.
Patch: only the statements whose resource is the bare function.
"""

import json
from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches `GetPolicy`."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(lambda_svc: Any) -> None:
    get = lambda_svc._get_policy

    def get_own(func_name: str, query_params: Any = None, path_qualifier: str | None = None) -> Any:
        answer = get(func_name, query_params, path_qualifier)
        status, _, body = answer
        qualifier = lambda_svc._qualifier_from_path_or_query(path_qualifier, query_params)
        if qualifier or status != 200:
            return answer
        found = json.loads(body)
        policy = json.loads(found["Policy"])
        bare = lambda_svc._func_arn(func_name)
        own = [each for each in policy["Statement"] if each.get("Resource") == bare]
        if not own:
            return lambda_svc.error_response_json(
                "ResourceNotFoundException", "The resource you requested does not exist.", 404
            )
        found["Policy"] = json.dumps({**policy, "Statement": own})
        return lambda_svc.json_response(found)

    lambda_svc._get_policy = get_own
