"""Deleting a version of a function.

AWS: `DeleteFunction` with a qualifier deletes that version alone. One that is not there is deleted
already (204); `$LATEST` and what is no version's number are refused
(`InvalidParameterValueException`), and so is a qualifier that is not the one in the name; a version
to which an alias leads is a `ResourceConflictException` that names the aliases.
https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
https://github.com/floci-io/floci/pull/2824 (measured on AWS)
Stock MiniStack: `$LATEST` deletes the whole function, an absent version is a 404, of two qualifiers
the one in the name counts, and the conflict does not name the aliases. Patch: looked at before.
"""

from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches `DeleteFunction`."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    delete = service._delete_function

    def delete_version(name: str, query: dict[str, Any], in_name: str | None = None) -> Any:
        given = service._qualifier_from_path_or_query(None, query)
        function = service._functions.get(name)
        if function is None or not (in_name or given):
            return delete(name, query, in_name)
        if in_name and given and in_name != given:
            what = "The derived qualifier from the function name does not match the specified"
            return _invalid(service, f"{what} qualifier.")
        qualifier = in_name or given
        if qualifier == "$LATEST":
            what = "$LATEST version cannot be deleted without deleting the function."
            return _invalid(service, what)
        if not qualifier.isdigit():
            return _invalid(service, "Deletion of aliases is not currently supported.")
        if qualifier not in function["versions"]:
            return 204, {}, b""
        if aliases := _leading_to(function, qualifier):
            return service.error_response_json(
                "ResourceConflictException",
                "Unable to delete version because the following aliases reference it: "
                f"[{', '.join(aliases)}]",
                409,
            )
        return delete(name, query, in_name)

    service._delete_function = delete_version


def _invalid(service: Any, what: str) -> Any:
    return service.error_response_json("InvalidParameterValueException", what, 400)


def _leading_to(function: dict[str, Any], version: str) -> list[str]:
    return [
        name
        for name, alias in (function.get("aliases") or {}).items()
        if version
        in {
            alias.get("FunctionVersion"),
            *((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}),
        }
    ]
