"""`greenshift explain`: what the ledger keeps of a verdict gives the same verdict again."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from account import Account, Service
from conftest import Command

from handlers.adapters.ledger.claims import Claim
from handlers.domain.codec import encode
from handlers.domain.hotfix import Hotfix
from handlers.domain.probe.results import Result
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.evidence_items import evidence_item, evidence_of
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.synthetic_strata import CheckStrata
from handlers.domain.verdict.verdict import judge
from infra.cli.verdict.explain import lines
from infra.cli.verdict.explanation import explanation

SETTINGS = BakeSettings()
MINUTES = [Stratum(1_790_000_040 + 60 * n, 60, 3, 540, 3) for n in range(4)]
CASES = {
    "fail": {"api": MINUTES},
    "pass": {"api": [Stratum(60 * n, 60, 0, 540, 3) for n in range(8)], "worker": []},
    "wait": {"api": MINUTES[:1], "worker": [Stratum(0, 10, 0, 90, 9)]},
}


def item(
    evidence: Evidence, *, most_rows: int = 8000, hotfix: Hotfix | None = None
) -> dict[str, Any]:
    """What Bake writes, through JSON as through the ledger."""
    found = judge(evidence, SETTINGS, {}, hotfix)
    facts = {
        "step": 1,
        "weight": 10,
        "at": "2026-11-23T10:20:02.000Z",
        "verdict": found.word,
        "next": "rollBack",
        "reason": found.reason,
        "judged": found.word,
        "by": found.by,
        "sentence": found.reason,
        **{key: value for key, value in encode(found).items() if key not in ("word", "reason")},
        **evidence_item(evidence, SETTINGS, most_rows=most_rows),
    }
    return json.loads(json.dumps(facts))  # type: ignore[no-any-return]


RECORD = {"deployment": "orders-1.1.0-x", "service": "orders", "bake": encode(SETTINGS)}


@pytest.mark.parametrize("word", CASES)
def test_the_stored_counts_give_the_stored_verdict(word: str) -> None:
    found = explanation(RECORD, item(Evidence(strata=CASES[word])))

    assert found["agrees"]
    assert found["recomputed"]["judged"] == found["verdict"] == word
    assert found["minutes"][-1]["function"] in ("api", "worker")


def test_synthetic_requests_are_shown_by_check_and_judged_again() -> None:
    checks = tuple(
        CheckStrata(check, "api", (Stratum(0, 60, 0, 60, 0), Stratum(60, 60, 1, 60, 0)))
        for check in ("up", "list")
    )
    evidence = Evidence(strata={"api": []}, synthetic=checks)
    facts = {"syntheticGreenRequests": 240, "syntheticGreenFailures": 2}

    found = explanation(RECORD, item(evidence) | facts)

    assert found["agrees"]
    assert [each["function"] for each in found["minutes"]] == [
        "api (synthetic: up)", "api (synthetic: up)",
        "api (synthetic: list)", "api (synthetic: list)",
    ]  # fmt: skip
    assert any("of 240 synthetic requests alone" in line for line in lines(found))


def test_a_veto_is_recomputed_from_the_newest_poll() -> None:
    evidence = Evidence(strata={"api": []}, newest={"api": Stratum(0, 9, 8, 90, 0)})

    found = explanation(RECORD, item(evidence))

    assert (found["agrees"], found["by"]) == (True, "veto")


@pytest.mark.parametrize("most_rows", [1, 2, 3])
def test_of_a_long_bake_the_older_minutes_are_kept_as_their_sum(most_rows: int) -> None:
    evidence = Evidence(strata={"api": MINUTES})
    stored = item(evidence, most_rows=most_rows)

    assert len(stored["evidence"]["api"]) == most_rows
    assert explanation(RECORD, stored)["agrees"]
    assert judge(evidence_of(stored), SETTINGS).log_e_fail == pytest.approx(
        judge(evidence, SETTINGS).log_e_fail
    )


@pytest.mark.parametrize(
    "change",
    [
        {"logEFail": 1.0},
        {"greenFailures": 11},
        {"judged": "pass"},
        {"evidence": {"api": [[0, 60, 0, 540, 3]]}},
    ],
)
def test_a_verdict_that_its_counts_do_not_give_is_told(change: Mapping[str, Any]) -> None:
    found = explanation(RECORD, {**item(Evidence(strata=CASES["fail"])), **change})

    assert not found["agrees"]


def baked(service: Service, evidence: Evidence) -> Claim:
    claim = service.running()
    service.journal.add(claim.deployment, {"bake": encode(SETTINGS)})
    facts = item(evidence)
    service.journal.verdict(claim.deployment, facts.pop("step"), facts)
    return claim


def test_it_tells_counts_thresholds_and_the_sentence(account: Account, greenshift: Command) -> None:
    service = account.service()
    claim = baked(service, Evidence(strata=CASES["fail"]))

    result = greenshift("explain", claim.deployment)

    assert result.exit_code == 0, result.stderr
    told = result.stdout
    assert f"{claim.deployment} step 1 at 10 %, 2026-11-23T10:20:02.000Z: fail, then" in told
    assert "green failed 12 of 240 requests, blue 12 of 2,160: odds 9.4, fail (e = 57,430" in told
    assert "needs 4.6052 (alpha 0.01)" in told
    assert told.count("\n  2026-09-21T") == 4
    assert "\n  from                  function  " in told
    assert "judged again from these counts: the same" in told


@pytest.mark.parametrize(
    ("word", "following", "says"),
    [
        ("wait", "finalize", "wait, and it went on without a verdict, then finalize"),
        ("inconclusive", "shift", "inconclusive, and it went on without a verdict, then shift"),
        ("pass", "finalize", "pass, then finalize"),
        ("wait", "observe", "wait, then observe"),
    ],
)
def test_a_step_that_went_on_without_a_verdict_says_so(
    word: str, following: str, says: str
) -> None:
    facts = item(Evidence(strata=CASES["wait"])) | {"verdict": word, "next": following}
    assert next(lines(explanation(RECORD, facts))).endswith(says)


@pytest.mark.parametrize("by", ["deployment", "service"])
def test_scripts_get_one_document_a_step(account: Account, greenshift: Command, by: str) -> None:
    service = account.service()
    claim = baked(service, Evidence(strata=CASES["pass"]))
    named = claim.deployment if by == "deployment" else service.name

    (found,) = greenshift.documents(greenshift("explain", named, "--json"))

    assert (found["deployment"], found["step"], found["agrees"]) == (claim.deployment, 1, True)
    assert found["thresholds"]["logEPass"] == pytest.approx(3.6889, abs=1e-4)
    assert len(found["minutes"]) == 8


def test_a_hotfix_and_the_services_own_metrics_are_explained(
    account: Account, greenshift: Command
) -> None:
    service = account.service()
    hotfix = Hotfix(reason="the till is down", red=("payments",), alarms=("till",))
    evidence = Evidence(
        strata={"api": [Stratum(60, 50, 0, 50, 0)]},
        metrics={"payments": [Stratum(60, 50, 0, 50, 20)]},
    )
    claim = service.running()
    record = {"bake": encode(SETTINGS), "hotfix": encode(hotfix)}
    service.journal.add(claim.deployment, record)
    facts = item(evidence, hotfix=hotfix)
    service.journal.verdict(claim.deployment, facts.pop("step"), facts)

    told = greenshift("explain", claim.deployment).stdout
    (found,) = greenshift.documents(greenshift("explain", claim.deployment, "--json"))

    assert "hotfix: the till is down (red before: payments, alarm till)" in told
    assert "green is better than blue: payments: green failed 0 of 50 requests, blue 20" in told
    assert "ln e better " in told
    assert "needs 3.6889 (beta 0.05)" in told
    assert "judged again from these counts: the same" in told
    assert [each["function"] for each in found["minutes"]] == ["api", "payments"]
    assert (found["agrees"], found["by"]) == (True, "better")


def words(result: Any) -> Sequence[str]:
    return result.stderr.splitlines()  # type: ignore[no-any-return]


def test_what_cannot_be_explained_is_one_sentence(account: Account, greenshift: Command) -> None:
    service = account.service()
    claim = service.running()

    unknown, unbaked = greenshift("explain", "orders-9"), greenshift("explain", claim.deployment)

    assert (unknown.exit_code, unbaked.exit_code) == (1, 1)
    assert words(unknown)[0].startswith("greenshift: there is no deployment orders-9: give its")
    known = f"greenshift: {claim.deployment} has no verdict, as nothing of it was baked; it "
    watch = f"watch it with `greenshift watch {claim.deployment}`"
    assert words(unbaked)[0] == f"{known}has not ended: {watch}"

    service.close(claim, "Rejected", reason="release.toml:7: it is unknown\nregister it")
    ended = greenshift("explain", claim.deployment)
    why = "Rejected: release.toml:7: it is unknown register it"
    assert words(ended)[0] == f"{known}ended as {why}"


def test_every_check_that_failed_is_told_of_a_deployment_that_was_not_baked(
    account: Account, greenshift: Command
) -> None:
    service = account.service()
    claim = service.running()
    well = Result("up", "api", "2", 3.0, None, ())
    failed = [
        Result(f"check {n}", "api", "2", 3.0, None, ("status 500\nnot 200",)) for n in range(7)
    ]
    of_blue = Result("orders", "api", "1", 3.0, None, ("no body",), via="preview")
    facts = {
        "results": [well, *failed],
        "blue": [of_blue],
        "exchanged": {"onBlue": [of_blue], "onGreen": []},
    }
    service.journal.ended(
        claim.deployment, "VerifyGreen", "2026-11-23T10:15:03.000Z", encode(facts)
    )
    service.close(claim, "RolledBack", reason="ChecksFailed: 7 of 8 checks failed")

    told = greenshift("explain", claim.deployment)
    *checks, ended = greenshift.documents(greenshift("explain", claim.deployment, "--json"))

    assert told.exit_code == 1
    lines = [f"failed: 'check {n}' on api:2: status 500 not 200" for n in range(7)]
    blue = "failed: 'orders' on api:1 over the preview: no body"
    assert told.stdout.splitlines() == [*lines, blue, blue]
    assert "it ended as Rolled back: ChecksFailed: 7 of 8" in told.stderr
    assert [each["name"] for each in checks] == [
        *(f"check {n}" for n in range(7)),
        "orders",
        "orders",
    ]
    assert ended["exitCode"] == 1


def test_a_service_is_explained_by_its_newest_deployment_that_has_a_verdict(
    account: Account, greenshift: Command
) -> None:
    service = account.service()
    older = baked(service, Evidence(strata=CASES["fail"]))
    service.close(older, "RolledBack")
    newer = baked(service, Evidence(strata=CASES["pass"]))
    service.close(newer, "Released")
    back = service.running(action="rollback")
    service.close(back, "RolledBack")
    account.deployments().start(service.name, {"release": "1.2.0", "dryRun": True})

    told = greenshift("explain", service.name)
    (found,) = greenshift.documents(greenshift("explain", service.name, "--json"))

    assert told.exit_code == 0, told.stderr
    said = f"{newer.deployment} is the newest of {service.name} that has a verdict"
    assert told.stdout.splitlines()[0] == said
    assert found["deployment"] == newer.deployment
    assert "has no verdict" in words(greenshift("explain", back.deployment))[0]
