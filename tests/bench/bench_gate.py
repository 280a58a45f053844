"""The gate's rules on the syntax tree beside squawk, on the labelled migrations of tests/corpus.

Milliseconds a file, median: the rules parse and judge in this process, as the gate does; squawk is
a program, started for each file, or once for all with its time shared out. What counts as caught is
a migration that the file's reader would be stopped at; squawk's rules of style and of time-outs,
which the migrator sets itself, are off.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from handlers.adapters.syntax import parse
from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.findings import gravest
from handlers.domain.schema.gate.rules.judge import judge

CORPUS = Path(__file__).parents[1] / "corpus"
FILES = sorted((CORPUS / "migrations").glob("*.sql"))
TRUTH = json.loads((CORPUS / "truth.json").read_text())
RUNS = 7
STYLE = (
    "prefer-robust-stmts,prefer-text-field,prefer-bigint-over-int,prefer-bigint-over-smallint,"
    "prefer-identity,prefer-timestamptz,require-enum-value-ordering,require-lock-timeout,"
    "require-statement-timeout"
)
SQUAWK = [str(Path(sys.executable).with_name("squawk")), "--reporter", "json", "--exclude", STYLE]


def rules(path: Path) -> bool:
    """Whether the rules stop this migration."""
    found = judge(parse(str(path), path.read_text()), Facts())
    return gravest(each.verdict for each in found) != "SAFE"


def squawk(*paths: Path) -> set[str]:
    """The migrations of these that squawk warns of."""
    run = subprocess.run([*SQUAWK, *map(str, paths)], capture_output=True, text=True, check=False)
    return {Path(each["file"]).stem for each in json.loads(run.stdout)}


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def timed() -> dict[str, list[float]]:
    """Times a file, of all in turn, so that a busy moment hits them alike."""
    times: dict[str, list[float]] = {"rules": [], "squawk": [], "squawk, all at once": []}
    for _ in range(RUNS):
        for path in FILES:
            times["rules"].append(milliseconds(lambda path=path: rules(path)))
            times["squawk"].append(milliseconds(lambda path=path: squawk(path)))
        whole = milliseconds(lambda: squawk(*FILES))
        times["squawk, all at once"].append(whole / len(FILES))
    return times


def row(name: str, times: list[float], stopped: set[str]) -> str:
    breaking = {name for name, truth in TRUTH.items() if truth["breaks_blue"]}
    harmless = TRUTH.keys() - breaking
    return (
        f"{name:22}{statistics.median(times):>10.2f}{max(times):>8.1f}"
        f"{len(stopped & breaking):>10} of {len(breaking)}"
        f"{len(stopped & harmless):>11} of {len(harmless)}"
    )


def main() -> None:
    stopped = {path.stem for path in FILES if rules(path)}
    warned = squawk(*FILES)
    times = timed()
    print(f"{'':22}{'median ms':>10}{'worst':>8}{'breaking':>16}{'harmless':>17}")
    print(row("rules", times["rules"], stopped))
    print(row("squawk", times["squawk"], warned))
    print(row("squawk, all at once", times["squawk, all at once"], warned))
    missed = sorted(n for n, t in TRUTH.items() if t["breaks_blue"] and n not in stopped)
    print(f"\nThe rules miss {', '.join(missed)}: only blue's own statements show it.")


if __name__ == "__main__":
    main()
