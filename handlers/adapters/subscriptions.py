"""The subscription filters on log groups."""

from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.domain.logs.subscribed import Subscribed

LISTENER = "greenshift-hear-log"
"""The function that our filters send to."""


class Subscriptions:
    """Reads CloudWatch Logs; changes nothing."""

    def __init__(self, logs: Any) -> None:
        self._logs = logs

    def of(self, group: str) -> Subscribed:
        """Whether the log group sends to our listener, and which other filters it has. What cannot
        be read is told as such, as no deployment should fail for it.
        """
        try:
            # A log group takes two, so that there is one page.
            answer = self._logs.describe_subscription_filters(logGroupName=group)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return Subscribed(group, ours=False)
            return Subscribed(group, ours=False, unread=code_of(error))
        found = answer["subscriptionFilters"]
        ours = [each for each in found if _destination(each) == LISTENER]
        others = tuple(each["filterName"] for each in found if each not in ours)
        starts = any(_sends_starts(each) for each in ours)
        return Subscribed(group, ours=bool(ours), others=others, starts=starts or not ours)


def _sends_starts(found: dict[str, Any]) -> bool:
    """No pattern at all lets everything through."""
    pattern = str(found.get("filterPattern", ""))
    return not pattern or "START RequestId" in pattern


def _destination(found: dict[str, Any]) -> str:
    _, is_function, rest = str(found.get("destinationArn", "")).partition(":function:")
    return rest.partition(":")[0] if is_function else ""
