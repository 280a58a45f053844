"""HTTP requests that are signed for an API Gateway API (Signature Version 4)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from urllib3.exceptions import HTTPError

from handlers.domain.preview.wire import WireRequest

_CONNECT_SECONDS, _READ_SECONDS = 5, 31
"""API Gateway gives a function 30 seconds."""
_LONGEST_SECONDS = 45
_LARGEST = 6 * 1024 * 1024
"""What a function can answer at all."""
_CHUNK = 64 * 1024
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back, whatever its status; a header may be there more than once."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


class Unanswered(Exception):
    """No answer came, or not all of it; the text says why."""


class SignedHttp:
    """Sends to the address that it is given, by https with its certificate verified, and follows no
    redirect: a signature is for nobody else.
    """

    def __init__(self, region: str, http: URLLib3Session | None = None) -> None:
        self._region = region
        self._http = http or URLLib3Session(
            timeout=(_CONNECT_SECONDS, _READ_SECONDS),  # type: ignore[arg-type]
            max_pool_connections=_AT_ONCE,
        )

    def send(self, wire: WireRequest, credentials: Credentials | ReadOnlyCredentials) -> HttpAnswer:
        """The answer, of bounded size and in bounded time. Raises Unanswered."""
        request = AWSRequest(
            method=wire.method,
            url=wire.url,
            headers=dict(wire.headers),
            data=wire.body,
            stream_output=True,
        )
        SigV4Auth(credentials, "execute-api", self._region).add_auth(request)
        deadline = time.monotonic() + _LONGEST_SECONDS
        try:
            response = self._http.send(request.prepare())
            body = _read(response.raw, deadline)
        except (BotoCoreError, HTTPError, OSError) as failure:
            what = f"{wire.method} {wire.url}: {type(failure).__name__}: {failure}"
            raise Unanswered(what) from failure
        return HttpAnswer(response.status_code, list(response.raw.headers.items()), body)


def _read(raw: Any, deadline: float) -> bytes:
    found = bytearray()
    while chunk := raw.read(_CHUNK):
        found += chunk
        if len(found) > _LARGEST:
            raw.close()
            raise OSError(f"it answers more than {_LARGEST // 1024 // 1024} MB")
        if time.monotonic() > deadline:
            raw.close()
            raise OSError(f"it was still answering after {_LONGEST_SECONDS} s")
    return bytes(found)
