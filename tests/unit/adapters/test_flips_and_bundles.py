"""One alias moved by compare-and-set, and bundles read by the very bytes that were planned."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from handlers.adapters.bundles import BundleStore
from handlers.adapters.functions.aliases import Alias, Aliases
from handlers.adapters.functions.flips import Flips, Order
from handlers.adapters.ledger.claims import Claim, Claims
from handlers.adapters.ledger.ledger import Ledger
from handlers.domain.bundle.pack import write_bundle
from handlers.domain.shift.traffic import Managed, Target
from handlers.errors import AliasMoved, ClaimLost, PlanRejected, TransientConflict

AT = "2026-11-23T10:15:02.123Z"


def order(name: str, version: str = "1", weights: dict[str, float] | None = None) -> Order:
    return Order(
        function=Managed("api", name, "entry", "1", weighted=True),
        alias="live",
        target=Target(version, weights or {}),
        ours=frozenset({"1", "2"}),
        description=f"greenshift {name} t1 {name}-d1 1",
    )


@pytest.fixture
def claim(ledger: Ledger, name: str) -> Claim:
    wanted = Claim(name, f"{name}-d1", f"arn:{name}", 0, AT, closed=False)
    return Claims(ledger).take(wanted, {}, over=None)


class Watching(Aliases):
    """Aliases that a foreign hand writes before each of the first moves."""

    def __init__(self, client: Any, *, disturbed: int = 0) -> None:
        super().__init__(client)
        self.client, self.disturbed, self.moves, self.reads = client, disturbed, 0, 0

    def read(self, function: str, name: str) -> Alias | None:
        self.reads += 1
        return super().read(function, name)

    def move(self, function: str, *arguments: Any) -> Alias | None:
        self.moves += 1
        if self.disturbed:
            self.disturbed -= 1
            self.client.update_alias(
                FunctionName=function, Name="live", Description=f"by hand {self.moves}"
            )
        return super().move(function, *arguments)


def test_a_flip_that_was_made_is_found_and_not_made_again(
    cloud: Any, ledger: Ledger, claim: Claim, function: Callable[[], str]
) -> None:
    aliases = Watching(cloud.client("lambda"))
    flips, wanted = Flips(aliases, Claims(ledger)), order(function(), "1", {"2": 0.1})
    assert not flips.flip(claim, wanted).found
    assert flips.flip(claim, wanted).found
    assert aliases.moves == 1
    alias = aliases.read(claim.service, "live")
    assert alias is not None
    assert (alias.version, alias.weights) == ("1", {"2": 0.1})
    assert alias.description == wanted.description


def test_a_sealing_flip_is_made_though_the_alias_looks_right(
    cloud: Any, ledger: Ledger, claim: Claim, function: Callable[[], str]
) -> None:
    aliases = Watching(cloud.client("lambda"))
    before = aliases.read(function(), "live")
    assert before is not None
    assert not Flips(aliases, Claims(ledger)).flip(claim, order(claim.service)).found
    old = Target("2", {})
    assert aliases.move(claim.service, "live", before.revision, old, "of an older token") is None


def test_where_the_last_flip_is_known_the_next_is_one_call(
    cloud: Any, ledger: Ledger, claim: Claim, function: Callable[[], str]
) -> None:
    aliases = Watching(cloud.client("lambda"))
    flips = Flips(aliases, Claims(ledger))
    left = flips.flip(claim, order(function(), "1", {"2": 0.1})).revision
    reads = aliases.reads
    back = replace(order(claim.service), revision=left)
    assert not flips.flip(claim, back).found
    assert (aliases.reads, aliases.moves) == (reads, 2)


def test_a_known_revision_that_is_out_of_date_is_read_again(
    cloud: Any, ledger: Ledger, claim: Claim, function: Callable[[], str]
) -> None:
    aliases = Watching(cloud.client("lambda"))
    flips = Flips(aliases, Claims(ledger))
    left = flips.flip(claim, order(function(), "1", {"2": 0.1})).revision
    aliases.client.update_alias(FunctionName=claim.service, Name="live", FunctionVersion="3")
    with pytest.raises(AliasMoved, match="serves version"):
        flips.flip(claim, replace(order(claim.service), revision=left))


@pytest.mark.parametrize(
    ("left", "goes_on"),
    [({"2": 0.1}, True), ({"2": 0.5}, True), ({}, False), ({"2": 0.9}, False), ({"3": 0.1}, False)],
    ids=["the step before", "made already", "put back", "another share", "another version"],
)
def test_a_step_goes_on_from_what_the_step_before_left_and_from_nothing_else(
    cloud: Any,
    ledger: Ledger,
    claim: Claim,
    function: Callable[[], str],
    left: dict[str, float],
    goes_on: bool,
) -> None:
    name, client = function(), cloud.client("lambda")
    client.update_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": left},
    )
    step = replace(order(name, "1", {"2": 0.5}), ours=None, before=Target("1", {"2": 0.1}))
    if goes_on:
        assert not Flips(Aliases(client), Claims(ledger)).flip(claim, step).found
    else:
        with pytest.raises(AliasMoved, match="did not leave there"):
            Flips(Aliases(client), Claims(ledger)).flip(claim, step)


@pytest.mark.parametrize(("disturbed", "holds"), [(1, True), (2, True), (3, False)])
def test_a_stale_revision_is_read_again_three_times_at_most(
    cloud: Any,
    ledger: Ledger,
    claim: Claim,
    function: Callable[[], str],
    disturbed: int,
    holds: bool,
) -> None:
    aliases = Watching(cloud.client("lambda"), disturbed=disturbed)
    flips, wanted = Flips(aliases, Claims(ledger)), order(function(), "2")
    if holds:
        assert flips.flip(claim, wanted).target == Target("2", {})
    else:
        with pytest.raises(TransientConflict, match="3 times in a row"):
            flips.flip(claim, wanted)


def test_a_foreign_version_is_never_overwritten(
    cloud: Any, ledger: Ledger, claim: Claim, function: Callable[[], str]
) -> None:
    client = cloud.client("lambda")
    client.update_alias(FunctionName=function(), Name="live", FunctionVersion="3")
    with pytest.raises(
        AliasMoved, match="serves version 3, which this deployment did not leave there"
    ):
        Flips(Aliases(client), Claims(ledger)).flip(claim, order(claim.service, "2"))
    assert client.get_alias(FunctionName=claim.service, Name="live")["FunctionVersion"] == "3"


def test_without_the_claim_nothing_is_flipped(
    cloud: Any, ledger: Ledger, claim: Claim, function: Callable[[], str]
) -> None:
    aliases = Watching(cloud.client("lambda"))
    wanted = order(function(), "2")
    Claims(ledger).take_over(claim, f"{claim.execution}:recovery", AT)
    with pytest.raises(ClaimLost):
        Flips(aliases, Claims(ledger)).flip(claim, wanted)
    assert aliases.moves == 0


def test_flips_side_by_side_are_all_waited_for_before_one_is_told_to_have_failed(
    cloud: Any, ledger: Ledger, claim: Claim, function: Callable[[], str]
) -> None:
    flips = Flips(Aliases(cloud.client("lambda")), Claims(ledger))
    done, errors = flips.try_all(claim, [order(f"{claim.service}-none"), order(function(), "2")])
    assert [each.function.name for each in done] == [claim.service]
    assert list(errors) == [f"{claim.service}-none"]
    with pytest.raises(AliasMoved, match="is gone"):
        flips.flip_all(claim, [order(f"{claim.service}-none")])


def bundle(text: str) -> bytes:
    buffer = io.BytesIO()
    write_bundle({"release.toml": text.encode()}, buffer)
    return buffer.getvalue()


def test_a_bundle_is_read_by_object_version_and_digest(cloud: Any, name: str) -> None:
    s3 = cloud.client("s3")
    store, key = BundleStore(s3, "bundles"), f"releases/{name}/1.0.0.zip"
    first = s3.put_object(Bucket="bundles", Key=key, Body=bundle("first"))["VersionId"]
    second = s3.put_object(Bucket="bundles", Key=key, Body=bundle("second"))["VersionId"]
    digest = f"sha256:{hashlib.sha256(bundle('first')).hexdigest()}"
    with store.open(key, first, digest) as opened:
        assert opened.zip.read("release.toml") == b"first"
        assert (opened.ref.digest, opened.ref.version) == (digest, first)
    newest = store.newest(key)
    assert newest is not None
    assert newest.version == second
    with (
        pytest.raises(PlanRejected, match="was planned") as changed,
        store.open(key, second, digest),
    ):
        pass
    assert changed.value.findings[0].code == "BundleChanged"


@pytest.mark.parametrize("gone", ["object", "version"])
def test_a_bundle_that_is_gone_is_a_finding(cloud: Any, name: str, gone: str) -> None:
    s3 = cloud.client("s3")
    store, key = BundleStore(s3, "bundles"), f"releases/{name}/1.0.0.zip"
    version = s3.put_object(Bucket="bundles", Key=key, Body=bundle("x"))["VersionId"]
    if gone == "version":
        s3.delete_object(Bucket="bundles", Key=key, VersionId=version)
    else:
        key += ".other"
    with pytest.raises(PlanRejected) as rejected, store.open(key, version):
        pass
    assert rejected.value.findings[0].code == "BundleGone"
    assert store.newest(key) is None


def test_inner_zips_are_staged_once_under_their_digest(cloud: Any) -> None:
    s3 = cloud.client("s3")
    store = BundleStore(s3, "bundles")
    key = store.stage(io.BytesIO(b"code"), "abc")
    assert key == "staging/abc.zip"
    assert store.stage(io.BytesIO(b"other"), "abc") == key
    assert s3.get_object(Bucket="bundles", Key=key)["Body"].read() == b"code"
