"""The logs that tell Greenshift of errors before CloudWatch has counted them."""

import json
from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from greenshift_cdk.deployer import Deployer
from greenshift_cdk.managed_function import ManagedFunction

_LoggingConfig = lambda_.CfnFunction.LoggingConfigProperty


class HeardLogs(Construct):
    """A subscription filter on the log group of each function that has one of the stack's own.

    A function without makes its group itself at its first invocation, when no filter can be put on
    it any more: the plan of each deployment says so. CloudWatch Logs takes two filters for a group;
    where both are others', `ManagedFunction(log_subscription=False)` goes without.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, ManagedFunction],
        deployer: Deployer,
    ) -> None:
        super().__init__(scope, construct_id)
        groups: set[str] = set()
        for key, managed in functions.items():
            group = _group(managed)
            known = json.dumps(Stack.of(self).resolve(group))
            if group is None or known in groups:
                continue
            groups.add(known)
            logs.CfnSubscriptionFilter(
                self,
                key,
                log_group_name=group,
                filter_name="greenshift",
                destination_arn=deployer.hear_log_arn,
                filter_pattern=deployer.hear_log_pattern,
            )


def _group(managed: ManagedFunction) -> str | None:
    resource = managed.function.node.default_child
    if not managed.log_subscription or not isinstance(resource, lambda_.CfnFunction):
        return None
    logging = resource.logging_config
    return logging.log_group if isinstance(logging, _LoggingConfig) else None
