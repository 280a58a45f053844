"""Greenshift and `orders` on an embedded environment, by the unmodified CDK command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.children import beside
from infra.local.environment import Environment
from infra.local.toolchain import bootstrap, cdk
from infra.sample.context_keys import MIGRATOR_SECRET, MIN_STRATUM, SECRET
from infra.sample.database import prepare_database

ROOT = Path(__file__).parents[2]
STACKS = ("Greenshift", "Orders")


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample service as it stands: the base URL of its API, and its queues' URLs."""

    api_url: str
    queue_url: str
    context: Mapping[str, str]


def bring_up(environment: Environment) -> Sample:
    """Bootstraps, synthesises and deploys; the embedded database gets its roles and secrets."""
    secrets = prepare_database(environment)
    context = {
        "greenshift:platform": "embedded",
        "greenshift:lambdaRate": "200",
        SECRET: secrets.app,
        MIGRATOR_SECRET: secrets.migrator,
        MIN_STRATUM: "1",
    }
    with environment.work_folder() as assembly:
        with beside(bootstrap, environment) as bootstrapped:
            synthesise(environment, context, assembly)
            bootstrapped.result()
        deploy(environment, assembly)
    outputs = _outputs(environment, "Orders")
    url = f"{environment.endpoint_url}/_aws/execute-api/{outputs['ApiId']}/$default"
    return Sample(api_url=url, queue_url=outputs["QueueUrl"], context=context)


def synthesise(environment: Environment, context: Mapping[str, str], assembly: Path) -> None:
    """`cdk synth` of the app into the folder `assembly`."""
    chosen = [part for key, value in context.items() for part in ("-c", f"{key}={value}")]
    cdk(environment, ["synth", "--quiet", "--output", str(assembly), *chosen], cwd=ROOT)


def deploy(environment: Environment, assembly: Path) -> None:
    """`cdk deploy` of an assembly's stacks."""
    wanted = ["--app", str(assembly), "deploy", *STACKS, "--require-approval", "never"]
    cdk(environment, wanted, cwd=ROOT)


def _outputs(environment: Environment, stack: str) -> dict[str, str]:
    found = environment.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}
