"""What a command tells after the deployment that it followed has ended: what is left to do."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handlers.domain.consumers.dead_letters import arrivals
from infra.cli import attention
from infra.cli.output import Output

if TYPE_CHECKING:
    from statemachine.client import Deployments


def tell(output: Output, client: "Deployments", answer: Mapping[str, Any]) -> None:
    """Says what came into dead-letter queues while a deployment served that went back, and of one
    that needs attention how each alias is pointed back.
    """
    if answer.get("outcome") == "RolledBack":
        letters = client.dead_letters_of_undone(answer["service"])
        for line in arrivals(answer["service"], letters.queues) if letters is not None else ():
            output.say(line)
    if answer.get("outcome") == "NeedsAttention":
        for line in attention.lines(client.misplaced(answer)):
            output.say(line)
