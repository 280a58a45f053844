"""What must hold of a service's queue when all is over: nobody starves, and nobody comes twice."""

from engine import Run

from tests.faults.ended import Ended
from tests.faults.kinds import PASSING


def see_queue(ended: Ended) -> None:
    """After one sweep more the queue is empty: who waited has had a turn, which has ended, or an
    answer. Where the fault passes, it is live.
    """
    world, service = ended.world, ended.world.service.name
    started, came_through = world.sweep()
    assert came_through, "I8: the sweep fails, and nothing is in its way"
    world.queues = True
    ended.runs.extend(world.follow(*started))
    line = world.tools.queue.of(service)
    assert not line, f"{[each.release for each in line]} wait, and nobody starts them"
    left = list(world.tools.ledger.query(f"SERVICE#{service}", "QUEUED#"))
    assert not left, f"{left} keeps the same bundle from waiting again"
    for run in ended.runs:
        if "queued" in run.answer and run.end == "NothingToDo":
            _has_had_its_turn(ended, run)
    kinds = {kind for _, kind in ended.case.faults}
    if len(ended.case.faults) < 2 and kinds <= PASSING:
        live = world.tools.journal.live(service)
        assert live is not None
        assert live["release"] == "1.2.0", f"1.2.0 waited, and {live['release']} is live"


def _has_had_its_turn(ended: Ended, waited: Run) -> None:
    tools, service = ended.world.tools, ended.world.service.name
    left = tools.queue.left(service, waited.answer["queued"]["entry"])
    assert left is not None, f"nobody knows what became of {waited!r}"
    if "answer" in left:
        assert left["answer"]["reason"], "I6: it left without a reason"
        return
    known = tools.claims.execution(left["execution"])
    assert known is not None, f"its turn {left['execution']} has left no trace"
    assert known["closed"], f"I5: its turn {left['execution']} is open"
