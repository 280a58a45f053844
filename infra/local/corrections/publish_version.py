"""Conditions of `PublishVersion`.

AWS: with `CodeSha256` it publishes only code of that digest (`InvalidParameterValueException`),
with `RevisionId` only that revision (`PreconditionFailedException`). A version is made only when
code or configuration differ from the last version, not when they were written again with equal
content.
https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
Stock MiniStack: ignores both, and publishes again after every write, equal or not. Patch: checked
before the call; the last version is answered when nothing differs.
"""

from typing import Any

from infra.local.patching import when_imported

_NOT_COMPARED = {
    "Version",
    "FunctionArn",
    "RevisionId",
    "LastModified",
    "Description",
    "State",
    "StateReason",
    "StateReasonCode",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
}


def apply() -> None:
    """Patches `PublishVersion`."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    publish = service._publish_version

    def publish_if(name: str, data: dict[str, Any]) -> Any:
        function = service._functions.get(name)
        if function is None:
            return publish(name, data)
        config = function["config"]
        wanted = data.get("CodeSha256")
        if wanted and wanted != config.get("CodeSha256"):
            return service.error_response_json(
                "InvalidParameterValueException",
                f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST "
                f"({config.get('CodeSha256')}). Please try again with the CodeSHA256 in $LATEST.",
                400,
            )
        if data.get("RevisionId"):
            refused = service._check_revision(config, data)
            if refused is not None:
                return refused
        latest = max(function["versions"], key=int, default=None)
        if latest is not None:
            last = function["versions"][latest]
            described = config.get("Description") == last.get("described", "")
            if described and _compared(last["config"]) == _compared(config):
                return service.json_response(last["config"], 201)
        answer = publish(name, data)
        made = function["versions"][max(function["versions"], key=int)]
        made.setdefault("described", config.get("Description"))
        return answer

    service._publish_version = publish_if


def _compared(config: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name not in _NOT_COMPARED}
