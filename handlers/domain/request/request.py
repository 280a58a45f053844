"""The request: what a person, an S3 event or a schedule asks of a service's state machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from handlers.domain.asking.told import DECISIONS
from handlers.domain.findings import Finding
from handlers.domain.reading.forms import DEPLOYMENT, EXECUTION, HOTFIX, SERVICE, TEXT, WHO
from handlers.domain.reading.inspection import Inspection, at_most
from handlers.domain.reading.places import Places, show
from handlers.domain.reading.section import Section
from handlers.domain.release.versions import parse_version
from handlers.domain.request.turn import read_turn
from handlers.domain.request.upload import NOT_EMPTY, Upload, read_upload
from handlers.domain.shift.shift_plan import parse_shift_plan

Action = Literal[
    "deploy", "rollback", "repair", "recover", "contract", "approve", "reject", "promote", "drill"
]
Source = Literal["console", "s3", "schedule"]
LATEST = "latest"
INPUT = "input"
ACTIONS = ("deploy", "rollback", "repair", "recover", "contract", *DECISIONS)
_DECIDING = ("action", "service", "deployment", "reason", "who")
KEYS_OF: dict[str, tuple[str, ...]] = {
    "deploy": (
        "action", "service", "release", "dryRun", "candidate", "shiftPlan", "hotfix", "by",
        "queued", "withdraw",
    ),
    "rollback": ("action", "service", "to"),
    "repair": ("action", "service"),
    "recover": ("action", "service", "execution"),
    "contract": ("action", "service", "release", "by"),
    **dict.fromkeys(DECISIONS, _DECIDING),
}  # fmt: skip
KEYS = (*KEYS_OF["deploy"], "execution", "to", "deployment", "reason", "who")
_OF_AN_UPLOAD = frozenset({"reason"})
"""S3's event has it too: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `release` is a version or `latest`, and for `contract` the one that must be
    live, None for whichever is; bucket, key and object version come from an S3 event only;
    `candidate` is the object version of a bundle that a dry run is about and that is not a release
    yet; `execution` is the ended execution that `recover` clears up after. `queued` names the entry
    of the queue whose turn it is; `withdraw` takes the release out of the queue instead. `to` is
    the earlier release that a rollback goes to, None for the one before. A decision on what runs is
    of that `deployment`, None for whichever runs, with its `reason` and, as the input says, `who`
    takes it.
    """

    action: Action = "deploy"
    source: Source = "console"
    release: str | None = None
    bucket: str | None = None
    key: str | None = None
    object_version: str | None = None
    dry_run: bool = False
    candidate: str | None = None
    shift_plan: str | None = None
    hotfix: str | None = None
    execution: str | None = None
    queued: str | None = None
    withdraw: bool = False
    to: str | None = None
    deployment: str | None = None
    reason: str | None = None
    who: str | None = None


def read_request(document: object, service: str) -> tuple[Request | None, list[Finding]]:
    """The request that an execution's input makes of `service`, or all findings at once."""
    do = (
        'start it with an input such as {"release": "1.4.2"}, or with '
        f"`greenshift deploy {service} 1.4.2`"
    )
    if not isinstance(document, Mapping):
        what = f"the input is {show(document)}"
        return None, [Finding("NotARequest", INPUT, what, do)]
    inspection = Inspection(Places(INPUT))
    uploaded = {"bucket", "object"} & document.keys()
    typed = (set(KEYS) - _OF_AN_UPLOAD) & document.keys()
    if not document:
        inspection.report("NotARequest", (), "the input is empty", do)
    elif uploaded and typed:
        both = f"{', '.join(sorted(typed))} and an S3 event's {', '.join(sorted(uploaded))}"
        inspection.report("AmbiguousRequest", (), f"the input has {both}", "send one or the other")
    request: Request | None = None
    if uploaded and not typed:
        upload = read_upload(inspection, document, service)
        request = _of_upload(upload) if upload else None
    elif document and not uploaded:
        request = _read_typed(inspection, document, service)
    return (None if inspection.findings else request), at_most(inspection.findings)


def _of_upload(upload: Upload) -> Request:
    return Request(
        source="s3",
        release=upload.release,
        bucket=upload.bucket,
        key=upload.key,
        object_version=upload.object_version,
    )


def _read_typed(
    inspection: Inspection, document: Mapping[str, object], service: str
) -> Request | None:
    section = Section(inspection, (), document, keys=KEYS, later=("approval", "approvals"))
    action = _read_action(section)
    named = section.text("service", SERVICE)
    if named is not None and named != service:
        what = f"the input names the service {named}, but this is the state machine of {service}"
        section.report("ServiceDisagrees", "service", what, f"start greenshift-{named} instead")
    if action is None:
        return None
    for key in document:
        if key in KEYS and key not in KEYS_OF[action]:
            what = f"{key} means nothing to {action}"
            do = "name it by `to`" if (action, key) == ("rollback", "release") else "leave it out"
            section.report("KeyNotForAction", key, what, do)
    if action == "recover":
        execution = section.text("execution", EXECUTION, required=True)
        return Request(action="recover", execution=execution)
    if action == "contract":
        return _read_contract(section)
    if action == "rollback":
        to = section.text("to", TEXT)
        _judge_version(section, to, "write one such as 1.4.2, or leave it out", key="to")
        return Request(action="rollback", to=to)
    if action in DECISIONS:
        return Request(
            action=action,
            deployment=section.text("deployment", DEPLOYMENT),
            reason=section.text("reason", HOTFIX),
            who=section.text("who", WHO),
        )
    return _read_deploy(section) if action == "deploy" else Request(action=action)


def _read_action(section: Section) -> Action | None:
    if section.values.get("action") == "drill":
        what = "the action drill is not supported yet"
        section.report("NotSupportedYet", "action", what, f"write one of {', '.join(ACTIONS)}")
        return None
    if not section.has("action"):
        return "deploy"
    return cast(Action | None, section.word("action", ACTIONS))


def _read_contract(section: Section) -> Request:
    release = section.text("release", TEXT)
    _judge_version(section, release, "write one such as 1.4.2, or leave it out for the live one")
    return Request(action="contract", source=_source(section), release=release)


def _judge_version(section: Section, release: str | None, do: str, key: str = "release") -> None:
    try:
        if release is not None:
            parse_version(release)
    except ValueError as error:
        section.report("BadVersion", key, str(error), do)


def _source(section: Section) -> Source:
    return cast(Source, section.word("by", ("console", "schedule")) or "console")


def _read_deploy(section: Section) -> Request:
    release = section.text("release", TEXT, required=True)
    plan = section.text("shiftPlan", TEXT)
    if release != LATEST:
        _judge_version(section, release, "write one such as 1.4.2, or latest")
    try:
        plan = plan and str(parse_shift_plan(plan))
    except ValueError as error:
        section.report("BadShiftPlan", "shiftPlan", str(error), "write one such as all-at-once")
    dry_run, candidate = section.truth("dryRun"), section.text("candidate", NOT_EMPTY)
    if candidate is not None and (not dry_run or release == LATEST):
        what = "a candidate is no release yet, so that it can only be planned, by its version"
        do = 'write "dryRun": true and its version, or upload it as a release to deploy it'
        section.report("Conflict", "candidate", what, do)
    queued, withdraw = read_turn(section, named=release != LATEST)
    return Request(
        source=_source(section),
        release=release,
        dry_run=dry_run,
        candidate=candidate,
        shift_plan=plan,
        hotfix=section.text("hotfix", HOTFIX),
        queued=queued,
        withdraw=withdraw,
    )
