"""Recorded requests out of what others write: HAR files, access logs and events as JSON lines."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from handlers.domain.compare.recording import form_of, method_of
from handlers.domain.release.check_forms import SAFE

_METHODS = ("method", "httpMethod", "http_method")
_PATHS = ("path", "rawPath", "url", "uri")
_CREDENTIALS = re.compile(
    r"(?i)(?:proxy-)?authorization|cookie|x-api-key|x-amz-security-token|.*(?:token|secret).*"
)
_OF_A_CONNECTION = re.compile(r"(?i):.*|host|connection|content-length|accept-encoding|if-.*")
"""Headers that belong to the connection they came by, or ask for an answer without a body."""
_DATA = re.compile(r"[^/]*[0-9][^/]*")


@dataclass(frozen=True, slots=True)
class Imported:
    """The recorded requests, a JSON document each, and what was left out, by why."""

    lines: list[str]
    counts: dict[str, int]


def imported(text: str, most: int, prefix: str = "") -> Imported:
    """The safe requests in a HAR file or in JSON lines, each once and `most` in all; `prefix` is
    cut from the beginning of their paths, but for those of events.
    """
    counts = dict.fromkeys(("requests", "unsafe", "repeated", "surplus", "unread"), 0)
    found: dict[str, str] = {}
    for request in _requests(text, prefix):
        method, path, document = request or ("", "", {})
        line = json.dumps(document, ensure_ascii=False)
        if not path:
            counts["unread"] += 1
        elif method not in SAFE:
            counts["unsafe"] += 1
        elif line in found:
            counts["repeated"] += 1
        else:
            found[line] = path
    lines = _most_different(found, most)
    counts |= {"requests": len(lines), "surplus": len(found) - len(lines)}
    return Imported(lines, counts)


def _most_different(found: Mapping[str, str], most: int) -> list[str]:
    """One of each kind of path in turn, until there are enough; in the order of the log."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for line, path in found.items():
        kinds[_DATA.sub("*", path)].append(line)
    turns = sorted((place, line) for lines in kinds.values() for place, line in enumerate(lines))
    chosen = {line for _, line in turns[:most]}
    return [line for line in found if line in chosen]


def _requests(text: str, prefix: str) -> Iterator[tuple[str, str, dict[str, Any]] | None]:
    """Method, path and document of each request; None for what is none."""
    try:
        whole = json.loads(text)
        entries = whole["log"]["entries"]
    except (ValueError, LookupError, TypeError):
        yield from (_of_line(line, prefix) for line in text.split("\n") if line.strip())
        return
    for entry in entries:
        request = entry.get("request", {})
        headers = {each["name"]: each["value"] for each in request.get("headers", ())}
        yield _request(prefix, request.get("method"), request.get("url"), headers)


def _of_line(line: str, prefix: str) -> tuple[str, str, dict[str, Any]] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    event = found.get("event", found)
    if isinstance(event, dict) and "requestContext" in event and form_of(event):
        return _of_event(event)
    named = ([found.get(key) for key in keys if key in found] for keys in (_METHODS, _PATHS))
    method, path = (next(iter(each), None) for each in named)
    return _request(prefix, method, path, found.get("headers"), found.get("query"))


def _of_event(event: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    kept = dict(event)
    for name in ("headers", "multiValueHeaders"):
        if isinstance(event.get(name), dict):
            kept[name] = _without(event[name], _CREDENTIALS)
    kept.pop("cookies", None)
    path = event.get("rawPath") or event.get("path") or ""
    return method_of(event), str(path), {"event": kept}


def _request(
    prefix: str, method: object, url: object, headers: object = None, query: object = None
) -> tuple[str, str, dict[str, Any]] | None:
    if not isinstance(method, str) or not isinstance(url, str):
        return None
    parts = urlsplit(f"https://host{url}" if url.startswith("/") else url)
    path = parts.path.removeprefix(prefix)
    path = path if path.startswith("/") else f"/{path}"
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    asked |= query if isinstance(query, dict) else {}
    kept = _without(headers, _CREDENTIALS, _OF_A_CONNECTION)
    document = {"method": method.upper(), "path": path, "query": asked, "headers": kept}
    return method.upper(), path, {key: value for key, value in document.items() if value}


def _without(headers: object, *forms: re.Pattern[str]) -> dict[str, Any]:
    given = headers if isinstance(headers, dict) else {}
    return {k: v for k, v in given.items() if not any(form.fullmatch(k) for form in forms)}
