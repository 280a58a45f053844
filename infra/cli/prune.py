"""`greenshift prune`: the versions that nobody can call any more, shown and deleted."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from infra.cli import options
from infra.cli.exits import REJECTED, USAGE, Complaint
from infra.cli.output import Output
from infra.cli.session import deployments

_WORDS = {
    "kept": "kept",
    "waits": "condemned",
    "due": "to be deleted",
    "deleted": "deleted",
    "failed": "failed",
}
_HEAD = ("FUNCTION", "VERSION", "RELEASE", "AGE", "SIZE", "")


def prune(
    service: options.Service,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only shown.")] = False,
    local: options.Local = False,
    as_json: options.Json = False,
) -> None:
    """Delete the versions that Greenshift published and nobody can call any more.

    Once a day it is done for every service by itself. A version is condemned first, and deleted by
    a prune after six hours, as long as Lambda may keep an asynchronous event for it; each that is
    kept says why. While a deployment runs nothing is pruned. Without --yes it changes nothing.
    """
    output = Output(as_json=as_json, local=local)
    found = deployments(local=local).prune(service, dry_run=not yes)
    output.document(found)
    if found["refused"] is not None:
        raise Complaint(f"nothing was pruned: {found['refused']}", REJECTED)
    for line in lines(found, datetime.now(UTC)):
        output.say(line)
    if found["failed"]:
        raise Complaint(
            f"{_versions(found['failed'])} of {service} could not be pruned; the daily prune tries "
            "again",
            USAGE,
        )


def lines(found: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """The prune for people: a table of its versions, and what it comes to."""
    rows = [_HEAD, *(_row(each, now) for each in found["versions"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    for row in rows if found["versions"] else ():
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()
    if found["untold"]:
        yield f"and {_versions(found['untold'])} more"
    yield _sum(found)


def _row(version: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    return (
        version["function"],
        version["version"],
        version["release"] or "-",
        _age(version["at"], now),
        show_bytes(version["size"]),
        f"{_WORDS[version['state']]}: {version['why']}",
    )


def _sum(found: Mapping[str, Any]) -> str:
    service = found["service"]
    if not found["dryRun"]:
        freed = f", which frees {show_bytes(found['freedBytes'])}" if found["deleted"] else ""
        condemned = f"; {found['waits']} condemned, to be deleted by a later prune"
        return (
            f"{service}: {_versions(found['deleted'])} deleted{freed}"
            f"{condemned if found['waits'] else ''}; {found['kept']} kept"
        )
    going: Sequence[str] = [
        f"{found[state]} {words}"
        for state, words in (("due", "to be deleted now"), ("waits", "to be deleted later"))
        if found[state]
    ]
    if not going:
        return f"{service}: {_versions(found['kept'])}, all kept: there is nothing to prune"
    size = show_bytes(sum(v["size"] for v in found["versions"] if v["state"] in ("due", "waits")))
    return (
        f"{service}: {', '.join(going)} ({size}), {found['kept']} kept; nothing was changed: do it "
        f"with `greenshift prune {service} --yes`"
    )


def _versions(count: int) -> str:
    return f"{count} version{'' if count == 1 else 's'}"


def _age(at: str, now: datetime) -> str:
    """How old a version is, by Lambda's own time of it; `-` where Lambda has none."""
    if not at:
        return "-"
    hours = (now - datetime.fromisoformat(at)).total_seconds() / 3600
    return f"{hours / 24:.0f} d" if hours >= 48 else f"{max(hours, 0):.0f} h"


def show_bytes(size: int) -> str:
    """The size in the unit in which it is read easily."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
