"""One phase as resources: the function, its published version, and the parameter that names it."""

from aws_cdk import aws_ssm as ssm
from constructs import Construct
from greenshift_cdk.names import phase_parameter

from infra.deployer.function import GreenshiftFunction, Settings
from infra.deployer.permissions import Permissions
from infra.deployer.phases import Phase


class PhaseFunction(Construct):
    """Publishes a version whenever the phase's code or settings change, and keeps the old ones.

    State machines call the version, so a deployment that runs is not changed under its feet.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        phase: Phase,
        settings: Settings,
        permissions: Permissions,
    ) -> None:
        super().__init__(scope, construct_id)
        function = GreenshiftFunction(
            self,
            "Function",
            name=phase.name,
            handler=phase.handler,
            timeout_seconds=phase.timeout_seconds,
            settings=settings,
            statements=phase.grants(permissions),
            description=f"{phase.does}.",
            ephemeral_gib=phase.disk_gib,
        )
        ssm.StringParameter(
            self,
            "Version",
            parameter_name=phase_parameter(phase.name),
            string_value=function.current_version.function_arn,
            description=f"What state machines call for the phase {phase.name}",
        )
