"""By what a published version is known again: our marker, its code's digest, and its
configuration's.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

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
    return f"greenshift {service} {release} {in_marker(digest)} c{configuration}"


class Marked(NamedTuple):
    """What a version's marker says: `digest` is the beginning of its bundle's."""

    service: str
    release: str
    digest: str


def marked(description: str) -> Marked | None:
    """The marker that `marker` has made, or None where the description is none."""
    found = re.fullmatch(r"greenshift (\S+) (\S+) (sha256:[0-9a-f]{12}) c[0-9a-f]{12}", description)
    return Marked(*found.groups()) if found else None


def in_marker(digest: str) -> str:
    """As much of a bundle's digest as a marker has."""
    return digest[:19]
