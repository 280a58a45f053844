"""Tells the running deployments of an alarm that went red, which may be green again by their next
look.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.aws import in_our_words
from handlers.adapters.clock import seconds
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.verdict.alarms import name_of
from handlers.domain.verdict.pushed import ALARM

tools = Tools()
RED = "ALARM"


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda behind the rule on alarms that went red."""
    detail = event["detail"]
    told: list[str] = []
    # A red alarm that gets another reason has not gone red.
    if detail["state"]["value"] == RED and detail.get("previousState", {}).get("value") != RED:
        with in_our_words():
            told = hear_alarm(str(event["resources"][0]), seconds(detail["state"]["timestamp"]))
    logger.info("alarm", extra={"alarm": detail.get("alarmName"), "told": told})
    return {"told": told}


def hear_alarm(arn: str, since: float) -> list[str]:
    """Writes the signal for each deployment that runs and is watched by the alarm; answers them.

    An event that comes twice, late or for nobody changes nothing. Whether the alarm counts is
    Bake's to say, which knows the moment of the shift.
    """
    told = []
    for service in tools.heard.watched_by(arn):
        claim = tools.claims.of(service)
        if claim is None or claim.closed:
            continue
        record = tools.journal.deployment(claim.deployment) or {}
        signal = {"arn": arn, "since": since}
        if arn in record.get("alarms", ()) and tools.heard.note(
            claim.deployment, f"{ALARM}#{name_of(arn)}", signal
        ):
            told.append(claim.deployment)
    return told
