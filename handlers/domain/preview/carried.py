"""Which checks go over real HTTP to the preview, and why others cannot."""

from handlers.domain.preview.preview import Preview
from handlers.domain.release.checks import Check

_OF_THE_WIRE = frozenset({
    "authorization", "connection", "content-length", "date", "expect", "host", "te", "trailer",
    "transfer-encoding", "upgrade", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto",
})  # fmt: skip
"""Headers that the request itself needs: for its signature, for its way, or that API Gateway
writes.
"""


def goes_over(check: Check, preview: Preview | None) -> bool:
    """Whether the check is made over the preview, in a service that has this one."""
    wanted = check.http is not None and check.http.via != "event"
    return wanted and why_not(check, preview) is None


def why_not(check: Check, preview: Preview | None) -> str | None:
    """Why the HTTP check cannot be made over this preview; None when it can."""
    assert check.http is not None
    if preview is None:
        return "the service has no preview"
    if preview.role_arn is None:
        return "the preview has an authorizer of its own, which Greenshift cannot satisfy"
    if check.function not in preview.functions:
        return f"the preview does not reach {check.function}"
    if check.http.form != "apiGatewayV2":
        return f"the preview is an HTTP API, and the check is of the form {check.http.form}"
    for name in check.http.headers:
        if name.lower() in _OF_THE_WIRE or name.lower().startswith("x-amz-"):
            return f"a signed request has the header {name} for itself"
    return None
