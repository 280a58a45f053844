"""The distribution greenshift-cdk, as a stranger installs it."""

import subprocess
import zipfile
from pathlib import Path

import pytest
import uv

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("way", [["--wheel"], []], ids=["from the tree", "through the sdist"])
def test_the_wheel_ships_the_definition_and_its_types(way: list[str], tmp_path: Path) -> None:
    command = [uv.find_uv_bin(), "build", "--offline", "--quiet", *way, "--out-dir", str(tmp_path)]
    ended = subprocess.run(
        [*command, str(ROOT / "infra/construct")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = archive.read("greenshift_cdk/deployment.asl.json")
        assert "greenshift_cdk/py.typed" in archive.namelist()
        foreign = [n for n in archive.namelist() if not n.startswith("greenshift_cdk")]
    assert shipped == (ROOT / "statemachine/deployment.asl.json").read_bytes()
    assert foreign == []


def test_the_construct_imports_nothing_of_the_rest() -> None:
    for path in (ROOT / "infra/construct/greenshift_cdk").glob("*.py"):
        for line in path.read_text().splitlines():
            if line.startswith(("import ", "from ")):
                assert line.split()[1].split(".")[0] not in {"handlers", "infra", "statemachine"}
