"""The release held against the registration: a bundle can never widen what the owner declared."""

from collections.abc import Iterator, Sequence

from handlers.domain.findings import Finding
from handlers.domain.hooks.due import events_of_hooks
from handlers.domain.preview.carried import why_not
from handlers.domain.reading.places import Places, show
from handlers.domain.registration.pinnable import judge_pinnable
from handlers.domain.registration.registration import Registration
from handlers.domain.release.release import Release
from handlers.domain.request.upload import release_of_key
from handlers.domain.shift.shift_plan import HISTORY_EVENTS_LIMIT, ShiftPlan, history_events
from handlers.domain.shift.shift_steps import ALL_AT_ONCE


def cross_check(
    release: Release,
    registration: Registration,
    *,
    migrations: Sequence[str] = (),
    asked: ShiftPlan | None = None,
) -> list[Finding]:
    """Everything in which a release and its bundle's migrations go beyond the registration.

    `asked` is the plan of the request, which goes before that of the release.
    """
    findings: list[Finding] = []
    findings += _judge_service(release, registration)
    findings += _judge_functions(release, registration)
    findings += judge_pinnable(release, registration)
    findings += _judge_checks(release, registration)
    findings += _judge_plan(release, registration, asked)
    findings += _judge_stratum(release, registration)
    if migrations and registration.database is None:
        what = f"the bundle has migrations, and {registration.service} has no database"
        do = "declare the database in the service's stack, or leave the migrations out"
        findings.append(Finding("MigrationsWithoutDatabase", migrations[0], what, do))
    return findings


def choose_plan(
    release: Release, registration: Registration, *, asked: ShiftPlan | None, first: bool
) -> ShiftPlan:
    """The plan to shift by: the request's, else the release's, else the default.

    Nothing asked means all at once for a first release, whose blue is the seed, and for a
    service that moves together.
    """
    if asked is not None:
        return asked
    if release.shift_plan_given:
        return release.shift_plan
    return ALL_AT_ONCE if first or registration.together == "atomic" else release.shift_plan


def agree_with_key(release: Release, key: str) -> list[Finding]:
    """A finding if the bundle was uploaded under a key that says another service or version."""
    version, why_not = release_of_key(key, release.service)
    if version is None:
        return [Finding("KeyDisagrees", release.where("service"), why_not, _upload_to(release))]
    if version == release.release:
        return []
    what = f"it says {release.release}, but was uploaded as {version}"
    return [Finding("KeyDisagrees", release.where("release"), what, _upload_to(release))]


def _upload_to(release: Release) -> str:
    return f"upload it to releases/{release.service}/{release.release}.zip"


def _judge_service(release: Release, registration: Registration) -> Iterator[Finding]:
    if release.service != registration.service:
        what = f"it is a release of {release.service}, not of {registration.service}"
        do = f"start greenshift-{release.service} instead"
        yield Finding("ServiceDisagrees", release.where("service"), what, do)


def _judge_functions(release: Release, registration: Registration) -> Iterator[Finding]:
    for key, source in release.functions.items():
        if key not in registration.functions:
            what = f"{key} is not a function of {registration.service}"
            do = f"register it in the service's stack, or name {_choice(registration)}"
            yield Finding("FunctionNotRegistered", release.where("functions", key), what, do)
        for name in source.configuration.environment:
            if name not in registration.environment_keys:
                where = release.where("functions", key, "configuration", "environment", name)
                what = f"a bundle of {registration.service} may not set {name}"
                do = "add it to environmentKeys in the service's stack, or leave it out"
                yield Finding("EnvironmentKeyNotAllowed", where, what, do)


def _judge_checks(release: Release, registration: Registration) -> Iterator[Finding]:
    for index, check in enumerate(release.checks):
        if check.function not in registration.functions.keys() | release.functions.keys():
            what = f"the check {show(check.name)} calls {check.function}, which is no function"
            where = release.where("checks", index, "function")
            yield Finding("CheckTargetMissing", where, what, f"name {_choice(registration)}")
        elif check.http is not None and check.http.via == "preview":
            why = why_not(check, registration.preview)
            if why is not None:
                what = f"the check {show(check.name)} is to go over the preview, and {why}"
                where = release.where("checks", index, "http", "via")
                do = 'write via = "event", or leave via out'
                yield Finding("CheckCannotUsePreview", where, what, do)
    for index, each in enumerate(release.compare):
        if each.function not in registration.functions:
            what = f"the comparison {show(each.name)} asks {each.function}, which is no function"
            where = release.where("compare", index, "function")
            yield Finding("CheckTargetMissing", where, what, f"name {_choice(registration)}")


def _judge_plan(
    release: Release, registration: Registration, asked: ShiftPlan | None
) -> Iterator[Finding]:
    plan = choose_plan(release, registration, asked=asked, first=False)
    where = Places("input")("shiftPlan") if asked else release.where("shift", "plan")
    if registration.together == "atomic" and not plan.is_all_at_once:
        what = f"{registration.service} moves together, and {plan} would split it"
        yield Finding("AtomicNeedsAllAtOnce", where, what, "write all-at-once")
    has_database = registration.database is not None
    stratum = release.bake.stratum_seconds
    hooks = events_of_hooks(registration.hooks, plan, stratum)
    asks = release.bake.asked_seconds
    events = history_events(
        plan,
        stratum,
        database=has_database,
        extensions=0 if asks else 1,
        hooks=hooks,
        asked=asks,
    )
    if events > HISTORY_EVENTS_LIMIT:
        of_hooks = f" ({hooks} of them the hooks')" if hooks else ""
        default = asked is None and not release.shift_plan_given
        watched = f"the default plan {plan}" if default else str(plan)
        what = (
            f"watching {watched} takes up to {events} events of history{of_hooks}, "
            f"over {HISTORY_EVENTS_LIMIT}"
        )
        do = "shorten its steps or lengthen the strata"
        if default:
            do = 'write a shorter one into [shift], such as plan = "canary(10, 5)"'
            do += ", or lengthen the strata"
        do += ", or give the hooks shorter time-outs" if hooks else ""
        do += ", or write fewer askMinutes" if asks else ""
        yield Finding("ShiftPlanTooLong", where, what, do)


def _judge_stratum(release: Release, registration: Registration) -> Iterator[Finding]:
    least, seconds = registration.min_stratum_seconds, release.bake.stratum_seconds
    if seconds < least:
        what = f"strata of {seconds} s are finer than the {least} s that the registration allows"
        where = release.where("bake", "stratumSeconds")
        yield Finding("StratumTooFine", where, what, f"write at least {least}")


def _choice(registration: Registration) -> str:
    return " or ".join(registration.functions)
