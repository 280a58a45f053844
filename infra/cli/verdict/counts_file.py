"""Reads counts by minute and arm from a CSV file; what is wrong is told with file and line."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handlers.domain.verdict.stratum import Stratum
from infra.cli.exits import Complaint

COLUMNS = ("minute", "arm", "requests", "failures")
ARMS = ("blue", "green")
MOST = 1_000_000_000
"""Requests in one minute: beyond it stands a slip rather than a service."""
_HEADER = ",".join(COLUMNS)


@dataclass(frozen=True, slots=True)
class CountsFile:
    """The minutes of a file in their order; `sorted_from` is the first line that was out of it."""

    strata: tuple[Stratum, ...]
    sorted_from: int | None


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    minute: int
    arm: str
    requests: int
    failures: int


def read_counts(path: Path) -> CountsFile:
    """The counts in `path`. An arm without a row in a minute was asked nothing in it.

    Raises Complaint for a file that cannot be judged.
    """
    counted: dict[tuple[int, str], _Row] = {}
    latest, sorted_from = -math.inf, None
    for row in _rows(path, _lines(path)):
        if first := counted.get((row.minute, row.arm)):
            raise Complaint(
                f"{path}:{row.line}: minute {row.minute} of {row.arm} stands in line {first.line} "
                "already: count each minute of an arm once"
            )
        counted[row.minute, row.arm] = row
        if row.minute < latest and sorted_from is None:
            sorted_from = row.line
        latest = max(latest, row.minute)
    if not counted:
        raise Complaint(
            f"{path}: there is no row below the header: add one for each minute and arm"
        )
    return CountsFile(tuple(_strata(counted)), sorted_from)


def _strata(counted: dict[tuple[int, str], _Row]) -> Iterator[Stratum]:
    for minute in sorted({minute for minute, _ in counted}):
        green, blue = counted.get((minute, "green")), counted.get((minute, "blue"))
        yield Stratum(
            minute,
            green.requests if green else 0,
            green.failures if green else 0,
            blue.requests if blue else 0,
            blue.failures if blue else 0,
        )


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Complaint(f"{path}:{line}: the file is not UTF-8: save it as UTF-8") from None
    if not text.strip():
        raise Complaint(f"{path}: the file is empty: write the header {_HEADER} and a row a minute")
    return text.splitlines()


def _rows(path: Path, lines: list[str]) -> Iterator[_Row]:
    reader = csv.reader(lines, strict=True)
    places: dict[str, int] | None = None
    width = 0
    try:
        for cells in reader:
            where = f"{path}:{reader.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if places is None:
                places, width = _places(where, cells), len(cells)
            elif len(cells) > width:
                raise Complaint(
                    f"{where}: the row has {len(cells)} cells and the header {width}: write "
                    "numbers without separators between thousands"
                )
            else:
                yield _row(where, reader.line_num, places, cells)
    except csv.Error as error:
        raise Complaint(
            f"{path}:{reader.line_num}: this is no CSV ({error}): write {_HEADER}"
        ) from None


def _places(where: str, cells: list[str]) -> dict[str, int]:
    names = [cell.strip().lower() for cell in cells]
    if missing := [name for name in COLUMNS if name not in names]:
        columns = "column" if len(missing) == 1 else "columns"
        raise Complaint(
            f"{where}: the header lacks the {columns} {', '.join(missing)}: begin the file with "
            f"{_HEADER}"
        )
    if doubled := [name for name in COLUMNS if names.count(name) > 1]:
        raise Complaint(f"{where}: the header has {doubled[0]} twice: name each column once")
    return {name: names.index(name) for name in COLUMNS}


def _row(where: str, line: int, places: dict[str, int], cells: list[str]) -> _Row:
    if len(cells) <= max(places.values()):
        raise Complaint(f"{where}: the row has {len(cells)} cells: give one for each of {_HEADER}")
    told = {name: cells[place].strip() for name, place in places.items()}
    arm = told["arm"].lower()
    if arm not in ARMS:
        raise Complaint(f"{where}: the arm is {told['arm']!r}: write blue or green")
    minute = _whole(where, "minute", told["minute"])
    requests = _count(where, "requests", told["requests"])
    failures = _count(where, "failures", told["failures"])
    if failures > requests:
        raise Complaint(
            f"{where}: {failures:,} failures of {requests:,} requests cannot be: count requests, "
            "and failures among them"
        )
    return _Row(line, minute, arm, requests, failures)


def _count(where: str, name: str, text: str) -> int:
    count = _whole(where, name, text)
    if not 0 <= count <= MOST:
        raise Complaint(f"{where}: {name} is {text}: give a count between 0 and {MOST:,}")
    return count


def _whole(where: str, name: str, text: str) -> int:
    """A whole number; 60.0 is one, as tables of floats write it."""
    try:
        number = float(text)
        # A float has no more digits than this: what it cannot tell apart is refused, not rounded.
        whole = int(text) if text.lstrip("+-").isdecimal() else int(number)
    except (ValueError, OverflowError):
        whole, number = 0, math.nan
    if not math.isfinite(number) or number != whole or "_" in text:
        raise Complaint(f"{where}: {name} is {text!r}: give a whole number")
    return whole
