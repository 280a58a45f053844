"""What the phases may do, in IAM's words: one method a permission, no wildcard in any action."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from greenshift_cdk.names import HOOK_TAG, PREVIEW_ROLES, SERVICE_TAG

from handlers.adapters.ledger.lines import PK as BUDGET

# Lambda's tags are a function's; they hold for its versions and aliases as well.
_OF_A_SERVICE = {"Null": {f"aws:ResourceTag/{SERVICE_TAG}": "false"}}


class Permissions:
    """Statements for one deployer's roles, limited to its table, bucket, account and region."""

    def __init__(self, stack: Stack, *, table: dynamodb.ITable, bucket: s3.IBucket) -> None:
        self._stack = stack
        self._table = table
        self._bucket = bucket

    def write_ledger(self) -> iam.PolicyStatement:
        """Reads and conditional writes, single and in transactions."""
        writes = ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
        names = ("GetItem", "Query", *writes)
        return _allow([f"dynamodb:{name}" for name in names], [self._table.table_arn])

    def read_ledger(self) -> iam.PolicyStatement:
        """Strongly consistent reads; recover and own-alias write nothing."""
        return _allow(["dynamodb:GetItem", "dynamodb:Query"], [self._table.table_arn])

    def look_up_in_ledger(self) -> iam.PolicyStatement:
        """Single items by their keys."""
        return _allow(["dynamodb:GetItem"], [self._table.table_arn])

    def follow_ledger(self) -> list[iam.PolicyStatement]:
        """What an event source mapping asks of its function's role to read the ledger's stream.

        https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-eventsourcemapping.html
        """
        names = ("DescribeStream", "GetRecords", "GetShardIterator")
        stream = str(self._table.table_stream_arn)
        return [
            _allow([f"dynamodb:{name}" for name in names], [stream]),
            _allow(["dynamodb:ListStreams"], ["*"]),  # knows no resources
        ]

    def put_events(self, source: str) -> iam.PolicyStatement:
        """Events on the default bus, in no other name than `source`: `events:source` has those of
        all entries of a call.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
        """
        return iam.PolicyStatement(
            actions=["events:PutEvents"],
            resources=[self._arn("events", "event-bus", "default")],
            conditions={
                "ForAllValues:StringEquals": {"events:source": [source]},
                "Null": {"events:source": "false"},
            },
        )

    def note_in_ledger(self) -> iam.PolicyStatement:
        """What listeners write: conditional items, and sums to which many add at once."""
        return _allow(["dynamodb:PutItem", "dynamodb:UpdateItem"], [self._table.table_arn])

    def condemn_in_ledger(self) -> iam.PolicyStatement:
        """One item written while another is as it was read."""
        actions = ["dynamodb:PutItem", "dynamodb:ConditionCheckItem"]
        return _allow(actions, [self._table.table_arn])

    def take_turns(self) -> iam.PolicyStatement:
        """Takes its places in the lines for Lambda's control plane, and writes nothing else so."""
        return iam.PolicyStatement(
            actions=["dynamodb:UpdateItem"],
            resources=[self._table.table_arn],
            conditions={
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [BUDGET]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        )

    def read_registrations(self) -> iam.PolicyStatement:
        """The registration of whichever service is planned."""
        return _allow(
            ["ssm:GetParameter"], [self._arn("ssm", "parameter", "greenshift/services/*")]
        )

    def list_registrations(self) -> iam.PolicyStatement:
        """All of them: IAM asks for the path itself, and for what is below it."""
        names = ("greenshift/services", "greenshift/services/*")
        return _allow(
            ["ssm:GetParametersByPath"], [self._arn("ssm", "parameter", name) for name in names]
        )

    def read_releases(self) -> iam.PolicyStatement:
        """Every version of the bundles, also one that was replaced meanwhile."""
        actions = ["s3:GetObject", "s3:GetObjectVersion"]
        return _allow(actions, [self._bucket.arn_for_objects("releases/*")])

    def list_releases(self, *more: str) -> iam.PolicyStatement:
        """Without it S3 answers 403 instead of 404 for an object that is gone."""
        return _allow([f"s3:{name}" for name in ("ListBucket", *more)], [self._bucket.bucket_arn])

    def stage_code(self) -> iam.PolicyStatement:
        """Puts inner zips at `staging/` and lets Lambda read them there in the caller's name."""
        names = ("AbortMultipartUpload", "GetObject", "GetObjectVersion", "PutObject")
        actions = [f"s3:{name}" for name in names]
        return _allow(actions, [self._bucket.arn_for_objects("staging/*")])

    def read_functions(self, *more: str) -> iam.PolicyStatement:
        """Also of functions without our tag, so that Plan can say that it is missing. Phases of
        before the budget, which executions that run may still call, read configurations alone.
        """
        names = ("GetFunction", "GetFunctionConfiguration", "GetAlias", *more)
        return _allow([f"lambda:{name}" for name in names], [self._functions])

    def list_event_source_mappings(self) -> iam.PolicyStatement:
        """Which queues and streams feed a function, and whether past `live`."""
        return _allow(["lambda:ListEventSourceMappings"], ["*"])  # knows no resources

    def change_functions(self, *names: str) -> iam.PolicyStatement:
        """Only functions that a service's stack has tagged as Greenshift's to release."""
        return iam.PolicyStatement(
            actions=[f"lambda:{name}" for name in names],
            resources=[self._functions],
            conditions=_OF_A_SERVICE,
        )

    def read_versions(self) -> iam.PolicyStatement:
        """Which versions there are, who may call them, and what runs on them."""
        names = (
            "GetPolicy",
            "ListAliases",
            "ListDurableExecutionsByFunction",
            "ListProvisionedConcurrencyConfigs",
            "ListVersionsByFunction",
        )
        return _allow([f"lambda:{name}" for name in names], [self._functions])

    def delete_versions(self) -> iam.PolicyStatement:
        """Versions of tagged functions, and the concurrency that is provisioned for them, never a
        function: a call without a version is about an ARN without one, which this does not name.
        """
        return iam.PolicyStatement(
            actions=["lambda:DeleteFunction", "lambda:DeleteProvisionedConcurrencyConfig"],
            resources=[f"{self._functions}:*"],
            conditions=_OF_A_SERVICE,
        )

    def read_apis(self) -> iam.PolicyStatement:
        """What the account's APIs call; both versions of API Gateway know one permission."""
        apis = [
            self._stack.format_arn(
                service="apigateway",
                account="",
                resource=f"/{path}",
                arn_format=ArnFormat.NO_RESOURCE_NAME,
            )
            for path in ("restapis", "restapis/*", "apis", "apis/*")
        ]
        return _allow(["apigateway:GET"], apis)

    def become_previewers(self) -> iam.PolicyStatement:
        """The roles that services' stacks have made for calling their previews."""
        roles = self._stack.format_arn(
            service="iam", region="", resource="role", resource_name=f"{PREVIEW_ROLES}/*"
        )
        return _allow(["sts:AssumeRole"], [roles])

    def call_hooks(self) -> iam.PolicyStatement:
        """Only functions that a service's stack has tagged as a hook."""
        return iam.PolicyStatement(
            actions=["lambda:InvokeFunction"],
            resources=[self._functions],
            conditions={"Null": {f"aws:ResourceTag/{HOOK_TAG}": "false"}},
        )

    def read_layers(self) -> iam.PolicyStatement:
        """Layers that a bundle names, also another account's, whose own policy says who may; Lambda
        reads them in the caller's name.
        """
        layers = self._stack.format_arn(
            service="lambda",
            account="*",
            resource="layer",
            resource_name="*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return _allow(["lambda:GetLayerVersion"], [layers])

    def read_queues(self) -> iam.PolicyStatement:
        """The attributes of queues that feed a consumer, and how full their dead-letter queues
        are: not a message of what is in them.
        """
        queues = self._stack.format_arn(
            service="sqs", resource="*", arn_format=ArnFormat.NO_RESOURCE_NAME
        )
        return _allow(["sqs:GetQueueAttributes"], [queues])

    def read_metrics(self) -> iam.PolicyStatement:
        """What CloudWatch counted of green and of blue."""
        return _allow(["cloudwatch:GetMetricData"], ["*"])  # knows no resources

    def read_alarms(self) -> iam.PolicyStatement:
        """Whether the alarms of registrations are red; composite ones are told only by `*`."""
        return _allow(["cloudwatch:DescribeAlarms"], ["*"])

    def read_subscriptions(self) -> iam.PolicyStatement:
        """Which filters a log group has: not a line of what is in it."""
        groups = self._arn("logs", "log-group", "*", separator=ArnFormat.COLON_RESOURCE_NAME)
        return _allow(["logs:DescribeSubscriptionFilters"], [groups])

    def describe_executions(self) -> iam.PolicyStatement:
        """Whether an execution that holds a claim is over."""
        return _allow(["states:DescribeExecution"], [self._states("execution", "greenshift-*:*")])

    def start_machines(self) -> iam.PolicyStatement:
        """Starts the recovery of any service."""
        machines = self._states("stateMachine", "greenshift-*:live")
        return _allow(["states:StartExecution"], [machines])

    def change_schedules(self, prefix: str) -> iam.PolicyStatement:
        """The schedules of the default group whose names begin with the prefix."""
        names = ("CreateSchedule", "UpdateSchedule", "DeleteSchedule")
        schedules = self._arn("scheduler", "schedule", f"default/{prefix}*")
        return _allow([f"scheduler:{name}" for name in names], [schedules])

    def pass_to_scheduler(self, role: iam.IRole) -> iam.PolicyStatement:
        """Hands this one role to EventBridge Scheduler, and to nobody else."""
        return iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        )

    @property
    def _functions(self) -> str:
        return self._arn("lambda", "function", "*", separator=ArnFormat.COLON_RESOURCE_NAME)

    def _states(self, resource: str, name: str) -> str:
        return self._arn("states", resource, name, separator=ArnFormat.COLON_RESOURCE_NAME)

    def _arn(
        self,
        service: str,
        resource: str,
        name: str,
        *,
        separator: ArnFormat = ArnFormat.SLASH_RESOURCE_NAME,
    ) -> str:
        return self._stack.format_arn(
            service=service, resource=resource, resource_name=name, arn_format=separator
        )


def _allow(actions: Sequence[str], resources: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=list(resources))
