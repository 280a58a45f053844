"""Where a thing stands in a document: `release.toml:7 functions.mailer`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

Path = tuple[str | int, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True, slots=True)
class Places:
    """Tells the place of a key path in `document`, with its line where lines are known."""

    document: str
    lines: Mapping[Path, int] | None = None

    def __call__(self, *path: str | int) -> str:
        """The place of `path`; a key that is not there has the line of what should hold it."""
        place = self.document
        if self.lines is not None:
            place += f":{self._line(path)}"
        return f"{place} {key_path(path)}" if path else place

    def _line(self, path: Path) -> int:
        known = self.lines or {}
        held = (path[:length] for length in range(len(path), 0, -1))
        return next((known[part] for part in held if part in known), 1)


def key_path(path: Path) -> str:
    """The path as one writes it: `checks[0].http.path`, quoted where a key is not bare."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _BARE.fullmatch(part) else show(part)
            text += f".{key}" if text else key
    return text


def show(value: object) -> str:
    """A value as a finding quotes it: on one line, and cut where it is long."""
    text = repr(value[:81]) if isinstance(value, str) else _other(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _other(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Python refuses to write out an integer of thousands of digits; TOML has them in hex.
        return f"{value!r}" if value.bit_length() < 256 else "a huge number"
    if isinstance(value, float):
        return f"{value!r}"
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, list | tuple) else f"a {type(value).__name__}"
