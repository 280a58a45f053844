"""`greenshift judge`: the verdict of the bake on anyone's numbers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.replay import Replayed, replay
from infra.cli import options
from infra.cli.exits import DONE, GAVE_UP, ROLLED_BACK, Finished
from infra.cli.output import Output
from infra.cli.verdict.counts_file import CountsFile, read_counts

EXIT_CODES = """\b
Exit codes:
  0  pass: green is shown to be good enough
  1  wrong usage, or the file cannot be judged: the sentence names its line
  3  fail: green is shown to be worse; a bake would have rolled back
  6  inconclusive: the file ends before there is a verdict"""
_CODES = {"pass": DONE, "fail": ROLLED_BACK, "inconclusive": GAVE_UP}
_DEFAULTS = BakeSettings()


def _share(value: float) -> float:
    if not 0 < value < 1:
        raise typer.BadParameter(f"{value:g} is no share between 0 and 1, such as 0.01")
    return value


def _ratio(value: float) -> float:
    if not 1 < value <= 1000:
        raise typer.BadParameter(f"{value:g} is no odds ratio above 1 and up to 1000, such as 3")
    return value


def judge(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.csv",
            help="Counts with the header minute,arm,requests,failures; the arm is blue or green.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    *,
    alpha: Annotated[
        float, typer.Option(help="Chance of failing a healthy green at most.", callback=_share)
    ] = _DEFAULTS.alpha,
    beta: Annotated[
        float, typer.Option(help="Chance of passing a bad green at most.", callback=_share)
    ] = _DEFAULTS.beta,
    rho_max: Annotated[
        float, typer.Option(help="Odds ratio to blue that is bad.", callback=_ratio)
    ] = _DEFAULTS.rho_max,
    p_tol: Annotated[
        float, typer.Option(help="Failure rate that is bad.", callback=_share)
    ] = _DEFAULTS.p_tol,
    as_json: options.Json = False,
) -> None:
    """Judge recorded counts as the bake would have: minute by minute, to the first verdict.

    A minute is any whole number; minutes may have gaps, and are sorted. It needs no AWS.
    """
    out = Output(as_json=as_json)
    settings = BakeSettings(alpha=alpha, beta=beta, rho_max=rho_max, p_tol=p_tol)
    counts = read_counts(file)
    found = told(replay(counts.strata, settings), counts)
    out.document(found)
    minute = "" if found["minute"] is None else f" at minute {found['minute']}"
    out.say(f"{found['verdict']}{minute}: {found['reason']}")
    out.say(
        f"  ln e: fail {found['log_e_fail']:.4f}, pass relative "
        f"{found['log_e_pass_relative']:.4f}, pass absolute {found['log_e_pass_absolute']:.4f}"
    )
    for note in found["notes"]:
        out.say(f"  {note}")
    raise Finished(_CODES[found["verdict"]])


def told(replayed: Replayed, counts: CountsFile) -> dict[str, Any]:
    """The document of --json."""
    judgement, at = replayed.judgement, replayed.at
    judged = [each for each in counts.strata if at is None or each.start <= at]
    return {
        "verdict": judgement.word if at is not None else "inconclusive",
        "minute": at,
        "minutes_judged": len(judged),
        "minutes": len(counts.strata),
        "log_e_fail": judgement.log_e_fail,
        "log_e_pass_relative": judgement.log_e_pass_relative,
        "log_e_pass_absolute": judgement.log_e_pass_absolute,
        "reason": judgement.reason
        if at is not None
        else f"the file ends before a verdict: {judgement.reason}",
        "notes": list(_notes(counts)),
    }


def _notes(counts: CountsFile) -> list[str]:
    if counts.sorted_from is None:
        return []
    return [f"minutes were sorted: line {counts.sorted_from} is earlier than one above it"]
