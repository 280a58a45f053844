"""What a function's failures are called, what it sees, and what it leaves behind."""

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

CODE = """
import json, os, time
class Refused(Exception):
    pass
def handler(event, context):
    what = event.get("do")
    if what == "raise":
        raise Refused("too late")
    if what == "exit":
        os._exit(3)
    if what == "sleep":
        time.sleep(30)
    if what == "object":
        return object()
    if what == "print":
        print("a line")
    return os.getpid()
"""

ENDS = [
    ("raise", "Refused", "too late"),
    ("exit", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
    ("sleep", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ("object", "Runtime.MarshalError", "Unable to marshal response"),
]


@pytest.mark.parametrize(("what", "kind", "text"), ENDS)
def test_a_failure_has_the_name_that_lambda_gives_it(
    corrected: Any, what: str, kind: str, text: str
) -> None:
    answer = corrected.invoke(corrected.function(CODE, Timeout=1), {"do": what})
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == kind
    assert text in answer["Payload"]["errorMessage"]


@pytest.mark.parametrize("what", ["raise", "exit", "object"])
def test_stock_has_one_name_for_every_failure(stock: Any, what: str) -> None:
    answer = stock.invoke(stock.function(CODE, Timeout=1), {"do": what})
    assert answer["Payload"]["errorType"] == "Runtime.HandlerError"


def test_an_exception_comes_with_its_stack_and_its_log(corrected: Any) -> None:
    name = corrected.function(CODE)
    answer = corrected.invoke(name, {"do": "raise"}, LogType="Tail")
    assert any("in handler" in frame for frame in answer["Payload"]["stackTrace"])
    assert answer["LogResult"]


def tail(lab: Any, name: str) -> str:
    answer = lab.invoke(name, {"do": "print"}, LogType="Tail")
    return base64.b64decode(answer["LogResult"]).decode()


def test_the_tail_ends_with_a_report_that_tells_a_cold_start(corrected: Any) -> None:
    name = corrected.function(CODE)
    cold, warm = (tail(corrected, name).splitlines() for _ in range(2))
    for lines in (cold, warm):
        assert lines[0] == "a line"
        assert lines[-1].startswith("REPORT RequestId: ")
    assert re.search(r"\tInit Duration: \d+\.\d\d ms\t$", cold[-1])
    assert "Init Duration" not in warm[-1]


def test_stock_says_nothing_of_cold_starts(stock: Any) -> None:
    assert "REPORT" not in tail(stock, stock.function(CODE))


def test_an_environment_outlives_an_exception(stock: Any, corrected: Any) -> None:
    def before_and_after(lab: Any) -> tuple[int, int]:
        name = lab.function(CODE)
        before = lab.invoke(name)["Payload"]
        lab.invoke(name, {"do": "raise"})
        return before, lab.invoke(name)["Payload"]

    before, after = before_and_after(corrected)
    assert before == after
    before, after = before_and_after(stock)
    assert before != after


BROKEN = [
    ("import nothing_of_that_name", "app.handler", "Runtime.ImportModuleError"),
    ("def handler(:", "app.handler", "Runtime.UserCodeSyntaxError"),
    ("x = 1", "app.handler", "Runtime.HandlerNotFound"),
    ("import os\nos.environ['NOT_SET']", "app.handler", "KeyError"),
    ("import os\nos._exit(1)", "app.handler", "Runtime.ExitError"),
]


@pytest.mark.parametrize(("code", "handler", "kind"), BROKEN)
def test_a_function_that_cannot_start_says_why(
    stock: Any, corrected: Any, code: str, handler: str, kind: str
) -> None:
    def error(lab: Any) -> str:
        name = lab.function(code, Handler=handler)
        return str(lab.invoke(name)["Payload"]["errorType"])

    assert error(corrected) == kind
    assert error(stock) == "RuntimeError"


def test_functions_that_cannot_start_leave_no_folder(corrected: Any) -> None:
    name = corrected.function("import nothing_of_that_name")
    place = corrected.invoke(corrected.function("import os\ndef handler(e, c): return os.getcwd()"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: corrected.invoke(name), range(8)))
    assert not list(Path(place["Payload"]).parents[1].glob(f"ministack-lambda-{name}-*"))


def test_a_versions_code_is_fetched_from_where_getfunction_says(stock: Any, corrected: Any) -> None:
    def fetched(lab: Any, version: str) -> bytes:
        found = lab["lambda"].get_function(FunctionName=name, Qualifier=version)
        with urlopen(found["Code"]["Location"]) as answer:
            return bytes(answer.read())

    for lab in (corrected, stock):
        name = lab.function(CODE)
        lab["lambda"].publish_version(FunctionName=name)
        lab.upload(name, f"{CODE}# second")
        first, second = lab.bundle(CODE), lab.bundle(f"{CODE}# second")
        assert fetched(lab, "$LATEST") == second
        assert fetched(lab, "1") == (first if lab is corrected else second)


FRAGILE = """
import os, pathlib, time
if pathlib.Path(os.environ["MARKER"]).exists():
    raise KeyError("from now on")
def handler(event, context):
    pathlib.Path(os.environ["MARKER"]).touch()
    time.sleep(1)
    return "done"
"""


def test_a_failed_start_leaves_the_sibling_at_work(
    stock: Any, corrected: Any, tmp_path: Path
) -> None:
    def sibling(lab: Any) -> Any:
        marker = tmp_path / lab.name()
        name = lab.function(FRAGILE, Environment={"Variables": {"MARKER": str(marker)}})
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(lab.invoke, name)
            lab.poll(marker.exists)
            assert lab.invoke(name)["FunctionError"]
            return working.result()["Payload"]

    assert sibling(corrected) == "done"
    assert sibling(stock) != "done"


STATES = [
    ("raise", "Refused"),
    ("exit", "Runtime.ExitError"),
    ("sleep", "Sandbox.Timedout"),
    ("import", "Runtime.ImportModuleError"),
]


@pytest.mark.parametrize("optimized", [False, True])
@pytest.mark.parametrize(("what", "kind"), STATES)
def test_a_state_fails_with_the_name_of_its_functions_failure(
    corrected: Any, what: str, kind: str, optimized: bool
) -> None:
    code = "import nothing_of_that_name" if what == "import" else CODE
    name = corrected.function(code, Timeout=1)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    task: dict[str, Any] = {"Type": "Task", "Resource": arn, "End": True}
    if optimized:
        task["Resource"] = "arn:aws:states:::lambda:invoke"
        task["Parameters"] = {"FunctionName": arn, "Payload.$": "$"}
    ended = corrected.run({"StartAt": "Call", "States": {"Call": task}}, {"do": what})
    assert (ended["status"], ended["error"]) == ("FAILED", kind)
    assert json.loads(ended["cause"])["errorType"] == kind


SEES = """
import importlib.util, os
def handler(event, context):
    wanted = ("boto3", "botocore", "dateutil", "pytest", "pydantic", "infra", "handlers")
    return {"modules": [name for name in wanted if importlib.util.find_spec(name)],
            "variables": sorted(os.environ)}
"""


def test_a_function_sees_its_runtime_and_nothing_of_this_machine(
    stock: Any, corrected: Any
) -> None:
    def seen(lab: Any) -> Any:
        settings = {"Environment": {"Variables": {"OWN": "1"}}}
        return lab.invoke(lab.function(SEES, **settings))["Payload"]

    found = seen(corrected)
    assert found["modules"] == ["boto3", "botocore", "dateutil"]
    assert {"OWN", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_EXECUTION_ENV"} <= set(found["variables"])
    assert not {"GATEWAY_PORT", "HOME", "PYTHONPATH", "BIND_HOST"} & set(found["variables"])
    found = seen(stock)
    assert {"pytest", "pydantic"} <= set(found["modules"])
    assert "GATEWAY_PORT" in found["variables"]


def test_a_real_handler_reaches_the_emulator_with_the_runtimes_boto3(corrected: Any) -> None:
    code = """
import boto3
def handler(event, context):
    return boto3.client("sts").get_caller_identity()["Account"]
"""
    assert corrected.invoke(corrected.function(code))["Payload"] == "000000000000"


def test_a_function_loads_botocore_only_when_it_uses_it(stock: Any, corrected: Any) -> None:
    code = "import sys\ndef handler(event, context): return 'botocore' in sys.modules"
    assert corrected.invoke(corrected.function(code))["Payload"] is False
    assert stock.invoke(stock.function(code))["Payload"] is True


def test_a_silent_function_is_not_waited_for(stock: Any, corrected: Any) -> None:
    def drained(lab: Any) -> float:
        # By the emulator's own report, not by this test's clock.
        name = lab.function("def handler(event, context): return 1")
        lab.invoke(name)
        events = []
        for _ in range(5):
            lab.invoke(name)
        for event in lab["logs"].filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]:
            if event["message"].startswith("REPORT"):
                events.append(int(event["message"].split("Duration: ")[1].split()[0]))
        return min(events)

    assert drained(stock) >= 50
    assert drained(corrected) < drained(stock)


def test_a_log_stream_outlives_an_invocation(stock: Any, corrected: Any) -> None:
    def streams(lab: Any) -> int:
        name = lab.function(CODE)
        for _ in range(3):
            lab.invoke(name, {"do": "print"})
        group = f"/aws/lambda/{name}"
        return len(lab["logs"].describe_log_streams(logGroupName=group)["logStreams"])

    assert streams(corrected) == 1
    assert streams(stock) == 3


SLOW = """
import os, time
def handler(event, context):
    time.sleep(0.3)
    print(f"DONE {event['number']} in {os.getpid()}")
"""


def test_asynchronous_invocations_wait_for_their_turn_and_all_have_it(
    stock: Any, corrected: Any
) -> None:
    def environments(lab: Any) -> int:
        name = lab.function(SLOW)
        for number in range(12):
            payload = json.dumps({"number": number})
            lab["lambda"].invoke(FunctionName=name, InvocationType="Event", Payload=payload)

        def done() -> list[list[str]]:
            found = lab["logs"].filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
            return [each["message"].split() for each in found if "DONE" in each["message"]]

        lab.poll(lambda: name in groups(lab) and len(done()) == 12)
        assert sorted(int(words[1]) for words in done()) == list(range(12))
        return len({words[3] for words in done()})

    assert environments(corrected) <= 4
    assert environments(stock) > 4


def groups(lab: Any) -> set[str]:
    """The functions that have logged."""
    pages = lab["logs"].get_paginator("describe_log_groups").paginate()
    return {each["logGroupName"].rpartition("/")[2] for page in pages for each in page["logGroups"]}
