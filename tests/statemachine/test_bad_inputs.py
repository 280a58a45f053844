"""What cannot be deployed: each with its clear findings, rejected, and `live` untouched."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine import Engine, Run
from invariants import assert_invariants
from service import Service, zipped

from handlers.adapters.tools import Tools
from handlers.domain.bundle.pack import write_bundle

SOUND = 'format = 1\nservice = "{service}"\nrelease = "1.0.0"\n[functions.api]\ncode = "functions/api.zip"\n'


def packed(toml: str, **files: bytes) -> bytes:
    """A bundle around a release.toml and the further files."""
    buffer = io.BytesIO()
    code = {"functions/api.zip": zipped("def handler(event, context): return {}")}
    write_bundle({"release.toml": toml.encode(), **code, **files}, buffer)
    return buffer.getvalue()


def without_toml() -> bytes:
    buffer = io.BytesIO()
    write_bundle({"functions/api.zip": zipped("")}, buffer)
    return buffer.getvalue()


def bomb(toml: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("release.toml", toml)
        archive.writestr("functions/api.zip", bytes(40 * 1024 * 1024))
    return buffer.getvalue()


def check(function: str = "api") -> str:
    return (
        f'[[checks]]\nname = "up"\nfunction = "{function}"\n'
        'http = {method = "GET", path = "/"}\nexpect = {status = 200}\n'
    )


Content = Callable[[str], bytes]
CONTENTS: dict[str, tuple[Content, list[tuple[str, str, str]]]] = {
    "not a zip": (lambda toml: b"not a zip", [("NotAZip", "", "greenshift pack")]),
    "no release.toml": (
        lambda toml: without_toml(),
        [("ReleaseTomlMissing", "release.toml", "greenshift pack")],
    ),
    "not TOML": (
        lambda toml: packed("format = 1\nservice = \n"),
        [("NotToml", "release.toml:2", "")],
    ),
    "several keys, all told with their lines": (
        lambda toml: packed(
            toml.replace('"1.0.0"', '"one"\nrelaese = 1').replace(
                'code = "functions/api.zip"', 'code = "functions/api.zip"\nconfiguration = 7'
            )
        ),
        [
            ("UnknownKey", "release.toml:4 relaese", "did you mean release?"),
            ("BadVersion", "release.toml:3 release", "1.4.2"),
            ("WrongType", "release.toml:7 functions.api.configuration", "a table"),
        ],
    ),
    "function not registered": (
        lambda toml: packed(
            toml + '[functions.mailer]\ncode = "functions/m.zip"\n',
            **{"functions/m.zip": zipped("")},
        ),
        [("FunctionNotRegistered", "release.toml:6 functions.mailer", "register it")],
    ),
    "another service's bundle": (
        lambda toml: packed(toml.replace('service = "', 'service = "another-')),
        [
            ("KeyDisagrees", "release.toml:2 service", "upload it to releases/another-"),
            ("ServiceDisagrees", "release.toml:2 service", "start greenshift-another-"),
        ],
    ),
    "another version than its key": (
        lambda toml: packed(toml.replace("1.0.0", "1.0.1")),
        [("KeyDisagrees", "release.toml:3 release", "1.0.1.zip")],
    ),
    "zip bomb": (bomb, [("RatioTooHigh", "functions/api.zip", "")]),
    "check of no function": (
        lambda toml: packed(toml + check("mailer")),
        [("CheckTargetMissing", "release.toml:8 checks[0].function", "name api")],
    ),
    "code that is not there": (
        lambda toml: packed(toml.replace("api.zip", "other.zip")),
        [
            ("MissingEntry", "release.toml:5 functions.api.code", "correct its path"),
            ("UnnamedEntry", "functions/api.zip", "name it in release.toml"),
        ],
    ),
    "migrations without a database": (
        lambda toml: packed(toml, **{"migrations/0001_add.expand.sql": b"SELECT 1;"}),
        [("MigrationsWithoutDatabase", "migrations/0001_add.expand.sql", "declare the database")],
    ),
    "an approval section": (
        lambda toml: packed(toml + "[approvals]\n"),
        [("NotSupportedYet", "release.toml:6 approvals", "leave it out")],
    ),
}


def assert_rejected(run: Run, *wanted: tuple[str, str, str]) -> None:
    """The findings are these and no others: code, where it is, what to do."""
    assert run.end == "Rejected", run
    found = run.answer["findings"]
    assert sorted(each["code"] for each in found) == sorted(each[0] for each in wanted), found
    for code, where, do in wanted:
        (told,) = (each for each in found if each["code"] == code)
        assert where in told["where"], told
        assert do in told["do"], told
        assert told["what"]


@pytest.mark.parametrize("case", CONTENTS)
@pytest.mark.parametrize("way", ["typed", "uploaded"])
def test_a_bundle_that_cannot_be_deployed(
    shop: Service, machine: Engine, case: str, way: str
) -> None:
    content, wanted = CONTENTS[case]
    before = shop.revisions()
    detail = shop.upload("1.0.0", content(SOUND.format(service=shop.name)))
    run = machine.run({"release": "1.0.0"} if way == "typed" else detail)
    assert_rejected(run, *wanted)
    assert run.answer["reason"].endswith(f"(and {len(wanted) - 1} more)") == (len(wanted) > 1)
    assert (shop.revisions(), shop.versions()) == (before, ["1"])
    assert_invariants(shop, run)
    assert machine.run({"release": "latest"}).end == "NothingToDo", "latest never takes it again"


REQUESTS: dict[str, tuple[Any, str, str, str]] = {
    "text": ("1.0.0", "NotARequest", "input", '{"release": "1.4.2"}'),
    "list": ([{"release": "1.0.0"}], "NotARequest", "input", '{"release": "1.4.2"}'),
    "number": (7, "NotARequest", "input", '{"release": "1.4.2"}'),
    "null": (None, "NotARequest", "input", '{"release": "1.4.2"}'),
    "empty": ({}, "NotARequest", "input", '{"release": "1.4.2"}'),
    "unknown action": ({"action": "explode"}, "BadValue", "input action", "deploy"),
    "action of another type": ({"action": 7}, "WrongType", "input action", "deploy"),
    "action null": ({"action": None}, "WrongType", "input action", "deploy"),
    "contract of the latest": (
        {"action": "contract", "release": "latest"}, "BadVersion", "input release", "leave it out",
    ),
    "contract that would be dry": (
        {"action": "contract", "dryRun": True}, "KeyNotForAction", "dryRun", "leave it out",
    ),
    "drill": ({"action": "drill"}, "NotSupportedYet", "input action", "deploy"),
    "unknown key": ({"relaese": "1.0.0", "release": "1.0.0"}, "UnknownKey", "relaese", "release?"),
    "release of another type": ({"release": 1.0}, "WrongType", "input release", "text"),
    "no version": ({"release": "newest"}, "BadVersion", "input release", "latest"),
    "no plan": (
        {"release": "1.0.0", "shiftPlan": "slowly"}, "BadShiftPlan", "input shiftPlan", "all-at-once",
    ),
    "another service": (
        {"release": "1.0.0", "service": "others"}, "ServiceDisagrees", "service", "greenshift-others",
    ),
    "event and order": (
        {"release": "1.0.0", "bucket": {"name": "b"}}, "AmbiguousRequest", "input", "one or the other",
    ),
    "another bucket": (
        {"bucket": {"name": "elsewhere"}, "object": {"key": "releases/{service}/1.0.0.zip"}},
        "OtherBucket", "bucket.name", "greenshift-artifacts",
    ),
    "another prefix": (
        {"bucket": {"name": "greenshift-artifacts"}, "object": {"key": "uploads/1.0.0.zip"}},
        "KeyDisagrees", "object.key", "releases/{service}/<version>.zip",
    ),
    "an object that is gone": (
        {
            "bucket": {"name": "greenshift-artifacts"},
            "object": {"key": "releases/{service}/1.0.0.zip", "version-id": "gone"},
        },
        "BundleGone", "releases/{service}/1.0.0.zip", "upload",
    ),
    "a release that was never uploaded": ({"release": "9.9.9"}, "BundleGone", "9.9.9.zip", "upload"),
}  # fmt: skip


def named(value: Any, service: str) -> Any:
    """The value with the service's name put in."""
    if isinstance(value, str):
        return value.replace("{service}", service)
    if isinstance(value, Mapping):
        return {key: named(item, service) for key, item in value.items()}
    return value


@pytest.mark.parametrize("case", REQUESTS)
def test_an_input_that_cannot_be_meant(shop: Service, machine: Engine, case: str) -> None:
    request, code, where, do = (named(each, shop.name) for each in REQUESTS[case])
    before = shop.revisions()
    run = machine.run(request)
    assert_rejected(run, (code, where, do))
    assert (shop.revisions(), shop.versions()) == (before, ["1"])
    assert_invariants(shop, run)


def untag(shop: Service) -> None:
    shop.lambda_.untag_resource(Resource=shop.arn("api"), TagKeys=["greenshift:service"])


def split(shop: Service) -> None:
    shop.publish("api", "def handler(event, context): return 2")
    shop.point("api", "1", v2=0.25)


def permit(shop: Service) -> None:
    shop.lambda_.add_permission(
        FunctionName=shop.function("api"),
        StatementId="from-api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )


def warm(shop: Service) -> None:
    shop.lambda_.put_provisioned_concurrency_config(
        FunctionName=shop.function("api"), Qualifier="live", ProvisionedConcurrentExecutions=1
    )


def delete(shop: Service) -> None:
    shop.lambda_.delete_alias(FunctionName=shop.function("api"), Name="live")


SURROUNDINGS: dict[str, tuple[Callable[[Service], object], str, str]] = {
    "unregistered": (
        lambda shop: shop.ssm.delete_parameter(Name=f"/greenshift/services/{shop.name}"),
        "UnknownService", "BlueGreenService",
    ),
    "unreadable registration": (
        lambda shop: shop.ssm.put_parameter(
            Name=f"/greenshift/services/{shop.name}", Value="{", Type="String", Overwrite=True
        ),
        "NotJson", "",
    ),
    "no function": (
        lambda shop: shop.lambda_.delete_function(FunctionName=shop.function("api")),
        "FunctionMissing", "deploy the service's stack",
    ),
    "no tag": (untag, "FunctionNotTagged", "tag it greenshift:service="),
    "owned by another": (
        lambda shop: Tools().journal.own(shop.arn("api"), "others"),
        "FunctionOwned", "one service only",
    ),
    "alias missing": (delete, "AliasMissing", "aws lambda create-alias"),
    "alias split": (split, "AliasSplit", "point live at the one version that is good: aws lambda update-alias"),
    "trigger on the bare function": (permit, "TriggerOnBareFunction", "point it at the alias live"),
    "provisioned concurrency on the alias": (
        warm, "ProvisionedConcurrencyOnAlias", "put it on the version",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SURROUNDINGS)
def test_surroundings_that_allow_no_deployment(shop: Service, machine: Engine, case: str) -> None:
    arrange, code, do = SURROUNDINGS[case]
    arrange(shop)
    shop.upload("1.0.0")
    before = shop.aliases()
    run = machine.run({"release": "1.0.0"})
    assert_rejected(run, (code, "", do))
    assert shop.aliases() == before
    assert machine.calls == ["plan", "roll_back"]


def test_everything_that_is_wrong_is_told_at_once(shop: Service, machine: Engine) -> None:
    untag(shop)
    permit(shop)
    toml = SOUND.format(service=shop.name) + check("mailer")
    shop.upload("1.0.0", packed(toml))
    run = machine.run({"release": "1.0.0"})
    assert_rejected(
        run,
        ("CheckTargetMissing", "checks[0].function", "name api"),
        ("FunctionNotTagged", f"functions.api ({shop.function('api')})", "tag it"),
        ("TriggerOnBareFunction", f"functions.api ({shop.function('api')})", "point it at"),
    )


def test_an_object_that_is_deleted_between_event_and_read(shop: Service, machine: Engine) -> None:
    detail = shop.upload("1.0.0")
    shop.s3.delete_object(
        Bucket=shop.bucket, Key=detail["object"]["key"], VersionId=detail["object"]["version-id"]
    )
    run = machine.run(detail)
    assert_rejected(run, ("BundleGone", detail["object"]["key"], "upload the release again"))
    assert_invariants(shop, run)


def test_a_version_names_one_bundle_for_ever(shop: Service, machine: Engine) -> None:
    shop.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    before = shop.revisions()
    detail = shop.upload("1.0.0", sources={"api": "def handler(event, context): return 2"})
    for request in (detail, {"release": "1.0.0"}):
        run = machine.run(request)
        assert_rejected(run, ("ReleaseReused", "release 1.0.0", "give it a new version"))
        assert shop.revisions() == before
        assert_invariants(shop, run)


def test_a_version_that_was_only_refused_may_come_again(shop: Service, machine: Engine) -> None:
    assert machine.run(shop.upload("1.0.0", b"not a zip")).end == "Rejected"
    assert machine.run(shop.upload("1.0.0", packed("format = 1"))).end == "Rejected"
    run = machine.run(shop.upload("1.0.0"))
    assert run.end == "Released", run
    assert_invariants(shop, run)


def test_where_none_queue_a_second_deployment_is_rejected_and_the_first_is_not_disturbed(
    shop: Service, machine: Engine
) -> None:
    shop.register(concurrency="reject")
    shop.upload("1.0.0")
    shop.upload("1.1.0")
    second: list[Run] = []

    def ask(phase: str, document: Mapping[str, Any]) -> None:
        if phase == "shift_traffic" and not second:
            second.append(machine.run({"release": "1.1.0"}))

    machine.after = ask
    run = machine.run({"release": "1.0.0"})
    assert_rejected(second[0], ("ServiceBusy", shop.name, f"greenshift stop {shop.name}"))
    assert second[0].answer["reason"].count("start again when it has ended") == 1
    what = second[0].answer["findings"][0]["what"]
    assert what.startswith(f"{run.answer['deployment']} holds it since ")
    assert what.endswith('and with concurrency="reject" in its stack nothing waits for its turn')
    assert run.end == "Released", run
    assert_invariants(shop, run)
    later = machine.run({"release": "1.1.0"})
    assert later.end == "Released", "to be refused for another's sake is not the bundle's fault"


def test_an_alias_that_was_moved_since_the_last_release_is_named(
    shop: Service, machine: Engine
) -> None:
    shop.upload("1.0.0")
    assert machine.run({"release": "1.0.0"}).end == "Released"
    left = shop.aliases()
    shop.point("api", "1")
    shop.upload("1.1.0")
    run = machine.run({"release": "1.1.0"})
    assert_rejected(run, ("AliasMoved", "", f"`greenshift repair {shop.name}`"))
    assert shop.aliases() != left
