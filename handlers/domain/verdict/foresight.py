"""What the bake of a plan can see, in a sentence, before anything is shifted."""

import math
from collections.abc import Mapping, Sequence

from handlers.domain.shift.shift_steps import Step
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.power import CHANCE, Traffic, smallest_seen

TELLING_MINUTES = 10.0
"""A record that is shorter says nothing of the traffic to come."""
_NAMED = 3


def foresight(
    steps: Sequence[Step],
    settings: BakeSettings,
    before: Mapping[str, Before],
    weighted: Mapping[str, bool],
    unmarked: Sequence[str] = (),
    *,
    own: bool = False,
    begins: str = "",
    red: bool = False,
) -> list[str]:
    """One sentence on the function that is asked most, and a warning for each thing that the plan
    should see and cannot. `weighted` says which functions the release may share out, `unmarked`
    names those that do not count the failures they answer; `own` that metrics of the service's own
    are judged as well; `begins` what cut blue's record off, where something did; `red` that green
    is a hotfix of a red blue.
    """
    invisible = [f"failures that {_listed(unmarked)} answers, as 5xx, are not seen"]
    if any(step.weight < 100 and step.minutes > 0 for step in steps):
        told = _compared(steps, settings, before, weighted, own, begins)
    else:
        told = [_at_once(settings, before, begins, red=red)]
    return told + (invisible if unmarked else [])


def _at_once(
    settings: BakeSettings, before: Mapping[str, Before], begins: str, *, red: bool
) -> str:
    rate = _share(settings.p_tol)
    told = "all traffic moves at once, so green is not compared with blue"
    if red:
        passes = f"it passes where it fails less than {rate}"
        return f"{told}: {passes}, and goes back where it fails more than blue did"
    keeps = f"{told}: a failure rate of {rate} keeps it from passing, "
    if any(each.ceiling is not None for each in before.values()):
        return f"{keeps}and one far above blue's before ends it"
    since = f", which begins with {begins}," if begins else ""
    return (
        f"{keeps}but blue's record{since} is too short for more: a green that fails up to half of "
        f"its requests stays until its minutes are over, and then the policy "
        f"{settings.inconclusive} decides"
    )


def _compared(
    steps: Sequence[Step],
    settings: BakeSettings,
    before: Mapping[str, Before],
    weighted: Mapping[str, bool],
    own: bool,
    begins: str,
) -> list[str]:
    compared = [step for step in steps if step.weight < 100 and step.minutes > 0]
    asked = {key: each for key, each in before.items() if each.requests and weighted.get(key)}
    silent = [key for key in sorted(weighted) if weighted[key] and key not in asked]
    if not asked and begins:
        since = f"blue's record begins with {begins}, and nothing has settled since"
        return [f"{since}: what this bake can see is not known, and latency is not judged"]
    if not asked:
        return ["no function was asked anything lately: this bake sees nothing without traffic"]
    busiest = max(sorted(asked), key=lambda key: asked[key].requests)
    if (minutes := asked[busiest].minutes) < TELLING_MINUTES:
        long = f"{minutes:.0f} min" if minutes >= 1 else "less than a minute"
        long += f" since {begins}" if begins else ""
        return [f"blue's record of {long} is too short to say what this bake can see"]
    signs = len(weighted) * (2 if own or any(each.p95_ms for each in asked.values()) else 1)
    told = _seen(busiest, compared, settings, asked[busiest], signs, len(weighted))
    if silent:
        nothing = f"nothing was asked of {_listed(silent)} lately"
        if begins:
            nothing = f"of {_listed(silent)} nothing has settled since {begins}"
        told.append(f"{nothing}: what breaks there goes unseen")
    return told


def _seen(
    key: str,
    steps: Sequence[Step],
    settings: BakeSettings,
    before: Before,
    signs: int,
    functions: int,
) -> list[str]:
    a_minute = before.requests / max(before.minutes, 1)
    rate = (before.failures + 0.5) / (before.requests + 1)
    traffic = [Traffic(step.weight / 100, a_minute * step.minutes) for step in steps]
    weights = " and ".join(f"{step.weight} %" for step in steps[:_NAMED])
    minutes = sum(step.minutes for step in steps)
    bake = (
        f"with about {a_minute:,.3g} requests a minute{f' of {key}' if functions > 1 else ''} at "
        f"{weights}{' and more' if len(steps) > _NAMED else ''} this bake of {minutes:g} min"
    )
    smallest = smallest_seen(traffic, rate, settings.alpha, signs)
    if smallest is None:
        return [f"WARNING: {bake} can see no failure rate: {_remedy()}"]
    sees = f"{bake} sees a failure rate of {_share(smallest)} or more with {CHANCE:.0%}"
    told = [f"{sees}; smaller ones may go unnoticed"]
    should = max(settings.p_tol, settings.rho_max * rate)
    if smallest > should:
        told.append(f"WARNING: {_share(should)} would be too much, and is not seen: {_remedy()}")
    green = sum(each.requests * each.weight for each in traffic)
    needed = math.log(6 / settings.beta) / -math.log1p(-settings.p_tol)
    if not before.failures and green < needed:
        told.append(
            f"WARNING: about {green:,.0f} requests reach green, and passing takes {needed:,.0f} "
            f"without failure: the end will be decided by {_decider(settings)}"
        )
    return told


def _decider(settings: BakeSettings) -> str:
    if settings.inconclusive == "ask":
        return f"a person, who is asked for {settings.ask_minutes:g} min"
    return f"the policy {settings.inconclusive}"


def _remedy() -> str:
    return "take more minutes, a higher weight or synthetic requests"


def _share(rate: float) -> str:
    return f"{rate * 100:.2g} %" if rate < 0.995 else "100 %"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
