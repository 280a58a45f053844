"""Releases, good and bad, alone and many at once, while customers ask for both functions."""

from concurrent.futures import ThreadPoolExecutor

from stage import Execution
from under_load import LoadOrders
from variants import AT_ONCE, BAD, STEPPED
from whole import (
    after_release,
    after_rollback,
    green_is_gone,
    shifted_as_planned,
    whole,
)

COPIES = 50


def test_a_release_with_a_migration_in_three_steps(orders: LoadOrders) -> None:
    version = orders.version()
    migrations = orders.migration("ALTER TABLE orders ADD COLUMN gift text;")
    with orders.traffic("a release in three steps") as traffic:
        ended = orders.wait(orders.begin(version, pace=STEPPED, migrations=migrations))
    after_release(orders, ended, version, traffic.before)
    shifted_as_planned(traffic.witness, ended.answer["green"]["api"], (25, 60, 100))
    assert "unchanged" not in ended.answer["green"].values(), "both functions were shifted"
    traffic.nothing_lost()


def test_a_bad_release_is_rolled_back(orders: LoadOrders) -> None:
    version = orders.version()
    with orders.traffic("a bad release") as traffic:
        ended = orders.wait(orders.begin(version, pace=STEPPED, base=BAD))
        traffic.witness.more(300)
    after_rollback(orders, ended, traffic.before)
    green = ended.answer["green"]["api"]
    green_is_gone(traffic.witness, green)
    traffic.only_failed_by(green)


def test_a_rollback_by_hand(orders: LoadOrders) -> None:
    before, version = orders.standing(), orders.version()
    with orders.traffic("a release, and a rollback by hand") as traffic:
        released = orders.wait(orders.begin(version, pace=AT_ONCE))
        after_release(orders, released, version, before)
        back = orders.wait(orders.start({"action": "rollback"}))
    assert (back.error, back.answer["release"]) == ("RolledBack", before.release)
    assert whole(orders).versions == before.versions
    traffic.nothing_lost()


def test_two_bundles_that_are_dropped_at_once(orders: LoadOrders) -> None:
    """Whichever comes first: the newer one is live in the end, and both have an answer."""
    older, newer = orders.version(), orders.version()
    bundles = {each: orders.bundle(each, pace=AT_ONCE) for each in (older, newer)}
    with orders.traffic("two bundles at once") as traffic:
        with ThreadPoolExecutor() as pool:
            events = list(pool.map(lambda each: orders.drop(each, bundles[each]), bundles))
        ended = [orders.wait(orders.started_by(each)) for each in events]
        outcomes = [_in_the_end(orders, each) for each in ended]
    assert outcomes[1].answer["outcome"] == "Released", outcomes
    assert outcomes[0].answer["outcome"] in ("Released", "Rejected"), outcomes
    assert whole(orders).release == newer
    assert not orders.items("SERVICE#orders", "QUEUE")
    traffic.nothing_lost()


def _in_the_end(orders: LoadOrders, ended: Execution) -> Execution:
    """How it ended, or its turn where it had to wait."""
    queued = ended.answer.get("queued")
    if not queued:
        return ended
    left = orders.until(
        lambda: orders.item("SERVICE#orders", f"LEFT#{queued['entry']}"),
        "its turn did not come",
        seconds=120,
    )
    return orders.wait(left["execution"])


def test_the_same_bundle_dropped_fifty_times(orders: LoadOrders) -> None:
    version, published = orders.version(), orders.published("api")
    bundle = orders.bundle(version, pace=AT_ONCE)
    with orders.traffic(f"the same bundle {COPIES} times") as traffic:
        known = set(orders.executions())
        wanted = {orders.drop(version, bundle)["object"]["version-id"] for _ in range(COPIES)}

        def started() -> list[str]:
            return [each for each in orders.executions() if each not in known]

        orders.until(lambda: len(started()) >= COPIES, "not every event has started one")
        ended = [orders.wait(each, seconds=300) for each in started()]
        orders.until(
            lambda: not orders.items("SERVICE#orders", "QUEUE"), "somebody waits", seconds=120
        )
        turns = [orders.wait(each) for each in started()][COPIES:]
    assert len(wanted) == COPIES
    outcomes = [each.answer["outcome"] for each in (*ended, *turns)]
    assert outcomes.count("Released") == 1, outcomes
    assert set(outcomes) <= {"Released", "NothingToDo", "Rejected"}, outcomes
    assert len(orders.published("api")) == len(published) + 1, "one deployment publishes once"
    assert whole(orders).release == version
    traffic.nothing_lost()
