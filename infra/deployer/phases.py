"""The nine phases as the stack sees them: time-out, disk, and what each may do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam

from infra.deployer.permissions import Permissions

Grants = Callable[[Permissions], Sequence[iam.PolicyStatement]]

_PROVISIONED = ("GetProvisionedConcurrencyConfig", "ListVersionsByFunction")
_PREFLIGHT = (
    "GetFunctionEventInvokeConfig",
    "GetFunctionUrlConfig",
    "GetPolicy",
    "GetProvisionedConcurrencyConfig",
    "ListAliases",
    "ListFunctionUrlConfigs",
    "ListProvisionedConcurrencyConfigs",
    "ListTags",
    "ListVersionsByFunction",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase. Its task's time-out is a minute longer, so that the Lambda is over first."""

    name: str
    does: str
    timeout_seconds: int
    grants: Grants
    disk_gib: int | None = None

    @property
    def handler(self) -> str:
        """The function that Lambda calls, in the module named like the phase."""
        return f"handlers.{self.name.replace('-', '_')}.handler"


PHASES = (
    Phase(
        name="plan",
        does="Resolves a request to one bundle, checks it, claims the service, records blue",
        timeout_seconds=600,
        disk_gib=2,
        grants=lambda may: [
            may.write_ledger(),
            may.read_registrations(),
            may.read_releases(),
            may.list_releases("ListBucketVersions"),
            may.read_functions(*_PREFLIGHT),
            may.list_event_source_mappings(),
            may.read_queues(),
            may.read_metrics(),
            may.read_alarms(),
            may.read_subscriptions(),
            may.describe_executions(),
        ],
    ),
    Phase(
        name="provision-green",
        does="Publishes green and makes it ready without touching live",
        timeout_seconds=840,
        disk_gib=2,
        grants=lambda may: [
            may.write_ledger(),
            may.read_releases(),
            may.list_releases(),
            may.stage_code(),
            may.read_functions(*_PROVISIONED),
            may.read_layers(),
            may.change_functions(
                "PublishVersion",
                "PutProvisionedConcurrencyConfig",
                "UpdateFunctionCode",
                "UpdateFunctionConfiguration",
            ),
        ],
    ),
    Phase(
        name="migrate-schema",
        does="Passes a service without a database straight through",
        timeout_seconds=840,
        disk_gib=2,
        grants=lambda _: [],
    ),
    Phase(
        name="verify-green",
        does="Proves green by its version number or over its preview, without real traffic",
        timeout_seconds=300,
        disk_gib=2,
        grants=lambda may: [
            may.write_ledger(),
            may.read_releases(),
            may.list_releases(),
            may.read_functions(),
            may.change_functions("InvokeFunction", "UpdateAlias"),
            may.become_previewers(),
        ],
    ),
    Phase(
        name="run-hooks",
        does="Asks the owner's hooks whether a deployment may go on",
        timeout_seconds=300,
        grants=lambda may: [may.write_ledger(), may.call_hooks()],
    ),
    Phase(
        name="shift-traffic",
        does="Moves live of every function to the step's weight",
        timeout_seconds=300,
        grants=lambda may: [
            may.write_ledger(),
            may.read_functions(),
            may.read_queues(),
            may.change_functions("UpdateAlias"),
        ],
    ),
    Phase(
        name="bake",
        does="Judges green against blue, and asks both by number where the owner allows it",
        timeout_seconds=60,
        grants=lambda may: [
            may.write_ledger(),
            may.read_functions(),
            may.read_metrics(),
            may.read_alarms(),
            may.change_functions("InvokeFunction"),
        ],
    ),
    Phase(
        name="finalize",
        does="Makes green the release of record, or a contract final, and closes the claim",
        timeout_seconds=300,
        grants=lambda may: [may.write_ledger(), may.read_functions()],
    ),
    Phase(
        name="roll-back",
        does="Puts every function back on blue, from the ledger alone",
        timeout_seconds=300,
        grants=lambda may: [
            may.write_ledger(),
            may.read_functions(),
            may.describe_executions(),
            may.change_functions("UpdateAlias", "InvokeFunction"),
        ],
    ),
)
