"""The zip that the phases run from."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import bundling
from infra.bundling import AWS, Target, handlers_bundle

HOST = Target(f"{sys.version_info.major}.{sys.version_info.minor}", None)
OTHER = Target("3.12" if HOST.python == "3.13" else "3.13", "aarch64-manylinux_2_28")
LIMIT = 10 * 1024 * 1024


@pytest.fixture(scope="module", params=[OTHER, HOST], ids=["other", "host"])
def target(request: pytest.FixtureRequest) -> Target:
    found: Target = request.param
    return found


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_same_inputs_give_the_same_bytes(target: Target, tmp_path: Path) -> None:
    first = handlers_bundle(target, build=tmp_path / "a")
    second = handlers_bundle(target, build=tmp_path / "b")
    assert first.digest == second.digest
    assert first.path.read_bytes() == second.path.read_bytes()


def test_it_is_small_sorted_and_readable(target: Target) -> None:
    bundle = handlers_bundle(target)
    assert bundle.path.stat().st_size < LIMIT
    with zipfile.ZipFile(bundle.path) as archive:
        entries = archive.infolist()
    assert [e.filename for e in entries] == sorted(e.filename for e in entries)
    assert {e.date_time for e in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {e.external_attr >> 16 for e in entries} == {0o644}


def test_it_holds_handlers_and_their_locked_dependencies_without_boto3(target: Target) -> None:
    packages = {name.split("/")[0] for name in names(handlers_bundle(target).path)}
    assert {"handlers", "aws_lambda_powertools", "pg8000", "scramp", "dateutil"} <= packages
    assert not packages & {"boto3", "botocore", "s3transfer", "rich", "typer", "bin", "infra"}
    # scramp asks for its own version when it is imported.
    assert any(package.startswith("scramp-") for package in packages)
    locked = (bundling.ROOT / "uv.lock").read_text()
    for package in packages:
        if package.endswith(".dist-info"):
            name, version = package.removesuffix(".dist-info").split("-", 1)
            assert f'name = "{name.replace("_", "-")}"\nversion = "{version}"' in locked


def test_bytecode_goes_along_only_where_it_fits(target: Target) -> None:
    compiled = {name for name in names(handlers_bundle(target).path) if name.endswith(".pyc")}
    if target.is_host:
        tag = sys.implementation.cache_tag
        assert f"handlers/__pycache__/errors.{tag}.pyc" in compiled
    else:
        assert not compiled


def test_the_handlers_import_from_the_bundle_and_the_runtimes_boto3_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(handlers_bundle(HOST).path) as archive:
        archive.extractall(tmp_path)
    import boto3

    site = Path(boto3.__file__).parents[1]
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    has = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
    for name in has:
        (runtime / name).symlink_to(site / name)
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; "
        "import pg8000.native, aws_lambda_powertools, handlers.listeners.own_alias as it; "
        "print(it.__file__)"
    )
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(tmp_path), str(runtime)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == str(tmp_path / "handlers/listeners/own_alias.py")


def test_a_second_synthesis_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = handlers_bundle(AWS, build=tmp_path)

    def no_uv(*words: str) -> None:
        raise AssertionError(f"uv {words} was called")

    monkeypatch.setattr(bundling, "_uv", no_uv)
    assert handlers_bundle(AWS, build=tmp_path) == made


def test_a_failure_says_what_uv_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "_NOT_IN_LAMBDA", ("not a package!",))
    with pytest.raises(
        bundling.BundlingError, match=r"`uv export --frozen` failed: .+not a package"
    ):
        handlers_bundle(AWS, build=tmp_path)
    assert list(tmp_path.glob("*.zip")) == []
