"""By what a published version is known again: our marker, its code's digest, and its
configuration's.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_CONFIGURATION = (
    "Architectures",
    "DeadLetterConfig",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "ImageConfigResponse",
    "KMSKeyArn",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "Role",
    "Runtime",
    "SnapStart",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
)


def configuration_digest(configuration: Mapping[str, Any]) -> str:
    """Twelve hex digits of what a version's configuration makes it do; its description and revision
    do not count.
    """
    known: dict[str, Any] = {
        key: configuration[key] for key in _CONFIGURATION if configuration.get(key)
    }
    known["Environment"] = (configuration.get("Environment") or {}).get("Variables") or {}
    known["Layers"] = [layer["Arn"] for layer in configuration.get("Layers") or []]
    if "SnapStart" in known:
        known["SnapStart"] = known["SnapStart"].get("ApplyOn")
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()[:12]


def marker(service: str, release: str, digest: str, configuration: str) -> str:
    """The description that a version of ours carries: release, bundle digest and configuration
    digest.
    """
    return f"greenshift {service} {release} {digest[:19]} c{configuration}"
