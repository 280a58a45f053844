"""What is seen of blue once it has all traffic again. It never holds the rollback up: blue is back
by then, and what cannot be seen is told and not raised.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from handlers.domain.probe.probe_answer import http_answer
from handlers.domain.record import Record
from handlers.domain.shift.traffic import Managed

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_PROBES_AT_ONCE = 4
_PROBES_SECONDS = 20


def seen_of_blue(tools: "Tools", record: Record, back: Sequence[Managed]) -> str:
    """How many of the former release's probes blue answers, and which of the functions that went
    `back` are not Active, as the end of a sentence; nothing where none went back.
    """
    if not back:
        return ""
    states = {each.key: _state(tools, each) for each in back}
    idle = [f"{key} is {state}" for key, state in states.items() if state != "Active"]
    former = record.former or {}
    probes = [each for each in former.get("probes", []) if each["function"] in record.functions]
    good = _answered(tools, record, probes) if probes else 0
    seen = f"; blue answered {good} of {len(probes)} probes" if probes else ""
    return seen + (f"; look at blue: {', '.join(idle)}" if idle else "")


def _state(tools: "Tools", function: Managed) -> str:
    try:
        found = tools.functions.configuration(function.name, function.blue)
        return str(found.get("State", "Active"))
    except Exception as error:  # noqa: BLE001 - told, not raised
        return type(error).__name__


def _answered(tools: "Tools", record: Record, probes: Sequence[Mapping[str, Any]]) -> int:
    """How many were answered in time; a blue that hangs is not waited for."""
    pool = ThreadPoolExecutor(max_workers=_PROBES_AT_ONCE)
    calls = [pool.submit(_answers, tools, record, probe) for probe in probes]
    done, _ = wait(calls, timeout=_PROBES_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    return sum(each.result() for each in done)


def _answers(tools: "Tools", record: Record, probe: Mapping[str, Any]) -> bool:
    function = record.functions[probe["function"]]
    try:
        called = tools.probes.call(function.name, function.blue, probe["event"])
        return called.error is None and http_answer(called.payload)[0] < 500
    except Exception:  # noqa: BLE001 - told, not raised
        return False
