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
    its weights, it would leave a green to judge that gets no traffic; and that what the release
    leaves unchanged is on blue. Of very many functions each look sees some, and less where Lambda's
    control plane has much else to do: flips go before. Raises AliasMoved.
    """
    looked_at, began = record.managed(), now()
    if len(looked_at) > _ALIASES_A_LOOK:
        looked_at = sample(looked_at, _ALIASES_A_LOOK)
    for each in looked_at:
        if now() - began > _LOOKING_SECONDS:
            return
        green, how = versions[each.key], f"the shift to {weight} % left it at"
        left = target(each, green, weight)
        if green == UNCHANGED:
            left, how = Target(each.blue, {}), "the release leaves it at"
        alias = tools.aliases.read(each.name, record.alias)
        seen = Target(alias.version, alias.weights) if alias else None
        if seen != left:
            found = f"serves {seen}" if seen else "is gone"
            raise AliasMoved(
                f"{each.name}:{record.alias} {found}, and {how} {left}: somebody else moved it "
                "during the bake"
            )
