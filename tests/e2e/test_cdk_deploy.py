"""`cdk deploy`, as it comes, of the deployer and of a service; and again, when `live` is not its to move."""

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import toolchain
from infra.local.environment import Environment, embedded

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ("shop-api", "shop-worker", "plain-only")


class Deployed:
    """The embedded environment with the app in it, and the command that deploys it again."""

    def __init__(self, environment: Environment, assembly: Path) -> None:
        self.environment, self._assembly = environment, assembly

    def deploy(self, *words: str) -> None:
        """`cdk deploy` of the one assembly, with these words of the command line."""
        if not self._assembly.exists():
            app = ["--app", "python tests/infra/shop/app.py", "--output", str(self._assembly)]
            context = ["--context", "greenshift:platform=embedded"]
            toolchain.cdk(self.environment, ["synth", "--quiet", *app, *context], cwd=ROOT)
        always = ["--app", str(self._assembly), "deploy", "--require-approval", "never"]
        toolchain.cdk(self.environment, [*always, "--exclusively", *words], cwd=ROOT)

    def client(self, service: str) -> Any:
        return self.environment.client(service)

    def live(self, function: str) -> dict[str, Any]:
        found = self.client("lambda").get_alias(FunctionName=function, Name="live")
        return {key: found.get(key) for key in ("FunctionVersion", "RoutingConfig", "RevisionId")}

    def versions(self, function: str) -> list[str]:
        found = self.client("lambda").list_versions_by_function(FunctionName=function)["Versions"]
        return [version["Version"] for version in found if version["Version"] != "$LATEST"]

    def parameter(self, name: str) -> str:
        value: str = self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        return value

    def inputs(self, service: str) -> list[dict[str, Any]]:
        """What the executions of a service's machine were started with."""
        states, machine = self.client("stepfunctions"), self.machine(service)
        found = states.list_executions(stateMachineArn=machine)["executions"]
        arns = [execution["executionArn"] for execution in found]
        return [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]

    def machine(self, service: str) -> str:
        place = f"{self.environment.region}:{self.environment.account}"
        return f"arn:aws:states:{place}:stateMachine:greenshift-{service}"


def until(holds: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def code(answer: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", f"def handler(event, context):\n    return {answer!r}\n")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with embedded(database=False) as environment:
        toolchain.bootstrap(environment)
        found = Deployed(environment, tmp_path_factory.mktemp("app") / "assembly")
        found.deploy("--all")
        yield found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_first_deploy_makes_live_on_one_seed(deployed: Deployed, function: str) -> None:
    assert deployed.versions(function)[0] == "1"
    description = deployed.client("lambda").get_alias(FunctionName=function, Name="live")
    assert description["Description"].endswith(" seed")


def test_the_api_reaches_live(deployed: Deployed) -> None:
    apis = deployed.client("apigatewayv2").get_apis()["Items"]
    (api,) = [each for each in apis if each["Name"] == "shop"]
    url = f"{deployed.environment.endpoint_url}/_aws/execute-api/{api['ApiId']}/$default/orders"
    with urllib.request.urlopen(url, timeout=30) as response:
        assert json.load(response) == {"version": deployed.live("shop-api")["FunctionVersion"]}


def test_the_queue_is_read_by_live(deployed: Deployed) -> None:
    mappings = deployed.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    called = [each["FunctionArn"].split(":")[6:] for each in mappings]
    assert [each for each in called if each[0].startswith("shop-")] == [["shop-worker", "live"]]


def test_a_bundle_of_the_service_starts_its_machine_with_the_events_detail(
    deployed: Deployed,
) -> None:
    bucket = deployed.parameter("/greenshift/deployer/bucket")
    s3 = deployed.client("s3")
    for key in ("releases/shop/notes.txt", "releases/shopping/1.0.0.zip", "staging/shop/1.zip"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    version = s3.put_object(Bucket=bucket, Key="releases/shop/1.0.0.zip", Body=b"x")["VersionId"]
    until(lambda: bool(deployed.inputs("shop")))
    (started,) = deployed.inputs("shop")
    assert started["bucket"]["name"] == bucket
    assert started["object"]["key"] == "releases/shop/1.0.0.zip"
    assert started["object"]["version-id"] == version
    assert deployed.inputs("plain") == []


def test_a_deploy_again_leaves_live_alone(deployed: Deployed) -> None:
    aws = deployed.client("lambda")
    aws.update_function_code(FunctionName="shop-api", ZipFile=code("new"))
    published = aws.publish_version(FunctionName="shop-api")["Version"]
    aws.update_alias(
        FunctionName="shop-api",
        Name="live",
        FunctionVersion=deployed.live("shop-api")["FunctionVersion"],
        RoutingConfig={"AdditionalVersionWeights": {published: 0.25}},
        Description="greenshift shop t1 shop-1.1.0 1",
    )
    before = {function: deployed.live(function) for function in FUNCTIONS}
    versions = {function: deployed.versions(function) for function in FUNCTIONS}

    deployed.deploy("Shop", "Plain", "--force")
    assert {function: deployed.live(function) for function in FUNCTIONS} == before

    deployed.deploy("Shop", "--parameters", "Shop:Channel=beta")
    variables = aws.get_function_configuration(FunctionName="shop-api")["Environment"]["Variables"]
    assert variables["CHANNEL"] == "beta"
    assert {function: deployed.live(function) for function in FUNCTIONS} == before
    assert {function: deployed.versions(function) for function in FUNCTIONS} == versions


def test_new_code_of_the_deployer_reaches_a_service_with_its_next_deploy(
    deployed: Deployed,
) -> None:
    key, bucket = "/greenshift/deployer/code/key", "/greenshift/deployer/code/bucket"
    place, states = deployed.parameter(bucket), deployed.client("stepfunctions")
    s3 = deployed.client("s3")
    bundle = io.BytesIO(s3.get_object(Bucket=place, Key=deployed.parameter(key))["Body"].read())
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("newer.txt", "changed")
    s3.put_object(Bucket=place, Key="newer.zip", Body=bundle.getvalue())
    deployed.client("ssm").put_parameter(Name=key, Value="newer.zip", Overwrite=True)
    before = deployed.versions("greenshift-migrator-shop")

    deployed.deploy("Shop")

    after = deployed.versions("greenshift-migrator-shop")
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1
    alias = states.describe_state_machine_alias(
        stateMachineAliasArn=f"{deployed.machine('shop')}:live"
    )
    (route,) = alias["routingConfiguration"]
    assert route["weight"] == 100
    version = states.describe_state_machine(stateMachineArn=route["stateMachineVersionArn"])
    assert f":greenshift-migrator-shop:{after[-1]}" in version["definition"]
