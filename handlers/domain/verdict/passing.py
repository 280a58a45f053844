"""Whether green passes, and what a verdict that is not there yet waits for."""

import math

from handlers.domain.verdict.better import Better
from handlers.domain.verdict.function_record import FunctionRecord, needed_to_pass
from handlers.domain.verdict.known import Conclusion, Known, Test
from handlers.domain.verdict.signs import Sign
from handlers.domain.verdict.verdict_words import (
    better_words,
    compared_words,
    e_words,
    held_back_words,
    left_open_words,
    nothing_judged_words,
    of,
    on_synthetic_words,
)


def passed(known: Known) -> Conclusion | None:
    """The pass, once every function that can tell is proved good and nothing holds it back; of a
    hotfix, once green is shown better in what was red, and good in everything else that can tell.
    """
    if known.better is not None:
        return _shown_better(known, known.better)
    furthest, needs = known.furthest, needed_to_pass(known.settings)
    if not furthest or furthest.log_e_pass < math.log(needs) or _held_back(known):
        return None
    left_open = [each for each in known.records if each.log_e_pass < math.log(needs)]
    quiet = [each.name for each in left_open if each.asked]
    silent = [each.name for each in left_open if not each.asked]
    on_synthetic = [
        each.name for each in known.records if each.log_e_pass >= math.log(needs) > each.log_e_real
    ]
    word = "pass" + on_synthetic_words(on_synthetic, len(known.records))
    proof = f"{word} ({e_words(furthest.log_e_pass, needs)})"
    by: Test = "absolute" if furthest.log_e_absolute >= math.log(needs) else "relative"
    if furthest.name in on_synthetic:
        by = "synthetic"
    told = compared_words(known.every, proof, synthetic=known.synthetic)
    return "pass", by, told + left_open_words(quiet, silent)


def waiting(known: Known) -> Conclusion:
    """How far it is to a verdict."""
    if known.furthest is None:
        return "wait", None, nothing_judged_words(known.every, known.served)
    fails = e_words(known.log_fail, 1 / known.settings.alpha)
    held_back = held_back_words(_held_back(known))
    needs = needed_to_pass(known.settings)
    if known.better is not None and known.better.log_e < math.log(needs):
        shown = e_words(known.better.log_e, needs)
        told = better_words(known.better, f"wait (better {shown}; fail {fails})", shown=False)
        return "wait", None, told + held_back
    slowest = next(iter(_held_up(known)), known.furthest) if known.better else known.furthest
    passes = e_words(slowest.log_e_pass, needs)
    waits = f"wait (pass {passes}; fail {fails})"
    told = compared_words(slowest.tally, waits, synthetic=slowest.synthetic) + held_back
    return "wait", None, of(slowest.name, len(known.records)) + told


def _shown_better(known: Known, better: Better) -> Conclusion | None:
    needs = needed_to_pass(known.settings)
    if better.log_e < math.log(needs) or _held_up(known) or _held_back(known):
        return None
    told = better_words(better, f"pass ({e_words(better.log_e, needs)})", shown=True)
    return "pass", "better", told


def _held_up(known: Known) -> list[FunctionRecord]:
    """Functions that were not red, and could be proved good, or are spoken against, and are not
    proved good yet; the one furthest from it first.
    """
    needs = math.log(needed_to_pass(known.settings))
    red = known.better.names if known.better else ()
    return sorted(
        (
            each
            for each in known.records
            if each.name not in red
            and each.tally.green_requests
            and (each.can_tell or each.is_spoken_against)
            and each.log_e_pass < needs
        ),
        key=lambda each: each.log_e_pass,
    )


def _held_back(known: Known) -> list[Sign]:
    """Latency, cost, metrics of the service's own and synthetic requests that suit a bad green
    better than a good one.
    """
    return [
        sign
        for sign in known.signs
        if sign.metric in ("latency", "cost", "metric", "synthetic")
        and sign.tally.log_e_relative < 0
    ]
