"""A prune that a person asks for: a call of the function that prunes once a day."""

import json
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from statemachine.problems import PruneFailed

FUNCTION = "greenshift-prune"


def prune(lambda_client: Any, service: str, *, dry_run: bool) -> dict[str, Any]:
    """What the prune of the service came to: Pruned.to_json of handlers/domain/pruning/outcome.py.
    Raises PruneFailed.
    """
    request = {"service": service, "dryRun": dry_run}
    try:
        answer = lambda_client.invoke(FunctionName=FUNCTION, Payload=json.dumps(request))
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            raise PruneFailed(
                f"the Greenshift of this account has no function {FUNCTION}: update it with "
                "`make deployer`"
            ) from error
        raise
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        kind, message = found.get("errorType", "Unknown"), found.get("errorMessage", "")
        raise PruneFailed(
            f"{FUNCTION} failed with {kind}: {message}; its log is /aws/lambda/{FUNCTION}"
        )
    return found
