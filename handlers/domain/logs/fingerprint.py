"""The fingerprint of an error: its type and the frame that raised it. What differs from one request
to the next, or from one release to the next without being another error, is no part of it: the
message, line numbers, ids in names.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

BUCKETS = 4096
"""Fingerprints of one function that are told apart, so that a service that makes up names for its
errors fills no ledger; two that fall together are taken for the same.
"""

_LONGEST = 120
_FOLDERS = ("/var/task/", "/var/runtime/", "/opt/python/", "/opt/nodejs/", "/opt/")
_AWS = ("Runtime.", "Sandbox.", "Extension.", "Function.")
_PYTHON_FRAME = re.compile(r'File "([^"\n]{1,500})", line \d+, in ([^\n]{1,200})')
_OTHER_FRAME = re.compile(r"\bat (?:async )?(?:([^\s(]{1,200}) \()?(?:file://)?([^\s():]{1,500})")
_ID = re.compile(r"[0-9a-fA-F]{8}[0-9a-fA-F-]*|\d{4,}")


@dataclass(frozen=True, slots=True, order=True)
class Fingerprint:
    """`kind` is the error's type; `frame` is where it was raised, empty where nothing says so."""

    kind: str
    frame: str = ""

    @property
    def bucket(self) -> str:
        """One of 4096 names, by which it is kept."""
        digest = hashlib.sha256(f"{self.kind}\n{self.frame}".encode()).digest()
        return f"{int.from_bytes(digest[:4]) % BUCKETS:03x}"

    def __str__(self) -> str:
        return f"{self.kind} in {self.frame}" if self.frame else self.kind


def fingerprint(kind: str, stack: str | Sequence[object] = "") -> Fingerprint:
    """Of an error's type and stack trace, as text or as a list of frames."""
    if not isinstance(stack, str):
        stack = "\n".join(each for each in stack if isinstance(each, str))
    name = kind if kind.startswith(_AWS) else kind.rpartition(".")[2] or kind
    return Fingerprint(_plain(name) or "Error", _plain(_raised(stack)))


def _raised(stack: str) -> str:
    """Python ends a trace with the frame that raised, others begin with it."""
    frames = _PYTHON_FRAME.findall(stack)
    if frames:
        path, function = frames[-1]
        return f"{function.strip()} ({_short(path)})"
    other = _OTHER_FRAME.search(stack)
    if other is None:
        return ""
    function, path = other[1] or "", _short(other[2])
    return f"{function} ({path})" if function else path


def _short(path: str) -> str:
    for folder in _FOLDERS:
        if path.startswith(folder):
            return path.removeprefix(folder)
    return path


def _plain(text: str) -> str:
    return _ID.sub("#", text.encode(errors="replace").decode())[:_LONGEST]
