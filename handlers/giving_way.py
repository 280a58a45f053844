"""A deployment ends before it moves traffic where somebody wants it to: told to stop, or as a later
one was asked for.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handlers.errors import Superseded, ToldToStop

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def give_way(tools: "Tools", deployment: str) -> None:
    """Raises ToldToStop where a person said so, and Superseded where a later deployment asks for
    the service. That is written down before, so that whoever puts the service back can say so.
    Only called before traffic moves.
    """
    signals = tools.journal.signals(deployment)
    _heed_stop(signals)
    asked = signals.get("superseded")
    if asked is None:
        return
    tools.journal.add(deployment, {"supersededBy": asked["release"]})
    raise Superseded(f"{asked['release']} was asked for at {asked['at']}, before its traffic moved")


def heed_stop(tools: "Tools", deployment: str) -> None:
    """Raises ToldToStop where a person said so."""
    _heed_stop(tools.journal.signals(deployment))


def _heed_stop(signals: Mapping[str, Mapping[str, Any]]) -> None:
    if stop := signals.get("stop"):
        raise ToldToStop(f"told to stop at {stop['at']}")
