"""The names by which a service's stack and the deployer's stack find each other."""

ALIAS = "live"
PREVIEW_ALIAS = "preview"
PREVIEW_ROLES = "greenshift-preview"
"""The path of the roles in which Greenshift calls services' previews."""

SERVICE_TAG = "greenshift:service"
"""Every function that Greenshift may release carries it; its value is the service."""

HOOK_TAG = "greenshift:hook"
"""Every function that Greenshift may call as a hook carries it; its value is the service."""

PHASES = (
    "plan",
    "provision-green",
    "migrate-schema",
    "verify-green",
    "run-hooks",
    "shift-traffic",
    "bake",
    "finalize",
    "roll-back",
)

_DEPLOYER = "/greenshift/deployer"
TABLE_PARAMETER = f"{_DEPLOYER}/table"
BUCKET_PARAMETER = f"{_DEPLOYER}/bucket"
CODE_BUCKET_PARAMETER = f"{_DEPLOYER}/code/bucket"
CODE_KEY_PARAMETER = f"{_DEPLOYER}/code/key"
OWN_ALIAS_PARAMETER = f"{_DEPLOYER}/own-alias"
HEAR_LOG_PARAMETER = f"{_DEPLOYER}/hear-log"
HEAR_LOG_PATTERN_PARAMETER = f"{_DEPLOYER}/hear-log-pattern"


def phase_parameter(phase: str) -> str:
    """The SSM parameter that holds the ARN of the phase's published version."""
    return f"{_DEPLOYER}/phases/{phase}"


def registration_parameter(service: str) -> str:
    """The SSM parameter that holds the service's registration."""
    return f"/greenshift/services/{service}"
