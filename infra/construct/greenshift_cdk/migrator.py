"""The migrator: the phase MigrateSchema with one service's network and login, and nothing else."""

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Size, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from greenshift_cdk.database import PostgresDatabase
from greenshift_cdk.deployer import Deployer
from greenshift_cdk.dynamo_database import DynamoDatabase
from greenshift_cdk.platform import Platform

_NETWORK_INTERFACES = (
    "AssignPrivateIpAddresses",
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "UnassignPrivateIpAddresses",
)
"""What Lambda does in a function's role to bring it into a VPC, as AWSLambdaVPCAccessExecutionRole
lists it."""

_DATA_API = (
    "BeginTransaction",
    "CommitTransaction",
    "ExecuteStatement",
    "RollbackTransaction",
)


class Migrator(Construct):
    """`greenshift-migrator-<service>`: reads the service's bundles, changes its database.

    It has no permission on Lambda. `version_arn` is what the machine calls; older versions stay
    for executions that began with them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: str,
        database: PostgresDatabase | DynamoDatabase,
        deployer: Deployer,
        tracing: bool,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        name = f"greenshift-migrator-{service}"
        log_group = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject", "s3:GetObjectVersion"],
                resources=[deployer.bucket.arn_for_objects(f"releases/{service}/*")],
            )
        )
        variables = database.environment()
        reached = database if isinstance(database, PostgresDatabase) else None
        if reached is not None:
            self._grant_login(role, reached)
        elif isinstance(database, DynamoDatabase):
            database.grant_to(role, service=service, ledger=deployer.table_name)
            variables["GREENSHIFT_TABLE"] = deployer.table_name
        if reached is not None and reached.vpc is not None:
            # CDK grants this to roles of its own making only.
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=[f"ec2:{action}" for action in _NETWORK_INTERFACES], resources=["*"]
                )
            )
        platform = Platform.of(self)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=f"Applies the schema changes of the service {service}.",
            handler="handlers.migrate_schema.handler",
            code=deployer.code(),
            runtime=platform.runtime,
            architecture=platform.architecture,
            timeout=Duration.seconds(840),
            memory_size=512,
            ephemeral_storage_size=Size.gibibytes(2),
            environment={
                "GREENSHIFT_SERVICE": service,
                "GREENSHIFT_BUCKET": deployer.bucket.bucket_name,
                "POWERTOOLS_SERVICE_NAME": "greenshift",
                "POWERTOOLS_LOG_LEVEL": "INFO",
                **variables,
            },
            layers=[reached.certificates] if reached and reached.certificates else None,
            role=role,
            vpc=reached.vpc if reached else None,
            vpc_subnets=reached.subnets if reached else None,
            security_groups=(list(reached.security_groups) or None) if reached else None,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE if tracing else lambda_.Tracing.DISABLED,
            current_version_options=lambda_.VersionOptions(
                removal_policy=RemovalPolicy.RETAIN,
                # Only the deploy knows the code; a new description makes a new version of it.
                description=f"code {deployer.code_key}",
            ),
        )
        self.version_arn = self.function.current_version.function_arn

    def _grant_login(self, role: iam.Role, database: PostgresDatabase) -> None:
        if database.cluster_arn is not None:
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=[f"rds-data:{action}" for action in _DATA_API],
                    resources=[database.cluster_arn],
                )
            )
        if database.secret is not None:
            database.secret.grant_read(role)
            return
        user = Stack.of(self).format_arn(
            service="rds-db",
            resource="dbuser",
            resource_name=f"{database.resource_id}/{database.user}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        role.add_to_policy(iam.PolicyStatement(actions=["rds-db:connect"], resources=[user]))
