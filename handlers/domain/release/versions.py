"""Release versions are semantic versions (SemVer 2.0), and events only move forward along them."""

import re
from dataclasses import dataclass

NUMBER = r"(?:0|[1-9][0-9]*)"
PRERELEASE = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
SEMANTIC_VERSION = (
    rf"{NUMBER}\.{NUMBER}\.{NUMBER}"
    rf"(?:-{PRERELEASE}(?:\.{PRERELEASE})*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
LONGEST = 64


@dataclass(frozen=True, slots=True)
class Version:
    """A semantic version. `precedence` orders it; build metadata does not count there."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...] = ()
    build: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        text += f"-{'.'.join(self.prerelease)}" if self.prerelease else ""
        return text + (f"+{'.'.join(self.build)}" if self.build else "")

    @property
    def precedence(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        """A key that sorts as SemVer 2.0 §11 says: numbers below words, a release above all."""
        identifiers = tuple(
            (False, int(word), "") if word.isdigit() else (True, 0, word)
            for word in self.prerelease
        )
        return (self.major, self.minor, self.patch, not self.prerelease, identifiers)


def parse_version(text: str) -> Version:
    """The version that `text` writes. Raises ValueError with one sentence if it writes none."""
    if len(text) > LONGEST or not re.fullmatch(SEMANTIC_VERSION, text):
        shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        message = f"{shown!r} is not a semantic version such as 1.4.2 of at most {LONGEST} letters"
        raise ValueError(message)
    text, _, build = text.partition("+")
    core, _, prerelease = text.partition("-")
    major, minor, patch = (int(part) for part in core.split("."))
    return Version(
        major,
        minor,
        patch,
        tuple(prerelease.split(".")) if prerelease else (),
        tuple(build.split(".")) if build else (),
    )


def compare_versions(left: str, right: str) -> int:
    """-1, 0 or 1 as `left` is older than, of the same precedence as, or newer than `right`.

    Raises ValueError if either is not a semantic version.
    """
    a, b = parse_version(left).precedence, parse_version(right).precedence
    return (a > b) - (a < b)


def is_older(left: str, right: str) -> bool:
    """Whether `left` comes strictly before `right`; versions that differ in build only do not."""
    return compare_versions(left, right) < 0
