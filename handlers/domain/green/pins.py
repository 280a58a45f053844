"""Pins: the versions of its peers that a version carries in its environment, so that green calls
green and blue calls blue.
"""

import re
from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter


def callees_first(calls: Mapping[str, Mapping[str, str]]) -> list[list[str]]:
    """Ranks of functions to publish one after the other: who is called before who calls. `calls`
    has each function's peers, by variable, without a circle.
    """
    sorter = TopologicalSorter({key: set(peers.values()) for key, peers in calls.items()})
    sorter.prepare()
    ranks = []
    while sorter.is_active():
        ranks.append(sorted(sorter.get_ready()))
        sorter.done(*ranks[-1])
    return ranks


def pin(function_arn: str, version: str) -> str:
    """What a caller's variable holds: the ARN of one version of its peer."""
    return f"{function_arn}:{version}"


def is_pinned(value: object, name: str) -> bool:
    """Whether an environment's value is the ARN of a version of the function."""
    form = rf"arn:[^:]+:lambda:[^:]+:[^:]+:function:{re.escape(name)}:[0-9]+"
    return isinstance(value, str) and re.fullmatch(form, value) is not None


def without_pins(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The environment without what is the ARN of a version of any of these functions."""
    names = list(names)
    return {
        variable: value
        for variable, value in environment.items()
        if not any(is_pinned(value, name) for name in names)
    }
