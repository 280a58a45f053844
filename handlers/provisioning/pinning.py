"""Green of a function that calls its peers by their versions."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers.adapters.functions.code_again import code_again
from handlers.domain.green.overlay import overlay_of
from handlers.domain.green.pins import pin, without_pins
from handlers.domain.messages import UNCHANGED
from handlers.domain.record import Record, RecordedFunction
from handlers.provisioning.sources import Source

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def pinned(
    tools: "Tools",
    record: Record,
    function: RecordedFunction,
    source: Source,
    versions: Mapping[str, str],
) -> Source:
    """The source with the version of each peer that it calls in its environment: green's, or blue's
    of a peer that is unchanged.
    """
    pins = {
        variable: _pin(tools, record.functions[peer], versions[peer])
        for variable, peer in function.calls.items()
    }
    environment = {**source.overlay.environment, **pins}
    return replace(source, overlay=replace(source.overlay, environment=environment))


def blue_once_more(
    tools: "Tools",
    record: Record,
    function: RecordedFunction,
    blue: Mapping[str, Any],
    latest: Mapping[str, Any],
    remembered: Mapping[str, Any],
) -> Source:
    """The source of a function that the release does not name, and that has to call other peers:
    blue's code, and blue's configuration but for its pins.
    """
    overlay = overlay_of(blue, latest, remembered)
    names = [each.name for each in record.functions.values()]
    overlay = replace(overlay, environment=without_pins(overlay.environment, names))
    update = partial(code_again, tools.functions, tools.bundles, function.name, function.blue)
    return Source(overlay, update, blue["CodeSha256"], None)


def _pin(tools: "Tools", peer: RecordedFunction, version: str) -> str:
    arn = tools.functions.configuration(peer.name)["FunctionArn"]
    return pin(arn, peer.blue if version == UNCHANGED else version)
