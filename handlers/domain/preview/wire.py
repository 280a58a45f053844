"""A check as it goes over the wire to a preview, and what API Gateway itself answers there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from handlers.domain.probe.probe_event import headers_and_body
from handlers.domain.release.check_calls import HttpRequest

_PATH = "/%:@!$&'()*+,;=~-._"
"""What stays as it is in a path; a per cent sign is an encoding that the check has written."""
_OF_THE_GATEWAY: Mapping[tuple[int, str], str] = {
    (403, "Forbidden"): "API Gateway refused the signed request: deploy the service's stack again",
    (404, "Not Found"): "the preview has no route for it",
    (500, "Internal Server Error"): "the function failed, or does not let the preview call it",
    (503, "Service Unavailable"): "the function did not answer within API Gateway's 30 seconds",
}


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP request, ready to be signed."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Unsendable(ValueError):
    """HTTP cannot carry what the check sends; the text says what."""


def wire_request(request: HttpRequest, name: str, url: str) -> WireRequest:
    """The request of the check `name` to the preview at `url`. The name goes percent-encoded, since
    headers are ASCII. Raises Unsendable.
    """
    given, body = headers_and_body(request, quote(name, safe=" !#$&'()*+,/:;=?@[]_"))
    headers = {"user-agent": "greenshift", **given}
    for key, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise Unsendable(f"the header {key} has a value that HTTP cannot carry: {value!r}")
    query = urlencode(request.query, quote_via=quote, safe="")
    where = url.rstrip("/") + quote(request.path, safe=_PATH)
    return WireRequest(
        method=request.method,
        url=f"{where}?{query}" if query else where,
        headers=headers,
        body=(body or "").encode(),
    )


def of_the_gateway(status: int, body: Any) -> str | None:
    """What it means when API Gateway answers this itself, None for what the function may have
    said.
    """
    said = body.get("message") if isinstance(body, Mapping) and len(body) == 1 else None
    return _OF_THE_GATEWAY.get((status, said)) if isinstance(said, str) else None
