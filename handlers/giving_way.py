"""A deployment gives way to one that was asked for later, as long as it has moved no traffic."""

from typing import TYPE_CHECKING

from handlers.errors import Superseded

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def give_way(tools: "Tools", deployment: str) -> None:
    """Raises Superseded where a later deployment asks for the service. It is written down before,
    so that whoever puts the service back can say so. Only called before traffic moves.
    """
    asked = tools.journal.signals(deployment).get("superseded")
    if asked is None:
        return
    tools.journal.add(deployment, {"supersededBy": asked["release"]})
    raise Superseded(f"{asked['release']} was asked for at {asked['at']}, before its traffic moved")
