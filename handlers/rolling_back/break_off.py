"""A contract that did not come to its end. No alias was moved, so none is moved back; what is told
is whether earlier releases can still read the schema.
"""

from typing import TYPE_CHECKING

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.claims import Claim
from handlers.domain.answer import answer, ended
from handlers.domain.messages import UNCHANGED, Ended
from handlers.domain.record import Record
from handlers.domain.schema.contracts import withdrawn

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_STAYS = (
    "live was not touched; what was applied of the contract stays applied, and releases before it "
    "stay refused: mend what failed, then `greenshift contract {service}`, or start the machine "
    'with {{"action": "contract"}} again'
)


def break_off(tools: "Tools", claim: Claim, record: Record, reason: str, *, begun: bool) -> Ended:
    """Closes the contract's claim: RolledBack when statements of it may have been `begun`, else
    Rejected, and going back is open again as it was before. Safe to repeat.
    """
    found = answer(
        deployment=record.deployment,
        service=record.service,
        release=record.release,
        digest=record.digest,
        outcome="RolledBack" if begun else "Rejected",
        reason=f"{reason}; {_STAYS.format(service=record.service)}" if begun else reason,
        blue={key: each.blue for key, each in record.functions.items()},
        green=dict.fromkeys(record.functions, UNCHANGED),
        started_at=record.started_at,
        ended_at=iso(now()),
    )
    tools.journal.ended(record.deployment, "RollBack", found["endedAt"], {"reason": reason})
    left = tools.contracts.of(record.service)
    if not begun:
        left = withdrawn(left, record.deployment)
    writing = tools.contracts.writing(record.service, left)
    return ended(tools.journal.close(claim, found["outcome"], found, also=[writing]))
