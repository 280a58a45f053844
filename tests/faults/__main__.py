"""`greenshift-faults`: explores all cases, or some, or runs one of them verbosely."""

import argparse
import sys
import time

from tests.faults.campaign import all_cases, explore
from tests.faults.cases import Case, pairs, singles
from tests.faults.explore import Explorer
from tests.faults.report import told
from tests.faults.world import world


def main() -> int:
    """0 when all invariants held in every case, 1 when they did not, 2 for what is no case."""
    parser = argparse.ArgumentParser(prog="greenshift-faults", description=__doc__)
    parser.add_argument("--case", metavar="ID", help="runs this case, and tells what it does")
    parser.add_argument("--list", action="store_true", help="prints the cases' IDs")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="explores one case of N")
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose ID has this in it")
    parser.add_argument("--singles", action="store_true", help="explores no pairs of faults")
    parser.add_argument("--pairs", action="store_true", help="explores pairs of faults alone")
    parser.add_argument(
        "--seconds", type=float, default=86_400, help="after so many no further case is begun"
    )
    words = parser.parse_args()
    if words.case:
        return _one(words.case)
    makers = [singles] * (not words.pairs) + [pairs] * (not words.singles)
    cases = all_cases(makers, words.only)[:: words.every]
    if words.list:
        print("\n".join(cases))
        return 0
    began = time.monotonic()
    results = explore(
        cases,
        jobs=words.jobs,
        seconds=words.seconds,
        tell=lambda text: print(text, file=sys.stderr),
    )
    if left := len(cases) - len(results):
        print(f"{left:,} cases were not begun: the time was over")
    print(told(results, time.monotonic() - began))
    return int(any(result.problems for result in results))


def _one(text: str) -> int:
    try:
        case = Case.read(text)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    with world() as found:
        explorer = Explorer(found)
        found.wire.tell = print
        result = explorer.run(case, tell=print)
    print("\n".join(result.problems) or "all invariants hold")
    return int(bool(result.problems))


if __name__ == "__main__":
    sys.exit(main())
