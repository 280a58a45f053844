"""Lines as Lambda and its runtimes write them, and what they say of a request."""

import json
from typing import Any

import pytest

from handlers.domain.logs.fingerprint import Fingerprint, fingerprint
from handlers.domain.logs.lines import FILTER, Said, read_line

ID = "6f747a63-0f9d-4f3c-8d3c-0f9d4f3c8d3c"
KEY_ERROR = Fingerprint("KeyError", "place (orders/place.py)")
TRACE = (
    'Traceback (most recent call last):\n  File "/var/task/index.py", line 5, in handler\n'
    '    return place(event)\n  File "/var/task/orders/place.py", line 42, in place\n'
    '    sku = order["sku"]'
)
STACK = [
    '  File "/var/task/index.py", line 5, in handler\n    return place(event)\n',
    '  File "/var/task/orders/place.py", line 42, in place\n    sku = order["sku"]\n',
]
NODE = {
    "errorType": "TypeError",
    "errorMessage": "Cannot read properties of undefined (reading 'sku')",
    "stack": [
        "TypeError: Cannot read properties of undefined (reading 'sku')",
        "    at place (file:///var/task/orders/place.mjs:42:11)",
        "    at Runtime.handler (file:///var/task/index.mjs:3:9)",
    ],
}
TYPE_ERROR = Fingerprint("TypeError", "place (orders/place.mjs)")


def platform(**record: Any) -> str:
    report = {"requestId": ID, "metrics": {"durationMs": 1.5}, **record}
    return json.dumps({"time": "2026-11-25T10:00:00Z", "type": "platform.report", "record": report})


SAID = {
    "a beginning": (f"START RequestId: {ID} Version: 8\n", Said(ID, started=True)),
    "a beginning as JSON": (
        platform().replace("platform.report", "platform.start"),
        Said(ID, started=True),
    ),
    "a report": (
        f"REPORT RequestId: {ID}\tDuration: 1.52 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB\t"
        "Max Memory Used: 60 MB\tInit Duration: 250.11 ms\t\n",
        Said(ID, finished=True),
    ),
    "a report of one that died": (
        f"REPORT RequestId: {ID}\tDuration: 9.1 ms\tBilled Duration: 10 ms\tMemory Size: 512 MB\t"
        "Max Memory Used: 512 MB\tStatus: error\tError Type: Runtime.OutOfMemory\n",
        Said(ID, finished=True, failed=True, error=Fingerprint("Runtime.OutOfMemory")),
    ),
    "a report of a time-out, which has a line of its own": (
        f"REPORT RequestId: {ID}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 "
        "MB\tMax Memory Used: 60 MB\tStatus: timeout",
        Said(ID, finished=True),
    ),
    "a time-out": (
        f"2026-11-25T10:00:03.000Z {ID} Task timed out after 3.00 seconds\n\n",
        Said(ID, failed=True, error=Fingerprint("Sandbox.Timedout")),
    ),
    "an exit": (
        f"RequestId: {ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n",
        Said(ID, failed=True, error=Fingerprint("Runtime.ExitError")),
    ),
    "Python's uncaught error": (
        f"[ERROR] KeyError: 'sku'\n{TRACE}",
        Said(failed=True, error=KEY_ERROR),
    ),
    "the same of an older runtime": (
        f"[ERROR] KeyError: 'sku'\n{TRACE}".replace("\n", "\r").replace("  ", "\xa0\xa0"),
        Said(failed=True, error=KEY_ERROR),
    ),
    "a module that is not there": (
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'index': No module named 'x'\n"
        "Traceback (most recent call last):",
        Said(failed=True, error=Fingerprint("Runtime.ImportModuleError")),
    ),
    "an error that Python code caught and logged": (
        f"[ERROR]\t2026-11-25T10:00:00.000Z\t{ID}\tno luck\n{TRACE}\norders.errors.KeyError: 'sku'",
        Said(ID, error=KEY_ERROR),
    ),
    "Node's uncaught error": (
        f"2026-11-25T10:00:00.000Z\t{ID}\tERROR\tInvoke Error \t{json.dumps(NODE)}",
        Said(ID, failed=True, error=TYPE_ERROR),
    ),
    "Node's uncaught error without a record that can be read": (
        f'2026-11-25T10:00:00.000Z\t{ID}\tERROR\tInvoke Error \t{{"errorType": "Typ',
        Said(ID, failed=True),
    ),
    "a JSON report": (platform(status="success"), Said(ID, finished=True)),
    "a JSON report of a failure": (
        platform(status="error", errorType="Runtime.ExitError"),
        Said(ID, finished=True, failed=True, error=Fingerprint("Runtime.ExitError")),
    ),
    "a JSON report of a time-out": (
        platform(status="timeout"),
        Said(ID, finished=True, failed=True, error=Fingerprint("Sandbox.Timedout")),
    ),
    "Python's uncaught error in JSON": (
        json.dumps(
            {
                "timestamp": "2026-11-25T10:00:00Z",
                "log_level": "ERROR",
                "errorMessage": "'sku'",
                "errorType": "KeyError",
                "requestId": ID,
                "stackTrace": STACK,
            }
        ),
        Said(ID, failed=True, error=KEY_ERROR),
    ),
    "an error that was caught and logged in JSON": (
        json.dumps(
            {"level": "ERROR", "errorType": "KeyError", "requestId": ID, "stackTrace": STACK}
        ),
        Said(ID, error=KEY_ERROR),
    ),
    "the same by Powertools": (
        json.dumps(
            {
                "level": "ERROR",
                "exception_name": "KeyError",
                "exception": TRACE,
                "function_request_id": ID,
            }
        ),
        Said(ID, error=KEY_ERROR),
    ),
    "Node's error in JSON": (
        json.dumps({"level": "ERROR", "requestId": ID, "message": NODE}),
        Said(ID, error=TYPE_ERROR),
    ),
    "a failure that was answered": (
        json.dumps({"_aws": {"Timestamp": 1}, "FunctionVersion": "8", "AnsweredFailures": 1}),
        Said(answered=True),
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_line_says(case: str) -> None:
    text, said = SAID[case]
    assert read_line(text) == said


@pytest.mark.parametrize("case", SAID)
def test_the_filter_lets_through_what_is_understood(case: str) -> None:
    terms = [each.strip('?"') for each in FILTER.split(" ?")]
    assert any(term in SAID[case][0] for term in terms)
    assert len(FILTER) <= 1024


SAYS_NOTHING = {
    "an error that is only told of": "[ERROR] KeyError: 'sku'",
    "an error logged without a trace": f"[ERROR]\t2026-11-25T10:00:00.000Z\t{ID}\tno luck",
    "a warning with a trace": f"[WARNING]\t2026-11-25T10:00:00.000Z\t{ID}\tno luck\n{TRACE}\nE: x",
    "a trace that was printed": f"look:\n{TRACE}\nKeyError: 'sku'",
    "a line that quotes a report": f"I saw REPORT RequestId: {ID}\tDuration: 1 ms",
    "a metric of somebody's own": json.dumps({"_aws": {}, "Orders": 1, "errorType": "x"}),
    "an environment's start": json.dumps({"_aws": {"Timestamp": 1}, "Instrumented": 1}),
    "an error at level INFO": json.dumps({"level": "INFO", "errorType": "KeyError"}),
    "half a record": '{"type": "platform.report", "record": {"requestId": "6f',
    "a record of a report that is none": json.dumps({"type": "platform.report", "record": []}),
    "no object": "[1, 2]",
    "very deep": '{"a":' * 200_000,
    "nothing": "",
}


@pytest.mark.parametrize("case", SAYS_NOTHING)
def test_a_line_says_nothing(case: str) -> None:
    assert read_line(SAYS_NOTHING[case]) is None


@pytest.mark.parametrize(
    "record",
    [
        {"log_level": "ERROR", "errorType": {"a": 1}, "stackTrace": 7},
        {"log_level": "ERROR", "errorType": "E", "stackTrace": {"a": [None]}},
        {"log_level": "ERROR", "errorType": "E", "stackTrace": [None, 7, {}]},
        {"level": "ERROR", "message": {"errorType": 7}},
        {"level": ["ERROR"], "errorType": "E"},
        {"type": "platform.report", "record": {"requestId": 7, "status": ["error"]}},
        {"_aws": None, "AnsweredFailures": {"a": 1}},
    ],
)
def test_records_of_another_shape_are_harmless(record: dict[str, Any]) -> None:
    read_line(json.dumps(record))


def test_a_huge_line_is_read_in_no_time() -> None:
    text = "[ERROR] E: " + "x" * 1_000_000 + "\n" + TRACE + "\n" + "at (" * 100_000
    assert read_line(text) == Said(failed=True, error=Fingerprint("E", "place (orders/place.py)"))


def test_ids_and_line_numbers_are_no_part_of_a_fingerprint() -> None:
    one = fingerprint("Order4711Missing", 'File "/var/task/a.py", line 1, in f_0123456789abcdef')
    two = fingerprint("Order9922Missing", 'File "/var/task/a.py", line 9, in f_fedcba9876543210')
    assert one == two == Fingerprint("Order#Missing", "f_# (a.py)")


def test_a_fingerprint_is_short_and_falls_into_one_of_4096_buckets() -> None:
    many = [fingerprint(f"Error{'x' * 5000}", f'File "{"y" * 400}{n}", line 1, in f') for n in "ab"]
    assert all(len(each.kind) <= 120 and len(each.frame) <= 120 for each in many)
    buckets = {fingerprint(f"E{chr(0x4E00 + n)}").bucket for n in range(20_000)}
    assert 3500 < len(buckets) <= 4096


def test_lone_surrogates_and_other_garbage_can_be_kept() -> None:
    found = fingerprint("E\ud800", 'File "a\udfff.py", line 1, in f')
    assert found == Fingerprint("E?", "f (a?.py)")
    assert found.bucket
