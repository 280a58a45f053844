"""Which peers a function calls by their version, as the owner declares it: its `calls`."""

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Protocol

from handlers.domain.reading.finding_codes import InputCode
from handlers.domain.reading.forms import ENVIRONMENT_KEY, RESERVED_ENVIRONMENT_KEYS
from handlers.domain.reading.inspection import Inspection
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Section


class Calling(Protocol):
    """A function: how it is called, and by which environment variable it calls which peer."""

    @property
    def kind(self) -> str:
        """`entry`, `consumer` or `internal`."""

    @property
    def calls(self) -> Mapping[str, str]:
        """The peer's key by the variable."""


def read_calls(function: Section) -> dict[str, str]:
    """The `calls` of one function: by environment variable, the key of the peer."""
    calls = function.text_map("calls", ENVIRONMENT_KEY)
    for variable in sorted(calls.keys() & RESERVED_ENVIRONMENT_KEYS):
        what = f"Lambda sets {variable} itself and lets nobody set it"
        path = (*function.path, "calls", variable)
        function.inspection.report("ReservedEnvironmentKey", path, what, "name another variable")
    return calls


def judge_calls(
    inspection: Inspection, functions: Mapping[str, Calling], environment_keys: Collection[str]
) -> None:
    """Reports each call that no version could be pinned for; `environment_keys` are what a bundle
    may set itself.
    """
    wrong = False
    for key, each in functions.items():
        for variable, peer in each.calls.items():
            for code, what, do in _wrong(key, variable, peer, functions, environment_keys):
                inspection.report(code, ("functions", key, "calls", variable), what, do)
                wrong = True
    if not wrong and (circle := circle_of(functions)):
        what = f"{' calls '.join(circle)}, and each would have to be published before the other"
        do = "leave one of these calls out, and call that peer by its alias"
        inspection.report("CallsInACircle", ("functions", circle[0], "calls"), what, do)


def circle_of(functions: Mapping[str, Calling]) -> list[str]:
    """Functions each of which calls the next, from one back to itself; empty where there is no such
    circle.
    """
    peers = {key: sorted(set(each.calls.values())) for key, each in functions.items()}
    try:
        TopologicalSorter(peers).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _wrong(
    key: str,
    variable: str,
    peer: str,
    functions: Mapping[str, Calling],
    environment_keys: Collection[str],
) -> Iterator[tuple[InputCode, str, str]]:
    internal = sorted(
        other for other, each in functions.items() if each.kind == "internal" and other != key
    )
    choice = f"name {' or '.join(internal)}" if internal else "leave it out"
    if peer not in functions:
        yield "CallNotPinnable", f"{show(peer)} is no function of the service", choice
    elif peer == key:
        what = f"{key} calls itself, and no version can know its own number"
        yield "CallNotPinnable", what, "call the function by its alias"
    elif functions[peer].kind not in (None, "internal"):
        what = f"{peer} is of the kind {functions[peer].kind}, and only internal ones are pinned"
        yield "CallNotPinnable", what, f"register {peer} as internal, or call it by its alias"
    if variable in environment_keys:
        what = f"a bundle may set {variable}, as it is in environmentKeys, and would undo the pin"
        yield "Conflict", what, "take it out of environmentKeys, or name another variable"
