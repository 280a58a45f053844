"""The verdict against its peers, and what one judgement costs; the same numbers at every run.

python tests/bench/bench_verdict.py [RUNS]

Healthy worlds are looked at in all of their minutes, though a bake would have ended at its pass; in
bad worlds a pass ends the run and counts as missed. Shares come with their 95 % intervals (Clopper
and Pearson). Exits with 1 where a promise is broken: more than alpha rolled back, interval included,
in a healthy world whose requests are independent given the version, also where failures are
averaged with metrics of the service's own; more than beta passed of hotfixes that are no better
than a red blue; or a median more than a minute behind the alarm's at tenfold failures, unless it is
within a minute of what any test of this alpha takes on average that knows both rates beforehand
(Wald's bound; the alarm has no alpha).
"""

import math
import random
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.stats import beta

sys.path.insert(0, str(Path(__file__).parent))

from verdict_peers import NEVER, PEERS
from verdict_worlds import BAD, HEALTHY, HOTFIXES, MINUTES, Counts, World

from handlers.domain.verdict import e_process
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.better import exchanged
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.function_record import needed_to_pass
from handlers.domain.verdict.replay import replay
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.tally import Tally, tally
from handlers.domain.verdict.verdict import judge
from handlers.domain.verdict.veto import vetoed

RUNS, ALPHAS = 2_000, (0.05, 0.01)
FUNCTIONS, HOUR = 20, 60
OURS = "Greenshift"


def strata_of(counts: Counts, run: int) -> list[Stratum]:
    columns = (counts.n_green, counts.x_green, counts.n_blue, counts.x_blue)
    return [
        Stratum(minute, *(int(column[run, minute]) for column in columns))
        for minute in range(MINUTES)
    ]


def fails_ever(strata: Sequence[Stratum]) -> dict[float, int]:
    """The minute of the first fail for each alpha, whatever passed before it."""
    known, found = Tally(), dict.fromkeys(ALPHAS, NEVER)
    for minute, stratum in enumerate(strata, 1):
        known += tally([stratum], 3)
        veto = vetoed(Evidence(strata={"green": ()}, newest={"green": stratum}), {})
        log_e = math.inf if veto else known.log_e_fail
        for alpha in ALPHAS:
            if found[alpha] == NEVER and log_e >= -math.log(alpha):
                found[alpha] = minute
    return found


def fails_first(strata: Sequence[Stratum]) -> dict[float, int]:
    """The minute of the verdict for each alpha, where it is a fail."""
    found = {}
    for alpha in ALPHAS:
        seen = replay(strata, BakeSettings(alpha=alpha))
        found[alpha] = (
            seen.at + 1 if seen.judgement.word == "fail" and seen.at is not None else NEVER
        )
    return found


def outcome(world: World, seed: int, runs: int) -> dict[float, dict[str, tuple[np.ndarray, float]]]:
    """For each alpha and method the minute of the rollback in each run, and the failures that green
    had served by then, on average.
    """
    counts = world.draw(runs, seed)
    look = fails_ever if world.healthy else fails_first
    ours = [look(strata_of(counts, run)) for run in range(runs)]
    served = counts.x_green.cumsum(axis=1)
    found: dict[float, dict[str, tuple[np.ndarray, float]]] = {}
    for alpha in ALPHAS:
        minutes = {OURS: np.array([each[alpha] for each in ours])}
        minutes |= {name: peer(counts, alpha) for name, peer in PEERS.items()}
        found[alpha] = {
            name: (ats, float(served[np.arange(runs), np.minimum(ats, MINUTES) - 1].mean()))
            for name, ats in minutes.items()
        }
    return found


def interval(hits: int, runs: int) -> tuple[float, float]:
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, runs - hits + 1))
    high = 1.0 if hits == runs else float(beta.ppf(0.975, hits + 1, runs - hits))
    return low, high


def median(ats: np.ndarray) -> float:
    hit = ats[ats < NEVER]
    return float(np.median(hit)) if len(hit) else math.nan


def told(world: World, found: Mapping[str, tuple[np.ndarray, float]]) -> None:
    note = "" if world.holds else "  [requests not independent]"
    print(f"  {world.name}{note}")
    for name, (ats, served) in found.items():
        hits, runs = int((ats < NEVER).sum()), len(ats)
        low, high = interval(hits, runs)
        at = "" if math.isnan(median(ats)) else f"{median(ats):4.0f}"
        print(
            f"    {name:24} {hits / runs:7.2%} [{low:6.2%}, {high:7.2%}]  {at:>6}  {served:10.1f}"
        )


def broken(world: World, alpha: float, found: Mapping[str, tuple[np.ndarray, float]]) -> str | None:
    """Which promise this world breaks, if any."""
    ats = found[OURS][0]
    if world.healthy:
        low, high = interval(int((ats < NEVER).sum()), len(ats))
        if not world.holds:
            share = float((ats < NEVER).mean())
            print(
                f"    beyond alpha = {alpha}: {share / alpha:.1f} times [{low / alpha:.1f}, {high / alpha:.1f}]"
            )
        elif high > alpha:
            return f"{world.name}: up to {high:.2%} rolled back at alpha = {alpha}"
    elif "tenfold" in world.name:
        return late(world, alpha, median(ats), median(found["alarm, sum > 0 twice"][0]))
    return None


def late(world: World, alpha: float, ours: float, alarms: float) -> str | None:
    """Whether ours is later than it promises to be."""
    if ours <= alarms + 1:
        return None
    told = f"{ours - alarms:.0f} minutes behind the alarm at alpha = {alpha}"
    bound = walds_bound(world, alpha)
    if ours <= bound + 1:
        print(f"    {told}; to know both rates would still take {bound:.1f} minutes on average")
        return None
    return f"{world.name}: {told}"


def walds_bound(world: World, alpha: float) -> float:
    """The minutes that the sequential probability ratio test takes on average, in a steady world,
    from the failures' share on green; 0 in one that changes, where there is no such bound.
    """
    values = (world.per_minute, world.weight, world.blue, world.green)
    if world.together or not all(isinstance(value, int | float) for value in values):
        return 0.0
    n, w, blue, green = map(float, values)
    failures = n * (w * green + (1 - w) * blue)
    q = n * w * green / failures
    kl = q * math.log(q / w) + (1 - q) * math.log((1 - q) / (1 - w))
    return -math.log(alpha) / (failures * kl)


def compare(runs: int) -> list[str]:
    worlds = (*HEALTHY, *BAD)
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(outcome, worlds, range(len(worlds)), [runs] * len(worlds)))
    promises = []
    for alpha in ALPHAS:
        for title, healthy in (("false rollback", True), ("detection", False)):
            print(f"\nalpha = {alpha}, {runs:,} runs of {MINUTES} minutes: {title}")
            print(f"    {'':24} {'share':>7}  {'95 % interval':17} {'median':>6}  errors served")
            for world, each in zip(worlds, found, strict=True):
                if world.healthy is healthy:
                    told(world, each[alpha])
                    promises.append(broken(world, alpha, each[alpha]))
    return [each for each in promises if each]


def averaged(world: World, seed: int, runs: int) -> dict[float, int]:
    """How many runs ever fail, for each alpha, where three metrics of the service's own are judged
    beside the failures: one of its own rate, one that counts the very same failures, and one that
    nobody counts.
    """
    counts, own = world.draw(runs, seed), world.draw(runs, seed + 1_000)
    failed = dict.fromkeys(ALPHAS, 0)
    for run in range(runs):
        series, other = strata_of(counts, run), strata_of(own, run)
        known, apart, worst = Tally(), Tally(), -math.inf
        for stratum, beside in zip(series, other, strict=True):
            known += tally([stratum], 3)
            apart += tally([beside], 3)
            logs = [known.log_e_fail, apart.log_e_fail, known.log_e_fail, 0.0]
            worst = max(worst, e_process.log_mean_exp(logs, [1 / 2, 1 / 6, 1 / 6, 1 / 6]))
        for alpha in ALPHAS:
            failed[alpha] += worst >= -math.log(alpha)
    return failed


def compare_averaged(runs: int) -> list[str]:
    worlds = [world for world in HEALTHY if world.holds]
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(averaged, worlds, range(len(worlds)), [runs] * len(worlds)))
    promises = []
    print("\nfailures averaged with three metrics of the service's own: false rollback")
    for world, each in zip(worlds, found, strict=True):
        for alpha in ALPHAS:
            low, high = interval(each[alpha], runs)
            print(
                f"    {world.name:42} alpha {alpha:<5} {each[alpha] / runs:7.2%} [{low:6.2%}, {high:7.2%}]"
            )
            if high > alpha:
                promises.append(f"{world.name}: up to {high:.2%} with metrics at alpha = {alpha}")
    return promises


def better_at(counts: Counts, run: int) -> int:
    """The minute in which a hotfix is shown better than blue."""
    known = Tally()
    for minute, stratum in enumerate(strata_of(counts, run), 1):
        known += tally(exchanged([stratum]), 3)
        if known.log_e_fail >= math.log(needed_to_pass(BakeSettings())):
            return minute
    return NEVER


def compare_hotfixes(runs: int) -> list[str]:
    promises, needs = [], BakeSettings().beta
    print(f"\nhotfixes at 50 %, beta = {needs}: passed, and the median minute")
    for world in HOTFIXES:
        counts = world.draw(runs, 7)
        ats = np.array([better_at(counts, run) for run in range(runs)])
        hits = int((ats < NEVER).sum())
        low, high = interval(hits, runs)
        print(
            f"    {world.name:42} {hits / runs:7.2%} [{low:6.2%}, {high:7.2%}] {median(ats):6.0f}"
        )
        helps = np.all(np.asarray(world.green) < np.asarray(world.blue))
        if not helps and high > needs:
            promises.append(f"{world.name}: up to {high:.2%} passed at beta = {needs}")
    return promises


def hour(requests: int, rate: float) -> dict[str, list[Stratum]]:
    """An hour of all functions at weight 10, with different counts in every minute."""
    random.seed(1)

    def counts(about: int) -> tuple[int, int]:
        n = random.randint(about * 9 // 10, about * 11 // 10)
        return n, min(n, round(random.gauss(n * rate, (n * rate * (1 - rate)) ** 0.5) // 1 + 0.5))

    def stratum(start: int) -> Stratum:
        green, blue = counts(requests // 10), counts(requests * 9 // 10)
        return Stratum(start, green[0], max(0, green[1]), blue[0], max(0, blue[1]))

    return {f"f{n}": [stratum(60 * m) for m in range(HOUR)] for n in range(FUNCTIONS)}


def timed(functions: Mapping[str, Sequence[Stratum]]) -> float:
    """Milliseconds of one judgement."""
    started = time.perf_counter()
    judge(Evidence(strata=functions), BakeSettings())
    return (time.perf_counter() - started) * 1000


def price() -> None:
    print(f"one judgement, {FUNCTIONS} functions, {HOUR} strata each      first ms   next ms")
    for name, requests, rate in (
        ("600 a minute, 0.5 % fail", 600, 0.005),
        ("600 a minute, 5 % fail", 600, 0.05),
        ("60,000 a minute, 0.5 % fail", 60_000, 0.005),
        ("60,000 a minute, 30 % fail", 60_000, 0.3),
    ):
        functions = hour(requests, rate)
        first = []
        for _ in range(5):
            e_process._log_e.cache_clear()
            first.append(timed(functions))
        print(f"{name:45} {min(first):9.1f} {min(timed(functions) for _ in range(5)):9.1f}")


def main() -> int:
    """The tables; 1 where a promise is broken."""
    price()
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    promises = [*compare(runs), *compare_averaged(runs), *compare_hotfixes(runs)]
    print()
    for promise in promises:
        print(f"BROKEN: {promise}")
    print("every promise is kept" if not promises else f"{len(promises)} promises broken")
    return 1 if promises else 0


if __name__ == "__main__":
    sys.exit(main())
