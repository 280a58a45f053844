"""The adapters that a phase works with, each made when it is first asked for."""

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from handlers.adapters.aws import client, new_client
from handlers.adapters.functions.aliases import Aliases
from handlers.adapters.functions.budget import Budget
from handlers.adapters.functions.control_plane import in_turn
from handlers.adapters.functions.flips import Flips
from handlers.adapters.functions.functions import Functions
from handlers.adapters.functions.pace import Pace
from handlers.adapters.ledger.claims import Claims
from handlers.adapters.ledger.journal import Journal
from handlers.adapters.ledger.ledger import Ledger
from handlers.adapters.ledger.lines import Lines

if TYPE_CHECKING:
    from handlers.adapters.alarms import Alarms
    from handlers.adapters.bundles import BundleStore
    from handlers.adapters.event_bus import EventBus
    from handlers.adapters.executions import Executions
    from handlers.adapters.functions.async_calls import AsyncCallSettings
    from handlers.adapters.functions.facts import Facts
    from handlers.adapters.functions.hooks import Hooks
    from handlers.adapters.functions.probes import Probes
    from handlers.adapters.functions.replays import Replays
    from handlers.adapters.functions.synthetic_calls import SyntheticCalls
    from handlers.adapters.functions.ways_in import WaysIn
    from handlers.adapters.ledger.condemned import Condemned
    from handlers.adapters.ledger.contracts import Contracts
    from handlers.adapters.ledger.dead_letters import DeadLetterCounts
    from handlers.adapters.ledger.heard import Heard
    from handlers.adapters.ledger.history import LedgerHistory
    from handlers.adapters.ledger.overlays import Overlays
    from handlers.adapters.ledger.queue import Queue
    from handlers.adapters.ledger.synthetic_rounds import SyntheticRounds
    from handlers.adapters.metrics import Metrics
    from handlers.adapters.preview_calls import PreviewCalls
    from handlers.adapters.pruning.apis import Apis
    from handlers.adapters.pruning.uses import Uses
    from handlers.adapters.pruning.versions import Versions
    from handlers.adapters.queues import Queues
    from handlers.adapters.registrations import Registrations
    from handlers.adapters.schedules import Schedules
    from handlers.adapters.subscriptions import Subscriptions

_SLOWEST_FUNCTION = 910
"""Seconds: a synchronous Invoke answers when the function does, 15 minutes at most."""
_WAKING = 15
"""Seconds: nobody waits longer for the answer to a ping."""
_SWEPT_A_SECOND = _PRUNED_A_SECOND = 3.0


class Tools:
    """Reads `GREENSHIFT_TABLE`, `GREENSHIFT_BUCKET`, `GREENSHIFT_LAMBDA_RATE` and the scheduler's
    variables from the environment; what is seldom used is imported late. `first` is for rollbacks,
    for whose calls of Lambda all others wait.
    """

    def __init__(self, *, first: bool = False) -> None:
        self._first = first

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(client("dynamodb"), os.environ["GREENSHIFT_TABLE"])

    @cached_property
    def claims(self) -> Claims:
        return Claims(self.ledger)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.ledger, self.claims)

    @cached_property
    def control_plane(self) -> Any:
        """Lambda's client for all but invocations, each call in its turn where a rate is given."""
        rate = os.environ.get("GREENSHIFT_LAMBDA_RATE")
        if rate is None:
            return client("lambda")
        budget = Budget(Lines(self.ledger), float(rate), first=self._first)
        return in_turn(new_client("lambda"), budget)

    @cached_property
    def aliases(self) -> Aliases:
        return Aliases(self.control_plane)

    @cached_property
    def swept_aliases(self) -> Aliases:
        """Aliases that can wait to be read: a few a second, beside deployments that flip."""
        return Aliases(self.control_plane, Pace(_SWEPT_A_SECOND))

    @cached_property
    def contracts(self) -> "Contracts":
        from handlers.adapters.ledger.contracts import Contracts

        return Contracts(self.ledger)

    @cached_property
    def condemned(self) -> "Condemned":
        from handlers.adapters.ledger.condemned import Condemned

        return Condemned(self.ledger)

    @cached_property
    def history(self) -> "LedgerHistory":
        from handlers.adapters.ledger.history import LedgerHistory

        return LedgerHistory(self.ledger)

    @cached_property
    def queue(self) -> "Queue":
        from handlers.adapters.ledger.queue import Queue

        return Queue(self.ledger)

    @cached_property
    def heard(self) -> "Heard":
        from handlers.adapters.ledger.heard import Heard

        return Heard(self.ledger)

    @cached_property
    def flips(self) -> Flips:
        return Flips(self.aliases, self.claims)

    @cached_property
    def functions(self) -> Functions:
        return Functions(self.control_plane)

    @cached_property
    def probes(self) -> "Probes":
        from handlers.adapters.functions.probes import Probes

        return Probes(client("lambda", read_timeout=_SLOWEST_FUNCTION))

    @cached_property
    def hooks(self) -> "Hooks":
        from handlers.adapters.functions.hooks import LONGEST_CALL, Hooks

        return Hooks(client("lambda", read_timeout=LONGEST_CALL, retries=0))

    @cached_property
    def warmers(self) -> "Probes":
        """Probes that give up at the first throttle, and make many calls at once."""
        from handlers.adapters.functions.probes import Probes

        return Probes(client("lambda", read_timeout=_SLOWEST_FUNCTION, retries=0, connections=100))

    @cached_property
    def wakers(self) -> "Probes":
        """Probes that are never made twice: what is rejected while Lambda restores a version would
        run its code at the second try.
        """
        from handlers.adapters.functions.probes import Probes

        return Probes(client("lambda", read_timeout=_WAKING, retries=0))

    @cached_property
    def replays(self) -> "Replays":
        from handlers.adapters.functions.probes import Probes
        from handlers.adapters.functions.replays import LONGEST_ANSWER, Replays

        return Replays(Probes(client("lambda", read_timeout=LONGEST_ANSWER, retries=0)))

    @cached_property
    def synthetic_calls(self) -> "SyntheticCalls":
        from handlers.adapters.functions.probes import Probes
        from handlers.adapters.functions.synthetic_calls import LONGEST_ANSWER, SyntheticCalls

        return SyntheticCalls(Probes(client("lambda", read_timeout=LONGEST_ANSWER, retries=0)))

    @cached_property
    def synthetic_rounds(self) -> "SyntheticRounds":
        from handlers.adapters.ledger.synthetic_rounds import SyntheticRounds

        return SyntheticRounds(self.ledger)

    @cached_property
    def preview_calls(self) -> "PreviewCalls":
        from handlers.adapters.preview_calls import PreviewCalls

        return PreviewCalls(client("sts"))

    @cached_property
    def bundles(self) -> "BundleStore":
        from handlers.adapters.bundles import BundleStore

        return BundleStore(client("s3"), os.environ["GREENSHIFT_BUCKET"])

    @cached_property
    def facts(self) -> "Facts":
        from handlers.adapters.functions.facts import Facts

        return Facts(self.control_plane, self.functions, self.aliases)

    @cached_property
    def ways_in(self) -> "WaysIn":
        from handlers.adapters.functions.ways_in import WaysIn

        return WaysIn(self.control_plane)

    @cached_property
    def async_calls(self) -> "AsyncCallSettings":
        from handlers.adapters.functions.async_calls import AsyncCallSettings

        return AsyncCallSettings(self.control_plane)

    @cached_property
    def queues(self) -> "Queues":
        """Queues that are only looked at: nothing waits long for them."""
        from handlers.adapters.queues import Queues

        return Queues(client("sqs", read_timeout=3, retries=2))

    @cached_property
    def dead_letters(self) -> "DeadLetterCounts":
        from handlers.adapters.ledger.dead_letters import DeadLetterCounts

        return DeadLetterCounts(self.ledger, self.claims, self.journal)

    @cached_property
    def overlays(self) -> "Overlays":
        from handlers.adapters.ledger.overlays import Overlays

        return Overlays(self.ledger)

    @cached_property
    def registrations(self) -> "Registrations":
        from handlers.adapters.registrations import Registrations

        return Registrations(client("ssm"))

    @cached_property
    def executions(self) -> "Executions":
        from handlers.adapters.executions import Executions

        return Executions(client("stepfunctions"))

    @cached_property
    def schedules(self) -> "Schedules":
        from handlers.adapters.schedules import Schedules

        return Schedules(
            client("scheduler"),
            role=os.environ["GREENSHIFT_SCHEDULER_ROLE"],
            undelivered=os.environ["GREENSHIFT_SCHEDULER_UNDELIVERED"],
        )

    @cached_property
    def alarms(self) -> "Alarms":
        from handlers.adapters.alarms import Alarms

        return Alarms(client("cloudwatch"))

    @cached_property
    def _pruning_pace(self) -> Pace:
        return Pace(_PRUNED_A_SECOND)

    @cached_property
    def versions(self) -> "Versions":
        from handlers.adapters.pruning.versions import Versions

        return Versions(self.control_plane, self._pruning_pace)

    @cached_property
    def uses(self) -> "Uses":
        from handlers.adapters.pruning.uses import Uses

        return Uses(self.control_plane, client("cloudwatch"), self._pruning_pace)

    @cached_property
    def apis(self) -> "Apis":
        from handlers.adapters.pruning.apis import Apis

        return Apis(client("apigateway"), client("apigatewayv2"), Pace(_PRUNED_A_SECOND))

    @cached_property
    def subscriptions(self) -> "Subscriptions":
        from handlers.adapters.subscriptions import Subscriptions

        return Subscriptions(client("logs"))

    @cached_property
    def event_bus(self) -> "EventBus":
        from handlers.adapters.event_bus import EventBus

        return EventBus(client("events"))

    def metrics(self, service: str, alias: str) -> "Metrics":
        """CloudWatch's counts for one service."""
        from handlers.adapters.metrics import Metrics

        return Metrics(client("cloudwatch"), service, alias)
