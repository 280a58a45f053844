"""The four calls of the RDS Data API, each made once."""

import time
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.database.data_api.errors import NOT_BEGUN, in_our_words
from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.secrets import Cluster
from handlers.adapters.database.session import AnswerLost
from handlers.errors import TransientDatabase

RESUME_SECONDS = 90.0
"""A paused cluster takes 15 seconds and more to resume, and turns every call away meanwhile."""
RESUME_PAUSE = 2.0
# The SDK would send a statement again whose answer it did not see. A call takes 45 s at most.
_ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)


class Calls:
    """Calls to one cluster, with its secret. They raise Refused, TimedOut, TransientDatabase and
    MigrationFailed.
    """

    def __init__(self, cluster: Cluster, deadline: Deadline) -> None:
        self.cluster, self.deadline = cluster, deadline
        self.quickest = RESUME_SECONDS
        self._client: Any = boto3.client("rds-data", config=_ONCE)

    def begin(self) -> str:
        """Begins a transaction and answers its id."""
        answer = self._call("begin_transaction", database=self.cluster.name)
        return str(answer["transactionId"])

    def commit(self, transaction: str) -> None:
        """Commits; raises AnswerLost when it may or may not have been."""
        try:
            self._call("commit_transaction", transactionId=transaction)
        except TransientDatabase as error:
            raise AnswerLost(f"the commit's answer was lost: {error}") from error

    def roll_back(self, transaction: str) -> None:
        """Rolls back."""
        self._call("rollback_transaction", transactionId=transaction)

    def execute(
        self,
        sql: str,
        parameters: list[dict[str, Any]],
        *,
        transaction: str | None = None,
        go_on: bool = False,
    ) -> Mapping[str, Any]:
        """Runs one statement, in the transaction or by itself. With `go_on` it runs on after
        TimedOut; without, it is cancelled.
        """
        where = {"transactionId": transaction} if transaction else {"database": self.cluster.name}
        return self._call(
            "execute_statement", sql=sql, parameters=parameters, continueAfterTimeout=go_on, **where
        )

    def _call(self, operation: str, **arguments: Any) -> Mapping[str, Any]:
        call = getattr(self._client, operation)
        until = time.monotonic() + min(RESUME_SECONDS, self.deadline.left())
        while True:
            began = time.monotonic()
            try:
                answer: Mapping[str, Any] = call(
                    resourceArn=self.cluster.arn, secretArn=self.cluster.secret, **arguments
                )
            except ClientError as error:
                if code_of(error) not in NOT_BEGUN or time.monotonic() > until:
                    raise in_our_words(error, self.cluster) from error
            except BotoCoreError as error:
                what = f"{self.cluster.place}: the Data API did not answer ({error})"
                raise TransientDatabase(what) from error
            else:
                self.quickest = min(self.quickest, time.monotonic() - began)
                return answer
            time.sleep(RESUME_PAUSE)
