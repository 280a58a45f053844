"""The arguments and options that commands share, each said once."""

import re
from typing import Annotated

import typer

from handlers.domain.reading.forms import HOTFIX
from handlers.domain.release.versions import parse_version
from handlers.domain.shift.shift_plan import parse_shift_plan
from infra.cli.durations import parse_duration

_SERVICE = re.compile(r"[a-z](?:-?[a-z0-9])*")
_DEPLOYMENT = re.compile(rf"{_SERVICE.pattern}-.+-\d{{8}}T\d{{6}}Z-[0-9a-f]{{4}}")


def is_deployment(value: str) -> bool:
    """Whether it has the form of a deployment's name, `orders-1.1.0-20261123T101502Z-7f3a`, which
    no service's name has.
    """
    return _DEPLOYMENT.fullmatch(value) is not None


def _service(value: str) -> str:
    if is_deployment(value):
        raise typer.BadParameter(
            f"{value} is a deployment's name, and a service's is wanted: how that deployment went "
            f"shows `greenshift watch {value}`"
        )
    if len(value) > 40 or not _SERVICE.fullmatch(value):
        raise typer.BadParameter(
            f"{value!r} is not a service's name: at most 40 lower-case letters, digits and single "
            "hyphens, a letter first"
        )
    return value


def _release(value: str) -> str:
    if value != "latest":
        try:
            parse_version(value)
        except ValueError as error:
            raise typer.BadParameter(f"{error}; or write latest") from error
    return value


def _version(value: str | None) -> str | None:
    if value is not None:
        try:
            parse_version(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return value


def _shift_plan(value: str | None) -> str | None:
    if value is not None:
        try:
            parse_shift_plan(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return value


def _hotfix(value: str | None) -> str | None:
    if value is not None and not HOTFIX.fits(value):
        raise typer.BadParameter(f"{value[:60]!r} is not {HOTFIX.says}")
    return value


def _watched(value: str) -> str:
    if value.startswith("arn:"):
        if not re.fullmatch(r"arn:[^:]+:states:[^:]+:\d{12}:execution:greenshift-[^:]+:.+", value):
            raise typer.BadParameter(
                f"{value!r} is not the ARN of an execution of a service's state machine"
            )
        return value
    return value if is_deployment(value) else _service(value)


def _timeout(value: str | None) -> str | None:
    if value is not None:
        try:
            parse_duration(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return value


Service = Annotated[
    str, typer.Argument(metavar="SERVICE", help="The service's name.", callback=_service)
]
Release = Annotated[
    str,
    typer.Argument(
        metavar="RELEASE", help="A version such as 1.4.2, or latest.", callback=_release
    ),
]
Queued = Annotated[
    str | None,
    typer.Option(
        metavar="RELEASE",
        help="Take this release out of the queue instead; what runs is not stopped.",
        callback=_version,
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        metavar="RELEASE",
        help="Go back to this earlier release instead; `greenshift status` lists those there are.",
        callback=_version,
    ),
]
Watched = Annotated[
    str,
    typer.Argument(
        metavar="SERVICE|DEPLOYMENT|EXECUTION",
        help="A service, for its newest deployment, a deployment's name, or an execution's ARN.",
        callback=_watched,
    ),
]
ShiftPlan = Annotated[
    str | None,
    typer.Option(
        metavar="PLAN",
        help="Instead of the bundle's: all-at-once, canary(10, 5), linear(20, 5) or "
        "steps(10@5, 100@10); per cent and minutes.",
        callback=_shift_plan,
    ),
]
Hotfix = Annotated[
    str | None,
    typer.Option(
        metavar="REASON",
        help="It may not wait, and why: where blue is red, a shorter plan, and green has to be "
        "shown better than blue.",
        callback=_hotfix,
    ),
]
Reason = Annotated[
    str | None,
    typer.Option(
        metavar="REASON",
        help="Why; it is kept with the deployment and told in its answer.",
        callback=_hotfix,
    ),
]
Timeout = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help="Stop waiting after so long (90s, 15m, 2h) and exit with 6; what was waited for goes "
        "on. Default: wait for the end.",
        callback=_timeout,
    ),
]
Yes = Annotated[
    bool,
    typer.Option("--yes", help="Move the messages back; without it they are only shown."),
]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document a line, for scripts.")]
Local = Annotated[
    bool,
    typer.Option(
        "--local",
        help="Use the environment that `greenshift local up` started, whatever AWS is set. Without "
        "it the usual AWS settings count (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL).",
    ),
]


def seconds(timeout: str | None) -> float | None:
    """The seconds of a --timeout that was checked, None without one."""
    return None if timeout is None else parse_duration(timeout)
