"""Contracts on time: a listener schedules each for the end of its release's rollback window."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployer.end_rule import EndRule, undelivered_queue
from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions

PREFIX = "greenshift-contract."
"""With it begin the names of the schedules, which no service's own schedule can have."""


class ContractSchedules(Construct):
    """`greenshift-schedule-contract`, called at the end of every execution, and the role in which
    its schedules start machines: the only role that anything here may pass on.

    What a schedule could not start for a day, and events that could not be handled, lie in the
    dead-letter queue.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, permissions: Permissions
    ) -> None:
        super().__init__(scope, construct_id)
        undelivered = undelivered_queue(self, "greenshift-contract-undelivered")
        role = iam.Role(
            self,
            "SchedulerRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
        )
        role.add_to_policy(permissions.start_machines())
        undelivered.grant_send_messages(role)
        listener = GreenshiftFunction(
            self,
            "Function",
            name="schedule-contract",
            handler="handlers.listeners.schedule_contract.handler",
            timeout_seconds=120,
            settings=settings,
            statements=[
                permissions.read_ledger(),
                permissions.change_schedules(PREFIX),
                permissions.pass_to_scheduler(role),
            ],
            description="Schedules a release's contract for the end of its rollback window.",
            dead_letter_queue=undelivered,
            environment={
                "GREENSHIFT_SCHEDULER_ROLE": role.role_arn,
                "GREENSHIFT_SCHEDULER_UNDELIVERED": undelivered.queue_arn,
            },
        )
        EndRule(
            self,
            "Rule",
            name="greenshift-schedule-contract",
            description="Executions of Greenshift that have ended, in whatever way",
            statuses=["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
            listener=listener,
            undelivered=undelivered,
        )
