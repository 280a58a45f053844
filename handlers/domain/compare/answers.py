"""An answer as it is compared: status, some headers and body of an HTTP answer, or the result of an
event; of an error its kind alone.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.domain.probe.probe_answer import http_answer
from handlers.domain.release.check_forms import HttpForm

LARGEST_COMPARED = 1024**2
"""Characters of a body; a larger one is compared as a whole, by its hash, so that a few of Lambda's
6 MB fit into memory beside one another.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer. `error` is the kind of the error that the handler ended with, and then there is
    nothing else. `root` is what paths into `body` begin with.
    """

    error: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    root: str = "body"
    body: Any = None

    @property
    def failed(self) -> bool:
        """Whether it is an error, or an answer that says so."""
        return self.error is not None or (self.status is not None and self.status >= 500)

    @property
    def refused(self) -> bool:
        """Whether it says that there is nothing for who asked: a status of 400 to 499."""
        return self.status is not None and 400 <= self.status < 500


def seen(
    payload: Any, error: str | None, form: HttpForm | None, compared: Sequence[str] = ()
) -> Seen:
    """The answer in what an invocation returned; `form` is None for an event that is no request,
    and `compared` names the headers that count, in lower case.
    """
    if error is not None:
        return Seen(error=error.partition(":")[0])
    try:
        return _seen(payload, form, compared)
    except RecursionError:
        return Seen(error="NestedTooDeeply")


def _seen(payload: Any, form: HttpForm | None, compared: Sequence[str]) -> Seen:
    if form is None:
        return Seen(root="result", body=_kept(payload))
    if _is_large(payload):
        body = payload["body"]
        status, headers, _ = http_answer({**payload, "body": ""}, form)
        return Seen(None, status, _only(headers, compared), "body", _hashed(body))
    status, headers, body = http_answer(payload, form)
    if isinstance(body, str) and payload.get("isBase64Encoded"):
        body = payload["body"]  # bytes that are no text, which decoding has made less of
    elif not isinstance(body, str):
        body = _kept(body)
    return Seen(None, status, _only(headers, compared), "body", body)


def _only(headers: Mapping[str, str], compared: Sequence[str]) -> dict[str, str]:
    return {name: headers[name] for name in compared if name in headers}


def _is_large(payload: Any) -> bool:
    body = payload.get("body") if isinstance(payload, Mapping) else None
    return isinstance(body, str) and len(body) > LARGEST_COMPARED


def _kept(value: Any) -> Any:
    """JSON as it is, or in place of much of it what stands for the whole."""
    text = json.dumps(value, sort_keys=True)
    return value if len(text) <= LARGEST_COMPARED else _hashed(text)


def _hashed(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode(errors='replace')).hexdigest()}"
