"""The one definition of the state machine, and the values that make it a service's own."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@cache
def text() -> str:
    """The Amazon States Language as it is shipped, with its placeholders."""
    return resources.files("statemachine").joinpath("deployment.asl.json").read_text("utf-8")


def placeholders() -> frozenset[str]:
    """The names that must be filled: `Service`, and one such as `PlanArn` for each phase."""
    return frozenset(_PLACEHOLDER.findall(text()))


def fill(values: Mapping[str, str]) -> str:
    """The definition with every placeholder filled, as text for CreateStateMachine.

    Raises ValueError naming the placeholders that have no value, and the values that nothing asks
    for.
    """
    wanted = placeholders()
    if missing := sorted(wanted - values.keys()):
        raise ValueError(f"no value for ${{{'}, ${'.join(missing)}}}: the definition needs it")
    if unknown := sorted(values.keys() - wanted):
        raise ValueError(
            f"the definition has no placeholder {', '.join(unknown)}; "
            f"it has {', '.join(sorted(wanted))}"
        )
    return _PLACEHOLDER.sub(lambda found: json.dumps(values[found[1]])[1:-1], text())


def load(values: Mapping[str, str]) -> dict[str, Any]:
    """The filled definition as a document; raises as `fill` does."""
    document: dict[str, Any] = json.loads(fill(values))
    return document
