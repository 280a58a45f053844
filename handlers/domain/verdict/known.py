"""What the conclusions of a verdict are drawn from, and what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.better import Better
from handlers.domain.verdict.function_record import FunctionRecord
from handlers.domain.verdict.signs import Sign
from handlers.domain.verdict.tally import Tally

Word = Literal["pass", "fail", "wait", "inconclusive"]
Test = Literal[
    "odds", "latency", "cost", "hang", "metric", "relative", "absolute", "veto", "alarm", "burst",
    "newError", "before", "better", "synthetic",
]  # fmt: skip
Conclusion = tuple[Word, Test | None, str]
_NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Known:
    """The functions' records and the one furthest from passing, their tallies in one, the signs
    against green with ln E of their average, and blue `before` the shift. `better` is there where
    the test is turned round; `synthetic` are the requests that Greenshift made, in one. `served`
    are all that green had, settled or not.
    """

    records: Sequence[FunctionRecord]
    furthest: FunctionRecord | None
    every: Tally
    signs: Sequence[Sign]
    log_fail: float
    before: Mapping[str, Before]
    settings: BakeSettings
    better: Better | None = None
    synthetic: Tally = _NOTHING
    served: int = 0
