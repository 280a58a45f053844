"""Exhaustive exploration: a fault at every call that a deployment makes, and what must hold after it.

`greenshift-faults` explores; docs/faults.md says what is explored and what is guaranteed. The
machine, the sample service and the invariants are those of `tests/statemachine`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "statemachine"))
