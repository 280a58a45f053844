"""What must hold of `orders` after a shift, after a release, after a rollback, and whenever nothing runs."""

import math

from stage import FUNCTIONS, Execution, Orders, Standing
from witness import CONNECTIONS, NOBODY, Witness, failed_by_version

UNLIKELY = 1e-9
ANSWER = {
    "deployment", "service", "release", "digest", "outcome", "reason", "blue", "green",
    "startedAt", "endedAt", "failedRequests",
}  # fmt: skip
MARK = "greenshift orders t"


def after_release(orders: Orders, ended: Execution, version: str, before: Standing) -> None:
    """The release is live, whole and of record; the one before it is where a rollback goes."""
    assert (ended.status, ended.answer["outcome"]) == ("SUCCEEDED", "Released"), ended
    assert ended.answer["release"] == version
    now = whole(orders)
    assert now.release == version
    for key, green in ended.answer["green"].items():
        assert now.versions[key] == (before.versions[key] if green == "unchanged" else green)
    assert ended.answer["blue"] == before.versions
    assert now.live["former"]["versions"] == before.versions, "I9: the way back is known"
    assert now.live["former"]["release"] == before.release
    assert orders.deployments.status("orders").rollback_to == before.release
    recorded(orders, ended)


def after_rollback(orders: Orders, ended: Execution, before: Standing) -> None:
    """Every function is on blue, and blue is the release of record as it was."""
    assert (ended.status, ended.error) == ("FAILED", "RolledBack"), ended
    assert ended.answer["outcome"] == "RolledBack"
    now = whole(orders)
    assert now.versions == before.versions
    assert now.live == before.live
    recorded(orders, ended)


def never_moved(orders: Orders, ended: Execution, outcome: str, before: Standing) -> None:
    """The deployment ended before any traffic: nobody has written an alias."""
    assert (ended.status, ended.error) == ("FAILED", outcome), ended
    now = whole(orders)
    assert now.revisions == before.revisions, "live was written"
    assert now.live == before.live
    assert not orders.items(f"DEPLOYMENT#{ended.answer['deployment']}", "FLIP#")
    assert orders.item(f"DEPLOYMENT#{ended.answer['deployment']}", "META")["outcome"] == outcome


def whole(orders: Orders) -> Standing:
    """I1: each alias serves one version, and all are of one release. I5: nobody holds the service."""
    now = orders.standing()
    assert now.weights == {key: {} for key in FUNCTIONS}, f"I1: {now}"
    assert now.versions == now.live["versions"], f"I1: {now.live['release']} is live"
    claim = orders.item("SERVICE#orders", "CLAIM")
    assert claim is not None, "I5: no claim was ever made"
    assert claim["closed"], f"I5: {claim} outlives its execution"
    assert orders.deployments.status("orders").whole
    return now


def recorded(orders: Orders, ended: Execution) -> None:
    """I6: the ledger has what was answered, each flip with its time, each verdict with its numbers."""
    assert set(ended.answer) == ANSWER, ended.answer
    deployment = f"DEPLOYMENT#{ended.answer['deployment']}"
    meta = orders.item(deployment, "META")
    assert meta is not None, f"I6: {deployment} has no record"
    assert meta["outcome"] == ended.answer["outcome"]
    assert meta["execution"] == ended.arn
    assert meta["startedAt"] <= meta["endedAt"]
    assert {key: meta["answer"][key] for key in ANSWER} == ended.answer
    for flip in orders.items(deployment, "FLIP#"):
        assert flip["at"], f"I6: {flip}"
    for verdict in orders.items(deployment, "VERDICT#"):
        assert verdict["reason"], f"I6: {verdict}"
        assert verdict["evidence"].keys() <= FUNCTIONS.keys()


def nobody_noticed(witness: Witness) -> None:
    """I2: no request failed."""
    counts = witness.counts()
    assert counts.requests > 0
    assert counts.failed == 0, f"{counts.failures} of {counts.requests}: {counts.examples}"


def only_green_failed(witness: Witness, green: str, *, answered: bool = True) -> None:
    """What failed was green's: it says so itself, or API Gateway answered for what raised."""
    counts = witness.counts()
    assert counts.failed > 0, "nothing failed: the release was not bad"
    assert failed_by_version(counts).keys() <= ({green} if answered else {green, NOBODY}), counts


def nothing_lost(orders: Orders, witness: Witness) -> None:
    """I2: every order whose placing was answered is confirmed by the worker in the end, and no
    message or event has landed where a person has to look.
    """
    placed = list(witness.placed())
    assert placed
    with orders.database() as connection:
        pending = "SELECT count(*) FROM orders WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'confirmed'"
        orders.until(
            lambda: connection.run(pending, ids=placed)[0][0] == len(placed),
            f"not all of {len(placed)} orders are confirmed",
        )
    for queue in ("orders-dead-letters", "greenshift-orders-undelivered"):
        assert orders.queued(queue) == 0, queue


def shifted_as_planned(
    witness: Witness, green: str, weights: tuple[int, ...], *, raises: bool = False
) -> None:
    """I3: green got nothing before the first flip, and at each step no more than its weight: more
    than the worst in a thousand million of honest draws is none.
    """
    samples = witness.samples()
    mine = {green, NOBODY} if raises else {green}
    for sample in samples:
        if sample.version != green and green not in sample.weights:
            assert sample.by.get(green, 0) == 0, f"I3: green answered before its flip: {sample}"
        else:
            break
    for weight in weights:
        at = [each for each in samples if round(each.weights.get(green, 0) * 100) == weight]
        if weight == 100:
            at = [each for each in samples if each.version == green and each.whole]
        assert at, f"nobody saw the step at {weight} %"
        requests = at[-1].requests - at[0].requests
        share = sum(at[-1].by.get(each, 0) - at[0].by.get(each, 0) for each in mine)
        # What was under way at the flip was drawn at the step before, whose weight is lower.
        most = requests if weight == 100 else _most(requests, weight / 100)
        assert share <= most, f"I3: green answered {share} of {requests} at {weight} %"
        if requests > 200:
            assert share > 0, f"green got nothing of {requests} at {weight} %"
    for sample in samples:
        assert MARK in sample.description or sample.description.endswith(" seed"), sample


def green_is_gone(witness: Witness, green: str) -> None:
    """After the last flip back, green answers only what was under way, and nothing fails any more."""
    samples = witness.samples()
    last = max(
        number
        for number, each in enumerate(samples)
        if green in each.weights or each.version == green
    )
    after = samples[min(last + 2, len(samples) - 1) :]
    assert len(after) > 3, "the load ended with the rollback"
    late = after[-1].by.get(green, 0) - after[0].by.get(green, 0)
    assert late <= CONNECTIONS, f"green answered {late} requests after it was gone"
    settled = next(each for each in after if each.requests >= after[0].requests + 4 * CONNECTIONS)
    assert after[-1].failed == settled.failed, "requests failed after the rollback"


def replayed(orders: Orders, ended: Execution) -> None:
    """I7: every Lambda that the execution called, called again with the same input once it is over,
    changes no alias, publishes nothing and leaves the ledger's release of record alone.
    """
    before, published = orders.standing(), {key: orders.published(key) for key in FUNCTIONS}
    calls = orders.calls(ended.arn)
    assert len(calls) >= 7, calls
    for function, document in dict(calls).items():
        orders.client("lambda").invoke(FunctionName=function, Payload=document.encode())
    assert orders.standing() == before, "I7: a phase that ran again has changed something"
    assert {key: orders.published(key) for key in FUNCTIONS} == published
    recorded(orders, ended)


def _most(requests: int, share: float) -> int:
    """The number of draws that is exceeded once in a thousand million times, by the normal bound
    with Bernstein's correction: no library is asked for one number.
    """
    deep = -math.log(UNLIKELY)
    return math.ceil(
        requests * share
        + deep / 3
        + math.sqrt(deep**2 / 9 + 2 * requests * share * (1 - share) * deep)
    )
