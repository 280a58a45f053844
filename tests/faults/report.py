"""How the cases went, for a person."""

from collections import Counter
from collections.abc import Sequence

from tests.faults.explore import Result


def told(results: Sequence[Result], seconds: float) -> str:
    """How many cases there were and held, by kind, and each that did not with its command."""
    lines = [f"{'kind':18}{'cases':>7}{'held':>7}{'not':>5}{'met':>7}"]
    every = Counter(result.kind for result in results)
    held = Counter(result.kind for result in results if not result.problems)
    met = Counter(result.kind for result in results if result.met)
    for kind in sorted(every):
        lines.append(
            f"{kind:18}{every[kind]:7,}{held[kind]:7,}{every[kind] - held[kind]:5}{met[kind]:7,}"
        )
    total = sum(held.values())
    lines.append(f"{total:,} of {len(results):,} cases held, in {seconds:,.0f} s")
    for result in results:
        if result.problems:
            lines.append(f"\n{'; '.join(result.problems)}")
            lines.append(f"  greenshift-faults --case '{result.case}'")
    return "\n".join(lines)
