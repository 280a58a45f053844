"""Pushed failures: what green's log and alarms say reaches the deployment that runs, and no other."""

import base64
import gzip
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants
from service import Service

from handlers.adapters.ledger.claims import Claim
from handlers.adapters.metrics import Metrics
from handlers.adapters.tools import Tools
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.new_errors import KNOWN_SECONDS
from handlers.listeners import hear_alarm, hear_log

PLAN = "steps(50@5, 100@5)"
UNCAUGHT = (
    '[ERROR] KeyError: 7\nTraceback (most recent call last):\n  File "/var/task/a.py", line 1, in f'
)
ANSWERED = json.dumps({"_aws": {}, "AnsweredFailures": 1})
ALARM = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:shop-errors"
LATER = 20.0
"""Seconds by which these looks are after the shift: whole windows lie between."""
_numbers = itertools.count(1)


class Log:
    """The log of a service's function `api`, and the listener that hears it."""

    def __init__(self, shop: Service, logs: Any) -> None:
        self._shop, self._logs = shop, logs
        self._arn = f"arn:aws:lambda:us-east-1:000000000000:function:{hear_log.__name__}"
        self.group = f"/aws/lambda/{shop.function('api')}"

    def subscribe(self, name: str = "greenshift", function: str = "greenshift-hear-log") -> None:
        self._logs.put_subscription_filter(
            logGroupName=self.group,
            filterName=name,
            filterPattern="",
            destinationArn=f"arn:aws:lambda:us-east-1:000000000000:function:{function}",
        )

    def says(self, version: str, *lines: str, at: float | None = None, again: int = 1) -> list[str]:
        """Delivers the lines, `again` times; answers the signals that were written."""
        moment = time.time() + LATER - 5 if at is None else at
        events = [
            {"id": str(next(_numbers)), "timestamp": int(moment * 1000), "message": line}
            for line in lines
        ]
        payload = {
            "messageType": "DATA_MESSAGE",
            "logGroup": self.group,
            "logStream": f"2026/11/25/[{version}]0123456789abcdef0123456789abcdef",
            "logEvents": events,
        }
        data = base64.b64encode(gzip.compress(json.dumps(payload).encode())).decode()
        context = SimpleNamespace(invoked_function_arn=self._arn)
        event = {"awslogs": {"data": data}}
        found = [hear_log.handler(event, context) for _ in range(again)]
        return [name for each in found for name in each.get("signals", [])]


def requests(number: int, *, each: str | None = None) -> list[str]:
    """Lines of so many requests, with a line of `each` before its report."""
    found = []
    for _ in range(number):
        found += [each] if each else []
        found.append(f"REPORT RequestId: 00000000-0000-4000-8000-{next(_numbers):012}\tDuration: 1")
    return found


@pytest.fixture
def log(aws: Any, shop: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    for module in ("handlers.bake", "handlers.listeners.hear_log"):
        monkeypatch.setattr(f"{module}.now", lambda: time.time() + LATER)
    monkeypatch.setattr(hear_log, "REMEMBERED_SECONDS", 0.0)
    hear_log._whose.clear()
    hear_log._noted.clear()
    logs = aws.client("logs")
    found = Log(shop, logs)
    logs.create_log_group(logGroupName=found.group)
    yield found


def at_the_first_bake(do: Callable[[], Any]) -> Callable[..., None]:
    left = [1]

    def intercept(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "bake" and left:
            left.pop()
            do()

    return intercept


def release(shop: Service, machine: Engine, do: Callable[[], Any]) -> Run:
    """Releases 1.0.0 on the seed, which is version 1; green is version 2."""
    shop.upload("1.0.0", plan=PLAN)
    machine.before = at_the_first_bake(do)
    return machine.run({"release": "1.0.0"})


def ends(shop: Service, machine: Engine, do: Callable[[], Any]) -> Run:
    """The same where nothing of it may end the deployment: the second look stops it."""

    def stop() -> None:
        do()
        journal, claims = Tools().journal, Tools().claims
        claim = claims.of(shop.name)
        assert claim is not None
        journal.signal(claim.deployment, "stop", {"at": "the end of the test"})

    run = release(shop, machine, stop)
    assert run.answer["reason"] == "told to stop at the end of the test"
    return run


def verdict(run: Run) -> dict[str, Any]:
    return Tools().journal.verdicts(run.answer["deployment"])[-1]


def test_a_burst_of_errors_in_greens_log_rolls_back_at_the_next_look(
    shop: Service, machine: Engine, log: Log
) -> None:
    log.subscribe()
    run = release(shop, machine, lambda: log.says("2", *requests(6, each=UNCAUGHT), *requests(3)))
    assert run.end == "RolledBack"
    assert run.answer["reason"] == (
        "green failed 6 of 9 requests in 5 s by its log, more than half: fail (error burst)"
    )
    assert machine.calls.count("bake") == 1
    assert verdict(run)["by"] == "burst"
    signal = Tools().journal.signals(run.answer["deployment"])["errorBurst"]
    assert (signal["function"], signal["version"]) == ("api", "2")
    assert (signal["failed"], signal["finished"]) == (6, 9)
    assert_invariants(shop, run)


def test_a_green_that_begins_and_does_not_end_goes_back_before_its_time_out(
    aws: Any, shop: Service, machine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time-out is 5 minutes, and three times blue's p95 is 30 s at least."""
    shop.lambda_.update_function_configuration(FunctionName=shop.function("api"), Timeout=300)
    known = Before(requests=1_000, minutes=60, p95_ms=40.0)
    monkeypatch.setattr(
        Metrics, "before", lambda self, functions, **_: dict.fromkeys(functions, known)
    )
    monkeypatch.setattr("handlers.bake.now", lambda: time.time() + 60)
    log.subscribe()
    begins = [f"START RequestId: 00000000-0000-4000-8000-{next(_numbers):012}" for _ in range(8)]
    run = release(shop, machine, lambda: log.says("2", *begins, *requests(1)))
    assert run.end == "RolledBack", run
    assert run.answer["reason"] == (
        "green has not ended 7 of 8 requests that began over 30 s ago, by its log, more than half: "
        "fail (hang)"
    )
    assert verdict(run)["by"] == "hang"
    assert "a hang of api is seen after 30 s, by its log" in assert_invariants(shop, run)["note"]


BAD = requests(9, each=UNCAUGHT)
HARMLESS: dict[str, Callable[[Log], Any]] = {
    "blue's": lambda log: log.says("1", *BAD),
    "of another version": lambda log: log.says("3", *BAD),
    "of no version": lambda log: log.says("$LATEST", *BAD),
    "before the shift": lambda log: log.says("2", *BAD, at=time.time() - 60),
    "few, delivered twice": lambda log: log.says("2", *requests(3, each=UNCAUGHT), again=2),
    "half of it": lambda log: log.says("2", *requests(6, each=UNCAUGHT), *requests(6)),
    "answered, where blue does not count its own": lambda log: log.says(
        "2", *requests(9, each=ANSWERED)
    ),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_failures_that_say_nothing_of_green_end_nothing(
    shop: Service, machine: Engine, log: Log, case: str
) -> None:
    log.subscribe()
    ends(shop, machine, lambda: HARMLESS[case](log))


def test_an_answered_failure_counts_where_blue_counts_its_own(
    aws: Any, shop: Service, machine: Engine, log: Log
) -> None:
    named = {"Service": shop.name, "FunctionName": shop.function("api"), "FunctionVersion": "1"}
    marker = {
        "MetricName": "Instrumented",
        "Value": 1,
        "Dimensions": [{"Name": name, "Value": value} for name, value in named.items()],
    }
    aws.client("cloudwatch").put_metric_data(Namespace="Greenshift/Outcome", MetricData=[marker])
    log.subscribe()
    run = release(shop, machine, lambda: log.says("2", *requests(9, each=ANSWERED)))
    assert run.end == "RolledBack"
    assert run.answer["reason"].startswith("green failed 9 of 9 requests in 5 s by its log")


def test_a_log_that_is_not_sent_to_us_is_told_by_the_plan_and_judged_by_nobody(
    shop: Service, machine: Engine, log: Log
) -> None:
    log.subscribe("siem", "to-siem")
    log.subscribe("datadog", "to-datadog")
    run = ends(shop, machine, lambda: log.says("2", *BAD))
    record = Tools().journal.deployment(run.answer["deployment"])
    assert record is not None
    assert (
        "errors of api are seen by the poll alone, because no subscription slot is free on "
        f"{log.group}: datadog and siem have both" in record["note"]
    )


def test_an_error_that_blue_has_not_logged_in_a_week_rolls_back(
    shop: Service, machine: Engine, log: Log
) -> None:
    hears_since(shop, time.time() - KNOWN_SECONDS)
    log.subscribe()
    lines = [line for _ in range(3) for line in (*requests(1, each=UNCAUGHT), *requests(20))]
    run = release(shop, machine, lambda: log.says("2", *lines))
    assert run.end == "RolledBack"
    assert run.answer["reason"] == (
        "green logged KeyError in f (a.py) 3 times, which blue has not logged in 7 days: fail (new "
        "error)"
    )
    assert verdict(run)["by"] == "newError"


def test_an_error_that_blue_logs_as_well_ends_nothing(
    shop: Service, machine: Engine, log: Log
) -> None:
    hears_since(shop, time.time() - KNOWN_SECONDS)
    log.subscribe()

    def both() -> None:
        log.says("1", *requests(1, each=UNCAUGHT))
        log.says("2", *requests(4, each=UNCAUGHT), *requests(20))

    ends(shop, machine, both)


def test_what_a_release_logged_that_was_rolled_back_is_not_known_of_blue(
    shop: Service, machine: Engine, log: Log
) -> None:
    log.subscribe()
    release(shop, machine, lambda: log.says("2", *BAD))
    log.says("2", *BAD)
    assert not list(Tools().ledger.query(f"SERVICE#{shop.name}", "KNOWN#"))


def test_what_is_nobodys_or_garbage_is_harmless(shop: Service, log: Log) -> None:
    assert log.says("2", *BAD) == []
    context = SimpleNamespace(invoked_function_arn="arn:aws:lambda:r:1:function:hear")
    assert hear_log.handler({"awslogs": {"data": "garbage"}}, context) == {"heard": 0}


def hears_since(shop: Service, at: float) -> None:
    Tools().heard.listen(shop.name, "api", at)
    item = Tools().ledger.get(f"SERVICE#{shop.name}", "HEARING#api") or {}
    from handlers.adapters.ledger.ledger import Put

    Tools().ledger.put(Put({**item, "at": int(time.time())}))


# Alarms


def red(at: float, *, was: str = "OK") -> dict[str, Any]:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(at))
    return {
        "resources": [ALARM],
        "detail": {
            "alarmName": "shop-errors",
            "state": {"value": "ALARM", "timestamp": stamp},
            "previousState": {"value": was},
        },
    }


@pytest.fixture
def alarmed(aws: Any, shop: Service) -> Service:
    """The service with an alarm that is green whenever somebody looks."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="shop-errors",
        Namespace="Shop",
        MetricName="Nothing",
        Period=60,
        EvaluationPeriods=1,
        Statistic="Sum",
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    shop.register(alarms=[ALARM])
    return shop


def test_an_alarm_that_went_red_between_two_looks_rolls_back(
    alarmed: Service, machine: Engine, log: Log
) -> None:
    event = red(time.time() + LATER)
    told: list[Any] = []
    run = release(
        alarmed, machine, lambda: told.extend(hear_alarm.handler(event, None) for _ in range(2))
    )
    assert run.end == "RolledBack"
    assert run.answer["reason"] == "alarm shop-errors went red after the shift began: fail"
    assert [len(each["told"]) for each in told] == [1, 0]


@pytest.mark.parametrize(
    "event",
    [red(time.time() - 60), red(time.time() + LATER, was="ALARM")],
    ids=["before the shift", "red already, with another reason"],
)
def test_an_alarm_that_was_red_before_the_shift_ends_nothing(
    alarmed: Service, machine: Engine, log: Log, event: dict[str, Any]
) -> None:
    ends(alarmed, machine, lambda: hear_alarm.handler(event, None))


def test_an_alarm_of_no_running_deployment_is_told_to_nobody(
    alarmed: Service, machine: Engine, log: Log
) -> None:
    event = red(time.time() + LATER)
    assert hear_alarm.handler(event, None) == {"told": []}
    ended = ends(alarmed, machine, lambda: None)
    assert hear_alarm.handler(event, None) == {"told": []}
    assert "alarm#shop-errors" not in Tools().journal.signals(ended.answer["deployment"])


def test_a_running_deployment_that_the_alarm_does_not_watch_is_not_told(shop: Service) -> None:
    tools, name = Tools(), shop.name
    claim = Claim(name, f"{name}-1", f"arn:{name}", 0, "now", closed=False)
    tools.claims.take(claim, {"deployment": f"{name}-1", "alarms": []}, over=None)
    tools.heard.watch(name, [ALARM])
    assert f"{name}-1" not in hear_alarm.hear_alarm(ALARM, time.time())
