"""The bundles of the sample service: accepted, reproducible, and as different as their releases."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from handlers.domain.bundle.bundle import Bundle, read_bundle
from handlers.domain.registration.cross_check import cross_check
from handlers.domain.registration.registration import Registration, read_registration
from infra.sample.build import FUNCTIONS, VERSIONS, build_release, function_files, release_files

REGISTRATION = """{"format": 1, "service": "orders",
 "functions": {"api": {"name": "orders-api", "kind": "entry"},
               "worker": {"name": "orders-worker", "kind": "consumer"}},
 "database": {"kind": "postgres", "secretArn": "arn:aws:secretsmanager:eu-west-1:1:secret:o", "role": "orders_app"},
 "bake": {"minStratumSeconds": 1}, "environmentKeys": ["FEATURE_CHANNEL"]}"""


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    return {version: build_release(version, folder) for version in VERSIONS}


def registration() -> Registration:
    registration, findings = read_registration(REGISTRATION, "orders")
    assert registration, findings
    return registration


def read(path: Path) -> Bundle:
    with zipfile.ZipFile(path) as archive:
        bundle, findings = read_bundle(archive)
    assert bundle, findings
    return bundle


@pytest.mark.parametrize("version", VERSIONS)
def test_a_bundle_is_accepted_and_stays_inside_the_registration(bundles, version):
    bundle = read(bundles[version])
    assert bundle.release.release == version
    assert set(bundle.release.functions) == set(FUNCTIONS)
    assert {check.function for check in bundle.release.checks} == set(FUNCTIONS)
    assert cross_check(bundle.release, registration(), migrations=bundle.migrations) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_sources_make_the_same_bytes(bundles, version, tmp_path):
    again = build_release(version, tmp_path / "elsewhere")
    assert digest(again.read_bytes()) == digest(bundles[version].read_bytes())


@pytest.mark.parametrize("version", VERSIONS)
def test_the_code_knows_which_release_it_is(version):
    assert f'RELEASE = "{version}"' in str(
        Path(function_files("api", version)["release.py"]).read_text()
    )


def test_migrations_accumulate(bundles):
    numbers = {
        version: [Path(m).name[:4] for m in read(bundles[version]).migrations if ".expand." in m]
        for version in VERSIONS
    }
    assert numbers == {
        "1.0.0": ["0001"],
        "1.1.0": ["0001", "0002"],
        "1.2.0": ["0001", "0002"],
        "1.3.0": ["0001", "0002", "0003"],
    }


def test_a_migration_that_was_released_never_changes():
    first, last = release_files("1.0.0"), release_files("1.2.0")
    name = "migrations/0001_orders.expand.sql"
    assert first[name] == last[name]


def test_1_2_0_leaves_the_worker_as_it_is_and_1_1_0_does_not():
    worker = {version: release_files(version)["functions/worker.zip"] for version in VERSIONS}
    assert worker["1.2.0"] == worker["1.1.0"] != worker["1.0.0"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_all_that_it_imports_and_no_bytecode(bundles, function):
    with zipfile.ZipFile(bundles["1.0.0"]) as outer:
        inner = zipfile.ZipFile(io.BytesIO(outer.read(f"functions/{function}.zip")))
    names = inner.namelist()
    assert {"index.py", "database.py", "greenshift_outcome.py", "pg8000/native.py"} <= set(names)
    assert "statements/confirm_order.sql" in names
    # scramp asks for its own version at import.
    assert any(name.startswith("scramp-") and name.endswith("METADATA") for name in names)
    assert not [name for name in names if name.endswith((".pyc", "RECORD", "INSTALLER"))]


def test_an_unknown_release_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match=r"no release 9\.9\.9; build 1\.0\.0"):
        build_release("9.9.9", tmp_path)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
