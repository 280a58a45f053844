"""The embedded platform is the same app: only the code's platform differs."""

import json
import platform
import re
import sys
from typing import Any

import pytest

# CDK names a version's resource after a hash of the function, its code included.
VERSION_ID = re.compile(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}")
STACKS = ["Greenshift", "Shop", "Plain"]


def without_platform(template: Any, asset: str) -> Any:
    """The template with the asset's digest, runtimes and architectures taken out."""
    text = VERSION_ID.sub(r"\1", json.dumps(template.body)).replace(asset, "<asset>")
    body = json.loads(text)
    for resource in body["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"].pop("Runtime")
            resource["Properties"].pop("Architectures", None)
    return body


def asset(synthesis: Any) -> str:
    template = synthesis.templates["Greenshift"]
    plan = template.one("AWS::Lambda::Function", FunctionName="greenshift-plan")
    digest: str = plan["Properties"]["Code"]["S3Key"].removesuffix(".zip")
    return digest


@pytest.mark.parametrize("stack", STACKS)
def test_templates_differ_in_asset_runtime_and_architecture_alone(
    stack: str, aws: Any, embedded_platform: Any
) -> None:
    on_aws = without_platform(aws.templates[stack], asset(aws))
    embedded = without_platform(embedded_platform.templates[stack], asset(embedded_platform))
    assert on_aws == embedded


def test_embedded_functions_run_on_this_python_and_this_processor(embedded_platform: Any) -> None:
    architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    for name in ("Greenshift", "Shop"):
        for function in embedded_platform.templates[name].of("AWS::Lambda::Function").values():
            found = function["Properties"]
            assert found["Runtime"] == f"python3.{sys.version_info.minor}"
            if found["FunctionName"].startswith("greenshift-"):
                assert found["Architectures"] == [architecture]
