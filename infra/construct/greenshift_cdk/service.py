"""BlueGreenService: puts the functions of a stack under Greenshift, as one service."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from greenshift_cdk.bare_use import NoBareUse
from greenshift_cdk.bundle_rule import BundleRule
from greenshift_cdk.calls import check_calls, let_call
from greenshift_cdk.database import PostgresDatabase
from greenshift_cdk.deployer import Deployer
from greenshift_cdk.dynamo_database import DynamoDatabase
from greenshift_cdk.heard_logs import HeardLogs
from greenshift_cdk.hook import Hook, HookPoint, register_hooks
from greenshift_cdk.live_alias import LiveAlias
from greenshift_cdk.machine import ServiceMachine
from greenshift_cdk.managed_function import ManagedFunction
from greenshift_cdk.metric_pair import MetricPair, register_metrics
from greenshift_cdk.migrator import Migrator
from greenshift_cdk.names import ALIAS, PHASES
from greenshift_cdk.preview import Preview
from greenshift_cdk.preview_api import PreviewApi
from greenshift_cdk.registration import Registration
from greenshift_cdk.release_schedule import ReleaseSchedule

_SERVICE = re.compile(r"[a-z](?:-?[a-z0-9])*")
_MOST_SYNTHETIC = 600


class BlueGreenService(Construct):
    """One service: registration, the alias `live` of each function, state machine, ways in.

    service: its name, 40 lower-case letters, digits and single hyphens at most. functions: by the
    names that bundles use. api_url: the base URL of its HTTP API. database: what the migrator
    changes (default: none). schedule: when to release the latest bundle (default: never). together:
    `atomic` if versions cannot understand each other's calls and messages (default: `weighted`).
    concurrency: whether a deployment that is asked for while another runs waits for its turn
    (default: `queue`), does so with the other giving way while it has moved no traffic
    (`supersede`), or is refused (`reject`).
    bake: defaults of a bundle's `[bake]`. rollback_window: how long a release can be undone with
    one call a function (default: 24 hours). environment_keys: what a bundle may set. alarms: that
    end a deployment when they go red after its shift began. hooks: functions that are asked at
    certain points whether it may go on (default: none). preview: an HTTP API on which green can be
    tried before it is live (default: none). synthetic_per_minute: how many requests a minute a bake
    may make of each version of a function while real ones are fewer (default: none). tracing: X-Ray
    for machine and migrator (default: on). log_retention: default three months. keep_versions: how
    many of each function's newest versions, and the versions of how many last releases, no prune
    deletes (default: 10).
    Raises ValueError, with the sentence that says what to do, before anything is made.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: str,
        functions: Mapping[str, ManagedFunction],
        api_url: str | None = None,
        database: PostgresDatabase | DynamoDatabase | None = None,
        schedule: scheduler.ScheduleExpression | None = None,
        together: Literal["weighted", "atomic"] = "weighted",
        concurrency: Literal["queue", "supersede", "reject"] = "queue",
        bake: Mapping[str, object] | None = None,
        rollback_window: Duration | None = None,
        keep_versions: int = 10,
        environment_keys: Sequence[str] = (),
        alarms: Sequence[cloudwatch.IAlarm] = (),
        metrics: Sequence[MetricPair] = (),
        hooks: Mapping[HookPoint, Hook] | None = None,
        preview: Preview | None = None,
        synthetic_per_minute: int = 0,
        tracing: bool = True,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
    ) -> None:
        if not _SERVICE.fullmatch(service) or len(service) > 40:
            raise ValueError(
                f'"{service}" is not a service\'s name; use at most 40 lower-case letters, digits '
                "and single hyphens, a letter first"
            )
        if not functions:
            raise ValueError(f'service "{service}" has no functions; give it at least one')
        _check_rate(service, synthetic_per_minute)
        names = {key: managed.name_in(service, key) for key, managed in functions.items()}
        routes = preview and preview.routes_of(service, functions)
        check_calls(service, functions, environment_keys)

        super().__init__(scope, construct_id)
        self.service = service
        deployer = Deployer(self, "Deployer")
        self.node.add_validation(NoBareUse(self, service, functions))

        document: dict[str, Any] = {
            "format": 1,
            "service": service,
            "alias": ALIAS,
            "functions": {
                key: managed.registered(names[key]) for key, managed in functions.items()
            },
            "together": together,
            "concurrency": concurrency,
            "bake": dict(bake or {}),
            "rollbackWindowHours": (rollback_window or Duration.hours(24)).to_hours(),
            "keepVersions": keep_versions,
            "environmentKeys": list(environment_keys),
            "alarms": [alarm.alarm_arn for alarm in alarms],
            "hooks": register_hooks(service, hooks or {}),
            "syntheticPerMinute": synthetic_per_minute,
        }
        if api_url is not None:
            document["api"] = {"url": api_url}
        if database is not None:
            document["database"] = database.registered()
        if metrics:
            document["metrics"] = register_metrics(service, metrics, functions)

        self._live: dict[str, lambda_.IAlias] = {}
        for key, managed in functions.items():
            managed.hand_over(service)
            self._live[key] = LiveAlias(
                self,
                f"Live-{key}",
                function=managed.function,
                service=service,
                service_token=deployer.own_alias_arn,
            ).alias
        for managed in functions.values():
            let_call(managed, self._live, names)

        self._preview: PreviewApi | None = None
        if preview is not None:
            self._preview = PreviewApi(
                self,
                "Preview",
                service=service,
                preview=preview,
                routes=routes or {},
                functions=functions,
                live=self._live,
                service_token=deployer.own_alias_arn,
                log_retention=log_retention,
            )
            document["preview"] = self._preview.registered()
        Registration(self, "Registration", service=service, document=document)
        HeardLogs(self, "Logs", functions=functions, deployer=deployer)

        shared = [phase for phase in PHASES if database is None or phase != "migrate-schema"]
        phase_arns = {phase: deployer.version_arn(phase) for phase in shared}
        invocable = [arn for phase in shared for arn in deployer.function_arns(phase)]
        self.migrator: lambda_.Function | None = None
        """The function that changes the schema: let it into the database's security group."""
        if database is not None:
            migrator = Migrator(
                self,
                "Migrator",
                service=service,
                database=database,
                deployer=deployer,
                tracing=tracing,
                log_retention=log_retention,
            )
            phase_arns["migrate-schema"] = migrator.version_arn
            self.migrator = migrator.function
            arn = migrator.function.function_arn
            invocable += [arn, f"{arn}:*"]
        machine = ServiceMachine(
            self,
            "Machine",
            service=service,
            phase_arns=phase_arns,
            invocable=invocable,
            tracing=tracing,
            log_retention=log_retention,
        )
        self.machine_alias_arn = machine.alias_arn
        """What to start: the state machine's alias `live`."""
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",
            queue_name=f"greenshift-{service}-undelivered",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        """Where events and schedules go that could not start the machine."""
        BundleRule(
            self,
            "BundleRule",
            service=service,
            bucket=deployer.bucket,
            machine_alias_arn=machine.alias_arn,
            undelivered=self.undelivered,
        )
        if schedule is not None:
            ReleaseSchedule(
                self,
                "Schedule",
                service=service,
                schedule=schedule,
                machine_alias_arn=machine.alias_arn,
                undelivered=self.undelivered,
            )
        self._bucket = deployer.bucket

    def live(self, key: str) -> lambda_.IAlias:
        """The alias `live` of a function, for API routes, event sources and permissions."""
        if key not in self._live:
            raise ValueError(
                f'service "{self.service}" has no function "{key}"; it has {", ".join(self._live)}'
            )
        return self._live[key]

    @property
    def preview_url(self) -> str:
        """The base URL of the preview. Raises ValueError where there is none."""
        return self._previewed().url

    def preview(self, key: str) -> lambda_.IAlias:
        """The alias `preview` of a function, for ways in of your own."""
        aliases = self._previewed().aliases
        if key not in aliases:
            raise ValueError(
                f'the preview of service "{self.service}" does not reach "{key}"; '
                f"it reaches {', '.join(aliases)}"
            )
        return aliases[key]

    def grant_preview(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets `grantee` call the preview, where IAM is asked."""
        return self._previewed().grant(grantee)

    def _previewed(self) -> PreviewApi:
        if self._preview is None:
            raise ValueError(f'service "{self.service}" has no preview; give it preview=Preview()')
        return self._preview

    def grant_release(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets `grantee` upload bundles of this service and start its deployments."""
        objects = self._bucket.arn_for_objects(f"releases/{self.service}/*")
        upload = iam.Grant.add_to_principal(
            grantee=grantee, actions=["s3:PutObject"], resource_arns=[objects]
        )
        start = iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["states:StartExecution"],
            resource_arns=[self.machine_alias_arn],
        )
        return upload.combine(start)


def _check_rate(service: str, synthetic_per_minute: int) -> None:
    if not 0 <= synthetic_per_minute <= _MOST_SYNTHETIC:
        raise ValueError(
            f'service "{service}" allows {synthetic_per_minute} synthetic requests a minute; use '
            f"0 to {_MOST_SYNTHETIC}"
        )
