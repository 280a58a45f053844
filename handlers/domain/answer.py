"""What a deployment answers when it ends: the execution's output, `status --json`, the last line of
`deploy --json`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.domain.findings import Finding
from handlers.domain.messages import Ended, Outcome

MOST_CAUSE = 4096
"""Characters of a Fail state's Cause that are kept; Step Functions takes 32 KiB."""


def answer(
    *,
    deployment: str,
    service: str,
    release: str,
    digest: str,
    outcome: Outcome,
    reason: str,
    blue: Mapping[str, str],
    green: Mapping[str, str],
    started_at: str,
    ended_at: str,
    failed_requests: int = 0,
    findings: Sequence[Finding | Mapping[str, Any]] = (),
    queued: Mapping[str, Any] | None = None,
    superseded_by: str | None = None,
) -> dict[str, Any]:
    """The answer as it is published; `findings` are there only when there are any, `queued` only
    where it waits for its turn, and `supersededBy` only where it gave way to that release.
    """
    found: dict[str, Any] = {
        "deployment": deployment,
        "service": service,
        "release": release,
        "digest": digest,
        "outcome": outcome,
        "reason": reason,
        "blue": dict(blue),
        "green": dict(green),
        "startedAt": started_at,
        "endedAt": ended_at,
        "failedRequests": failed_requests,
    }
    if findings:
        found["findings"] = [
            each.to_json() if isinstance(each, Finding) else dict(each) for each in findings
        ]
    if queued:
        found["queued"] = dict(queued)
    if superseded_by:
        found["supersededBy"] = superseded_by
    return found


def ended(found: Mapping[str, Any]) -> Ended:
    """The section of a deployment that ended; its cause is the answer as text, cut to what fits:
    first findings, then the reason, then the versions of a service of very many functions.
    """
    return Ended(found["outcome"], found, next(filter(_fits, _shorter(found)), ""))


def _shorter(found: Mapping[str, Any]) -> Iterator[str]:
    """The answer as text, each time with less of what the ledger has anyway."""
    yield _text(found)
    if findings := found.get("findings"):
        found = {**found, "findings": findings[:3]}
        yield _text(found)
    found = {**found, "reason": found["reason"][:1000]}
    yield _text({**found, "findings": []} if findings else found)
    yield _text({**found, "blue": {}, "green": {}, **({"findings": []} if findings else {})})


def _fits(text: str) -> bool:
    return len(text) <= MOST_CAUSE


def _text(found: Mapping[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False)
