"""Whether the aliases still are as the step's flip left them."""

from collections.abc import Mapping
from random import sample
from typing import TYPE_CHECKING

from handlers.adapters.clock import now
from handlers.domain.messages import UNCHANGED
from handlers.domain.record import Record
from handlers.domain.shift.traffic import Target, target
from handlers.errors import AliasMoved

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_ALIASES_A_LOOK = 10
_LOOKING_SECONDS = 10.0


def see_as_shifted(
    tools: "Tools", record: Record, versions: Mapping[str, str], weight: int
) -> None:
    """Sees that each alias serves what the step's flip left there: moved back to blue or robbed of
    its weights, it would leave a green to judge that gets no traffic. Of very many functions each
    look sees some, and less where Lambda's control plane has much else to do: flips go before.
    Raises AliasMoved.
    """
    changed, began = [each for each in record.managed() if versions[each.key] != UNCHANGED], now()
    if len(changed) > _ALIASES_A_LOOK:
        changed = sample(changed, _ALIASES_A_LOOK)
    for each in changed:
        if now() - began > _LOOKING_SECONDS:
            return
        green = versions[each.key]
        alias, left = tools.aliases.read(each.name, record.alias), target(each, green, weight)
        seen = Target(alias.version, alias.weights) if alias else None
        if seen != left:
            found = f"serves {seen}" if seen else "is gone"
            raise AliasMoved(
                f"{each.name}:{record.alias} {found}, and the shift to {weight} % left it at "
                f"{left}: somebody else moved it during the bake"
            )
