"""What becomes of an alias that somebody has moved or deleted: it is seen by whoever looks after that,
no end says that all is well, and what the person is told puts it right.
"""

from tests.faults.ended import Ended


def see_moved(ended: Ended) -> None:
    """Where the alias is not of the release of record, a person was asked for, or it was refused to
    begin, or nobody has looked at it since; then it is put right as they are told.
    """
    world = ended.world
    claim = world.tools.claims.of(world.service.name)
    live = world.tools.journal.live(world.service.name)
    if claim is not None and not claim.closed:
        record = world.tools.journal.deployment(claim.deployment)
        assert "shop-api" in record["answer"]["reason"], "I5: who asks for a person says not why"
        _point(ended, record["answer"]["blue"])
        return
    if not ended.is_elsewhere:
        return
    last, late = ended.runs[-1], ended.looked_since
    refused = last.end == "Rejected" and "shop-api" in last.answer["reason"]
    assert refused or not late, f"I6: {last!r} left api elsewhere, and looked at it by {late[0]}"
    if "api" not in world.service.aliases():
        _point(ended, live["versions"])
        return
    run = world.machine.run({"action": "repair"})
    assert run.end == "RolledBack", f"I1: nobody can put it right: {run!r}"


def _point(ended: Ended, versions: dict[str, str]) -> None:
    """As the commands do that `status` prints: what is gone is made again."""
    service = ended.world.service
    for key, version in versions.items():
        if key in service.aliases():
            service.point(key, version)
        else:
            service.lambda_.create_alias(
                FunctionName=service.function(key), Name="live", FunctionVersion=version
            )
