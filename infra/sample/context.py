"""OrdersStack from the app's context: made only where its database is told."""

import os

from aws_cdk import Environment, Stack
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.sample.context_keys import MIGRATOR_SECRET, MIN_STRATUM, SCHEDULE, SECRET, VPC
from infra.sample.stack import OrdersStack


def orders_stack(scope: Construct, *, deployer: Stack) -> OrdersStack | None:
    """The stack `Orders`, deployed after `deployer`; None where the context names no database.

    `orders:databaseSecretArn` and `orders:migratorSecretArn` go together; optional are
    `orders:minStratumSeconds`, `orders:schedule` (`rate(1 day)`, `cron(…)`) and `orders:vpcId`.
    Raises ValueError if one of the two is missing.
    """
    given = {key: scope.node.try_get_context(key) for key in (SECRET, MIGRATOR_SECRET)}
    if not any(given.values()):
        return None
    for key, value in given.items():
        if not value:
            raise ValueError(f"the context has no {key}; give it the ARN of that secret as well")
    stratum = scope.node.try_get_context(MIN_STRATUM) or 60
    schedule, vpc = scope.node.try_get_context(SCHEDULE), scope.node.try_get_context(VPC)
    stack = OrdersStack(
        scope,
        "Orders",
        description="orders: the sample service that Greenshift releases",
        database_secret_arn=given[SECRET],
        migrator_secret_arn=given[MIGRATOR_SECRET],
        min_stratum_seconds=int(stratum),
        schedule=scheduler.ScheduleExpression.expression(schedule) if schedule else None,
        vpc_id=vpc,
        env=_where() if vpc else None,
    )
    stack.add_stack_dependency(deployer)
    return stack


def _where() -> Environment:
    """The CLI's account and region: a VPC can only be looked up in a named place."""
    return Environment(
        account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")
    )
