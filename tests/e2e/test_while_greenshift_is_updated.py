"""Greenshift's own update while a deployment runs, by the `cdk deploy` that its users run."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import ROOT, Orders
from variants import AT_ONCE
from whole import after_release, nobody_noticed, nothing_lost

PARTS = ("handlers", "infra", "statemachine", "cdk.json", "pyproject.toml", "uv.lock", "README.md")
UNDER_WAY = """
[shift]
plan = "steps(25@5, 100@0.05)"
[bake]
stratumSeconds = 1
settleSeconds = 2
pTol = 0.05
"""
"""A first step that any update fits into; a person ends it."""


@pytest.fixture
def newer(tmp_path: Path) -> Iterator[Path]:
    """The next version of Greenshift: one more state in its machine, one more file in its phases."""
    clone = tmp_path / "clone"
    clone.mkdir()
    for part in PARTS:
        whole = ROOT / part
        if whole.is_dir():
            shutil.copytree(whole, clone / part, symlinks=True)
        else:
            shutil.copy(whole, clone / part)
    (clone / "handlers" / "newer.py").write_text('"""What the next version brings."""\n')
    asl = clone / "statemachine" / "deployment.asl.json"
    machine = json.loads(asl.read_text())
    machine["States"]["Newer"] = {"Type": "Pass", "Next": machine["StartAt"]}
    asl.write_text(json.dumps(machine | {"StartAt": "Newer"}))
    yield clone
    shutil.rmtree(clone)


def test_a_deployment_ends_on_the_phases_and_the_definition_that_it_began_with(
    orders: Orders, newer: Path, tmp_path: Path
) -> None:
    assembly = orders.assembly_of(newer, tmp_path / "assembly")
    before, version = orders.standing(), orders.version()
    with orders.witness() as witness:
        running = orders.started_by(orders.drop(version, orders.bundle(version, pace=UNDER_WAY)))
        orders.reaches(running, "Bake")
        orders.deploy_assembly(assembly)
        told = orders.wait(orders.start({"action": "promote"}))
        assert told.status == "SUCCEEDED", told
        ended = orders.wait(running)
        witness.more(60)
    after_release(orders, ended, version, before)
    nobody_noticed(witness)
    nothing_lost(orders, witness)

    before, version = orders.standing(), orders.version()
    again = orders.release(version, orders.bundle(version, pace=AT_ONCE))
    after_release(orders, again, version, before)

    assert "Newer" not in orders.states(ended.arn)
    assert "Newer" in orders.states(again.arn)
    old, new = ({function for function, _ in orders.calls(each.arn)} for each in (ended, again))
    assert {_unversioned(arn) for arn in old} == {_unversioned(arn) for arn in new}
    assert not old & new, "a phase of the update was called by a deployment that began before it"


def _unversioned(arn: str) -> str:
    return arn.rpartition(":")[0]
