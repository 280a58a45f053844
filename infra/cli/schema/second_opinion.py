"""squawk's opinion of the pending files, where it is installed: information, never a verdict."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SECONDS = 60
_OF_STYLE = (
    "prefer-robust-stmts,prefer-text-field,prefer-bigint-over-int,prefer-bigint-over-smallint,"
    "prefer-identity,prefer-timestamptz,require-enum-value-ordering,require-lock-timeout,"
    "require-statement-timeout"
)
"""Rules of taste, and of time-outs that the migrator sets itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One thing that squawk says of a line of a migration file."""

    path: str
    line: int
    rule: str
    says: str
    help: str = ""


def second_opinion(paths: Sequence[Path]) -> tuple[Opinion, ...]:
    """What squawk says of the files, as they are named; nothing where it is not on PATH, or does
    not answer.
    """
    program = shutil.which("squawk")
    if program is None or not paths:
        return ()
    command = [program, "--reporter", "json", "--exclude", _OF_STYLE, *map(str, paths)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
        return tuple(_opinion(each) for each in json.loads(run.stdout))
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return ()


def _opinion(said: Any) -> Opinion:
    return Opinion(
        path=Path(said["file"]).as_posix(),
        line=int(said["line"]) + 1,
        rule=str(said["rule_name"]),
        says=str(said["message"]),
        help=str(said.get("help") or ""),
    )
