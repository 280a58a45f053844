"""Blue is seen Active before a rollback that was asked for moves traffic to it. A deployment's own
way back does without: its blue has been serving.

Lambda takes a version's resources back when nobody has called it for weeks. The call that then
finds it `Inactive` is rejected before any code runs, and has Lambda restore it.
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from handlers.domain.shift.traffic import Managed

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_T = TypeVar("_T")
_AT_ONCE = 8
_SECONDS = 90
"""So long a sleeping blue is waited for: the release that is live serves meanwhile, for what it is
worth. Then blue is flipped to all the same.
"""
_PAUSE = 2.0


def wake(tools: "Tools", blues: Iterable[Managed]) -> str:
    """Has every Inactive version restored, and waits for it; answers what is to be told of it, as
    the end of a sentence. What Lambda does not say keeps nobody from going back.
    """
    blues = list(blues)
    asleep = _asleep(tools, blues)
    if not asleep:
        return ""
    began = time.monotonic()
    still = asleep
    while still and time.monotonic() - began < _SECONDS:
        time.sleep(_PAUSE)
        still = _asleep(tools, still)
    waited = f"{time.monotonic() - began:.0f} s"
    if still:
        return f"; blue of {_names(still)} was not ready, and is not yet after {waited}"
    return f"; blue of {_names(asleep)} was not ready, and was waited for, {waited}"


def _names(blues: Iterable[Managed]) -> str:
    return ", ".join(each.key for each in blues)


def _asleep(tools: "Tools", blues: list[Managed]) -> list[Managed]:
    """Those that cannot be called yet; who is Inactive is called, so that Lambda restores it."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        states = list(pool.map(lambda each: _state(tools, each), blues))
    sleeping = [each for each, state in zip(blues, states, strict=True) if state == "Inactive"]
    pending = [each for each, state in zip(blues, states, strict=True) if state == "Pending"]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        list(pool.map(lambda each: call_inactive(tools, each.name, each.blue), sleeping))
    return sleeping + pending


def _state(tools: "Tools", blue: Managed) -> str:
    found = _quietly(lambda: tools.functions.read(blue.name, blue.blue))
    return str(found["Configuration"].get("State", "Active")) if found else "Active"


def call_inactive(tools: "Tools", function: str, version: str) -> None:
    """Has Lambda restore an Inactive version. Once only, and never asynchronously: what Lambda
    tried again would reach the code of the version that was restored meanwhile.
    """
    _quietly(lambda: tools.wakers.call(function, version, {}, check="wake"))


def _quietly(call: Callable[[], _T]) -> _T | None:
    try:
        return call()
    except Exception:  # noqa: BLE001 - to be rejected is what the call is for, and a rollback goes on
        return None
