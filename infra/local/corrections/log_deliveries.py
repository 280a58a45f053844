"""What a log group sends to its subscriptions.

AWS: a filter lets a line through that has all terms of its pattern, or any of those with a `?`;
lines of a stream are sent together, some seconds' worth at once, to a function whose policy lets
CloudWatch Logs; a log group takes two filters.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
Stock MiniStack: every word of a pattern has to be there, also of a phrase and after a `?`; each
invocation is sent by itself, which makes two invocations of one; any number of filters, and nobody
is asked.
Patch: matches terms and phrases, keeps what is to be sent for a second, asks the policy, and
refuses a third filter.
"""

import base64
import gzip
import json
import re
import threading
import time
from importlib import import_module
from typing import Any

from infra.local.corrections.permits import admits
from infra.local.patching import when_imported

BATCH_SECONDS = 1.0
MOST_FILTERS = 2
_TERM = re.compile(r'(\??)(?:"([^"]*)"|([^\s"?]+))')


def apply() -> None:
    """Patches the subscriptions and their API."""
    when_imported("ministack.services.cloudwatch_logs", _patch_subscriptions)


def _patch_subscriptions(logs: Any) -> None:
    logs._subscription_pattern_matches = _matches
    deliveries = _Deliveries()

    def send(group: str, stream: str, events: list[dict[str, Any]]) -> None:
        found = logs._log_groups.get(group) or {}
        for each in (found.get("subscriptionFilters") or {}).values():
            matched = [e for e in events if _matches(each["filterPattern"], e["message"])]
            function = each["destinationArn"]
            # AWS refuses a filter that would send a function its own log.
            if matched and ":function:" in function and not group.endswith(_name(function)):
                source = found["arn"] if found["arn"].endswith(":*") else f"{found['arn']}:*"
                if admits(function, "logs.amazonaws.com", source):
                    deliveries.add((logs.get_account_id(), group, stream, each), matched)

    logs._fanout_to_subscription_filters = send
    put = logs._put_subscription_filter

    def put_up_to_two(data: dict[str, Any]) -> Any:
        group = logs._log_groups.get(data.get("logGroupName")) or {}
        known = group.get("subscriptionFilters") or {}
        if len(known) >= MOST_FILTERS and data.get("filterName") not in known:
            return logs.error_response_json(
                "LimitExceededException", "Resource limit exceeded.", 400
            )
        return put(data)

    logs._put_subscription_filter = put_up_to_two


def _matches(pattern: str, message: str) -> bool:
    terms = [(mark, phrase or word) for mark, phrase, word in _TERM.findall(pattern or "")]
    optional = [term for mark, term in terms if mark]
    needed = [term for mark, term in terms if not mark]
    if optional and not needed:
        return any(term in message for term in optional)
    return all(term in message for term in needed)


def _name(function: str) -> str:
    return "/" + function.partition(":function:")[2].partition(":")[0]


class _Deliveries:
    """Lines of streams that wait to be sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str, str, str], tuple[str, list[dict[str, Any]]]] = {}
        self._thread: threading.Thread | None = None
        self._number = 0

    def add(
        self, where: tuple[str, str, str, dict[str, Any]], events: list[dict[str, Any]]
    ) -> None:
        account, group, stream, subscription = where
        key = (account, group, stream, subscription["filterName"])
        with self._lock:
            _, waiting = self._waiting.setdefault(key, (subscription["destinationArn"], []))
            for event in events:
                self._number += 1
                waiting.append({**event, "id": f"{self._number:056}"})
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_for_ever, daemon=True)
                self._thread.start()

    def _send_for_ever(self) -> None:
        while True:
            time.sleep(BATCH_SECONDS)
            with self._lock:
                due, self._waiting = self._waiting, {}
            for (account, group, stream, name), (function, events) in due.items():
                _send(
                    function,
                    {
                        "messageType": "DATA_MESSAGE",
                        "owner": account,
                        "logGroup": group,
                        "logStream": stream,
                        "subscriptionFilters": [name],
                        "logEvents": [
                            {name: event[name] for name in ("id", "timestamp", "message")}
                            for event in events
                        ],
                    },
                )


def _send(function: str, payload: dict[str, Any]) -> None:
    service: Any = import_module("ministack.services.lambda_svc")
    record = service._functions.get(_name(function)[1:])
    if record is not None:
        data = base64.b64encode(gzip.compress(json.dumps(payload).encode())).decode()
        service.invoke_async_with_retry(record, {"awslogs": {"data": data}})
