"""Events of deployments: the ledger's stream, told to the default bus of EventBridge."""

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from handlers.domain.events.change import (
    LEFT_ITEM,
    OF_A_DEPLOYMENT,
    OF_A_SERVICE,
    PHASE_ITEM,
    RECORD_ITEM,
    VERDICT_ITEM,
)
from handlers.domain.events.event import SOURCE
from infra.deployer.end_rule import undelivered_queue
from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions

TRIES = 20
LONGEST = Duration.hours(1)
TOLD = {
    "dynamodb": {
        "Keys": {
            "pk": {"S": [{"prefix": OF_A_DEPLOYMENT}, {"prefix": OF_A_SERVICE}]},
            "sk": {
                "S": [
                    {"prefix": PHASE_ITEM},
                    {"prefix": VERDICT_ITEM},
                    {"prefix": LEFT_ITEM},
                    RECORD_ITEM,
                ]
            },
        }
    }
}
"""Of the ledger's changes those that can be an event; only what is in `dynamodb` can be asked for.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
"""


class Notifications(Construct):
    """`greenshift-notify`, called with what changes in the ledger, beside all deployments.

    What could not be told after so many tries, or in an hour, lies in the dead-letter queue: as its
    place in the stream, where it can be read for a day. What comes after it is told meanwhile.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: dynamodb.ITable,
        settings: Settings,
        permissions: Permissions,
    ) -> None:
        super().__init__(scope, construct_id)
        undelivered = undelivered_queue(self, "greenshift-notify-undelivered")
        listener = GreenshiftFunction(
            self,
            "Function",
            name="notify",
            handler="handlers.listeners.notify.handler",
            timeout_seconds=60,
            settings=settings,
            statements=[
                *permissions.follow_ledger(),
                permissions.look_up_in_ledger(),
                permissions.put_events(SOURCE),
            ],
            description="Tells EventBridge of deployments.",
        )
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=listener,
            event_source_arn=table.table_stream_arn,
            # The stream is as old as the mapping: nothing is told that was written before both.
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            filters=[lambda_.FilterCriteria.filter(TOLD)],
            batch_size=100,
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            retry_attempts=TRIES,
            max_record_age=LONGEST,
            on_failure=sources.SqsDlq(undelivered),
        )
