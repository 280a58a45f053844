"""Requests to the emulator count as sent over TLS.

AWS: its endpoints speak TLS, so that `aws:SecureTransport` is true unless somebody chose http.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
Stock MiniStack: the key is false on plain http, and every policy with `enforce_ssl` denies.
Patch: the key is true; loopback is all that the emulator listens to.
"""

from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches the condition key."""
    when_imported("ministack.core.iam_evaluator", _patch)


def _patch(iam_evaluator: Any) -> None:
    resolve = iam_evaluator._resolve_condition_key

    def resolve_as_over_tls(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_as_over_tls
