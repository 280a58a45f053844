"""From an AWS account and region to the deployer in it, and to what its clients work with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.bundles import BundleStore
from handlers.adapters.executions import Executions
from handlers.adapters.functions.aliases import Aliases
from handlers.adapters.ledger.claims import Claims
from handlers.adapters.ledger.contracts import Contracts
from handlers.adapters.ledger.dead_letters import DeadLetterCounts
from handlers.adapters.ledger.history import LedgerHistory
from handlers.adapters.ledger.journal import Journal
from handlers.adapters.ledger.ledger import Ledger
from handlers.adapters.ledger.queue import Queue
from handlers.adapters.queues import Queues
from handlers.adapters.registrations import Registrations, parameter
from handlers.domain.registration.registration import Registration, read_registration
from statemachine.problems import NoDeployer, UnknownService

PARAMETERS = "/greenshift/deployer"
Clients = Callable[[str], Any]
"""Makes the boto3 client of an AWS service by its name."""


@dataclass(frozen=True, slots=True)
class Deployer:
    """The deployer of one account and region: where its ledger and its bundles are."""

    partition: str
    region: str
    account: str
    table: str
    bucket: str

    def machine(self, service: str) -> str:
        """The ARN of the service's state machine."""
        states = f"arn:{self.partition}:states:{self.region}:{self.account}"
        return f"{states}:stateMachine:greenshift-{service}"

    def start_at(self, service: str) -> str:
        """What is started: the alias `live` of the service's state machine."""
        return f"{self.machine(service)}:live"

    def execution(self, service: str, name: str) -> str:
        """The ARN of one of the service's executions."""
        return f"{self.machine(service).replace(':stateMachine:', ':execution:')}:{name}"

    def unknown(self, service: str) -> str:
        """The sentence for a service that is not here."""
        return (
            f"the service {service} is unknown in {self.region} of account {self.account}: deploy "
            "its stack with BlueGreenService, or choose another account or region by AWS_PROFILE "
            "and AWS_REGION"
        )


class Connection:
    """The deployer that `client` leads to, and the adapters on it, each made when first asked for.

    Raises NoDeployer when this account and region has no Greenshift.
    """

    def __init__(self, client: Clients) -> None:
        self.client = client
        ssm = client("ssm")
        table, bucket = _parameter(ssm, "table"), _parameter(ssm, "bucket")
        _, partition, _, region, account = table["ARN"].split(":")[:5]
        self.deployer = Deployer(partition, region, account, table["Value"], bucket["Value"])

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(self.client("dynamodb"), self.deployer.table)

    @cached_property
    def claims(self) -> Claims:
        """Who holds a service."""
        return Claims(self._ledger)

    @cached_property
    def journal(self) -> Journal:
        """What deployments wrote down."""
        return Journal(self._ledger, self.claims)

    @cached_property
    def contracts(self) -> Contracts:
        """What was contracted of the services' schemas."""
        return Contracts(self._ledger)

    @cached_property
    def history(self) -> LedgerHistory:
        """How earlier releases were live, and what may have changed the services' schemas."""
        return LedgerHistory(self._ledger)

    @cached_property
    def queue(self) -> Queue:
        """Who waits for a service."""
        return Queue(self._ledger)

    @cached_property
    def dead_letters(self) -> DeadLetterCounts:
        """How full dead-letter queues were when traffic first moved."""
        return DeadLetterCounts(self._ledger, self.claims, self.journal)

    @cached_property
    def queues(self) -> Queues:
        """The queues of SQS, as the caller may read and move them."""
        return Queues(self.client("sqs"))

    @cached_property
    def states(self) -> Any:
        """The Step Functions client."""
        return self.client("stepfunctions")

    @cached_property
    def executions(self) -> Executions:
        """The executions of the state machines."""
        return Executions(self.states)

    @cached_property
    def who(self) -> str | None:
        """The ARN of whoever these credentials are, as STS tells it to anybody; None where it does
        not.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
        """
        try:
            return str(self.client("sts").get_caller_identity()["Arn"])
        except (BotoCoreError, ClientError):
            return None

    @cached_property
    def bundles(self) -> BundleStore:
        """The bucket of bundles."""
        return BundleStore(self.client("s3"), self.deployer.bucket)

    @cached_property
    def aliases(self) -> Aliases:
        """The aliases that serve."""
        return Aliases(self.client("lambda"))

    def registration(self, service: str) -> Registration:
        """The service's registration. Raises UnknownService when it has none that can be read."""
        found = Registrations(self.client("ssm")).read(service)
        if found is None:
            raise UnknownService(self.deployer.unknown(service))
        registration, findings = read_registration(found.text, service)
        if registration is None:
            raise UnknownService(f"{parameter(service)} cannot be read: {findings[0]}")
        return registration


def _parameter(ssm: Any, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = ssm.get_parameter(Name=f"{PARAMETERS}/{name}")["Parameter"]
    except ClientError as error:
        if code_of(error) == "ParameterNotFound":
            raise NoDeployer(
                f"there is no Greenshift in {ssm.meta.region_name} of this account (no parameter "
                f"{PARAMETERS}/{name}): deploy it with `cdk deploy Greenshift`, or choose another "
                "account or region by AWS_PROFILE and AWS_REGION"
            ) from error
        raise
    return found
