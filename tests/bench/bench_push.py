"""Seconds from the first bad answer to 100 % blue: by CloudWatch's counts, and by green's log.

`orders` as `cdk deploy` makes it, on the embedded environment, under load; each release answers 500
to every customer. Strata, settling and looks are those of AWS. A minute's counts are seen when the
minute is over: on AWS they may come up to a minute later, so that the poll's figures are its best.
Log lines are delivered once a second; for how long AWS gathers them it does not say.
"""

import logging
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from stage import Execution, Orders

from infra.local.environment import embedded
from infra.sample.bring_up import bring_up
from infra.sample.load import Load

RATE, RUNS = 20, 3
GROUP, FILTER = "/aws/lambda/orders-api", "greenshift"
AS_ON_AWS = """
[shift]
plan = "steps(25@5, 100@5)"
[bake]
stratumSeconds = 60
settleSeconds = 90
"""
ANSWERS_500 = b"""
import index_of_the_sample
from greenshift_outcome import outcome
@outcome(service="orders")
def handler(event, context):
    if "x-greenshift-synthetic" in event["headers"]:
        return index_of_the_sample.handler(event, context)
    version = {"x-orders-release": "bad", "x-orders-version": context.function_version}
    return {"statusCode": 500, "headers": version, "body": "{}"}
"""


def run(orders: Orders) -> tuple[float, int, str]:
    """One bad release: seconds until blue was whole again, failures served, and the reason."""
    version = orders.version()
    bundle = orders.bundle(version, pace=AS_ON_AWS, api=ANSWERS_500)
    with Load(orders.sample.api_url, rate=RATE) as load:
        ended: Execution = orders.wait(orders.started_by(orders.drop(version, bundle)))
    counts = load.counts()
    assert ended.error == "RolledBack", ended
    assert counts.first_failure_at is not None
    flips = orders.deployments.flips(ended.answer["deployment"])
    back = max(flip["at"] for flip in flips if flip["weight"] == 0)
    return back - counts.first_failure_at, counts.failed, ended.answer["reason"]


def report(orders: Orders, way: str) -> None:
    """The runs of one way, the quickest first, and the reason of one."""
    runs = sorted(run(orders) for _ in range(RUNS))
    seconds = "".join(f"{each:>8.1f}" for each, *_ in runs)
    failed = sum(each for _, each, _ in runs) / RUNS
    print(f"{way:<6}{seconds}{failed:>16,.0f}   {runs[0][2]}", flush=True)


def main() -> None:
    logging.disable(logging.CRITICAL)
    os.environ["GREENSHIFT_WHOLE_MINUTES"] = "1"
    with embedded() as environment, tempfile.TemporaryDirectory() as folder:
        orders = Orders(environment, bring_up(environment), Path(folder))
        good = orders.version()
        with Load(orders.sample.api_url, rate=RATE):  # blue's markers, and a record of it
            first = orders.release(good, orders.bundle(good))
        assert first.status == "SUCCEEDED", first
        marked = time.time()
        orders.until(lambda: time.time() // 60 > marked // 60, "the minute is not over", seconds=70)
        logs = environment.client("logs")
        print(f"{'':<6}{'s to 100 % blue, 3 runs':>24}{'500s served':>16}")
        report(orders, "push")
        logs.delete_subscription_filter(logGroupName=GROUP, filterName=FILTER)
        report(orders, "poll")


if __name__ == "__main__":
    main()
