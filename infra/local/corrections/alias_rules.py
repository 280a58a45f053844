"""What an alias accepts.

AWS: an alias points at versions that exist; weights are between 0 and 1, for one other published
version of the same execution role and dead-letter target, never beside `$LATEST`; two versions at
most.
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
Stock MiniStack: takes any version and any weight. Patch: checked before `CreateAlias` and
`UpdateAlias`.
"""

from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches the two operations."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    create, update = service._create_alias, service._update_alias

    def checked_create(name: str, data: dict[str, Any]) -> Any:
        function = service._functions.get(name)
        return (function and _refusal(service, name, function, data, {})) or create(name, data)

    def checked_update(name: str, alias_name: str, data: dict[str, Any]) -> Any:
        function = service._functions.get(name) or {}
        alias = (function.get("aliases") or {}).get(alias_name)
        if alias is None or service._check_revision(alias, data) is not None:
            return update(name, alias_name, data)
        return _refusal(service, name, function, data, alias) or update(name, alias_name, data)

    service._create_alias = checked_create
    service._update_alias = checked_update


def _refusal(
    service: Any, name: str, function: dict[str, Any], data: dict[str, Any], alias: dict[str, Any]
) -> Any:
    main = data.get("FunctionVersion", alias.get("FunctionVersion", "$LATEST"))
    routing = data.get("RoutingConfig", alias.get("RoutingConfig")) or {}
    weights: dict[str, float] = routing.get("AdditionalVersionWeights") or {}
    for version in (main, *weights):
        if version != "$LATEST" and version not in function["versions"]:
            return service._function_qualifier_not_found(name, version)
    reason = _wrong_weights(function, main, weights) if weights else None
    if reason:
        return service.error_response_json("InvalidParameterValueException", reason, 400)
    return None


def _wrong_weights(function: dict[str, Any], main: str, weights: dict[str, float]) -> str | None:
    if len(weights) > 1:
        return "Number of items in AdditionalVersionWeights cannot be greater than 1"
    [(version, weight)] = weights.items()
    if "$LATEST" in (main, version):
        return "$LATEST is not supported for an alias pointing to more than 1 version"
    if version == main:
        return "Alias routing can't point to the same version twice"
    if not 0.0 <= weight <= 1.0:
        return f"Weight {weight} must be between 0.0 and 1.0"
    one, other = (function["versions"][number]["config"] for number in (main, version))
    if one.get("Role") != other.get("Role"):
        return "The versions of an alias must have the same execution role"
    if one.get("DeadLetterConfig") != other.get("DeadLetterConfig"):
        return "The versions of an alias must have the same dead-letter configuration"
    return None
