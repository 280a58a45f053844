"""How much a parameter of the Parameter Store can hold.

AWS: 4 KB in the standard tier, 8 KB in the advanced one; intelligent tiering takes the one that
fits; an advanced parameter stays advanced when it is overwritten.
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
Stock MiniStack: takes any size in any tier. Patch: checked before `PutParameter`.
"""

from typing import Any

from infra.local.patching import when_imported

STANDARD_BYTES, ADVANCED_BYTES = 4096, 8192


def apply() -> None:
    """Patches `PutParameter`."""
    when_imported("ministack.services.ssm", _patch)


def _patch(ssm: Any) -> None:
    put = ssm._put_parameter

    def put_if_it_fits(data: dict[str, Any]) -> Any:
        size = len(data.get("Value", "").encode())
        existing = ssm._parameters.get(data.get("Name")) or {}
        tier = data.get("Tier") or existing.get("Tier") or "Standard"
        if tier == "Intelligent-Tiering":
            tier = "Advanced" if size > STANDARD_BYTES else "Standard"
        if existing.get("Tier") == "Advanced":
            tier = "Advanced"
        limit = ADVANCED_BYTES if tier == "Advanced" else STANDARD_BYTES
        if size > limit:
            return ssm.error_response_json(
                "ValidationException",
                f"{tier} tier parameters support a maximum parameter value of {limit} characters.",
                400,
            )
        return put({**data, "Tier": tier})

    ssm._put_parameter = put_if_it_fits
