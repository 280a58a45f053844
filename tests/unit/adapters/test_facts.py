"""What feeds a function is found alike by a listing of its own and by one of the account."""

import json
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from handlers.adapters.functions.aliases import Aliases
from handlers.adapters.functions.facts import Facts
from handlers.adapters.functions.functions import Functions
from handlers.domain.registration.registration import read_registration


def test_the_listing_of_the_account_tells_the_same_as_that_of_a_function(
    cloud: Any, function: Callable[..., str]
) -> None:
    client, name = cloud.client("lambda"), function()
    for qualified, queue in ((name, "bare"), (f"{name}:live", "ordered.fifo")):
        client.create_event_source_mapping(
            FunctionName=qualified, EventSourceArn=queue_of(cloud, f"{name}-{queue}")
        )
    document = {"format": 1, "service": name, "alias": "live",
                "functions": {"api": {"name": name, "kind": "consumer"}}}  # fmt: skip
    registration, findings = read_registration(json.dumps(document), name)
    assert registration is not None, findings
    facts = Facts(client, Functions(client), Aliases(client))

    by_function = facts.of_all(registration)
    with patch("handlers.adapters.functions.facts._MANY", 1):
        by_account = facts.of_all(registration)
    assert by_function == by_account
    assert len(by_account["api"].bare_triggers) == 1
    assert by_account["api"].ordered_sources[0].endswith("ordered.fifo")


def queue_of(cloud: Any, name: str) -> str:
    attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])
