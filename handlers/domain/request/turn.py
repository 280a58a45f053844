"""What a request says of the queue: whose turn it is, or that a release is to leave it."""

from handlers.domain.reading.section import Form, Section

QUEUED = Form(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z#sha256:[0-9a-f]{64}",
    "an entry of the queue, as Greenshift names it in the input of what it starts",
)
_HOW = ("dryRun", "candidate", "shiftPlan", "hotfix", "by")


def read_turn(section: Section, *, named: bool) -> tuple[str | None, bool]:
    """The entry whose turn it is, and whether the release is withdrawn; `named` says whether that
    is a version. How an entry is deployed it knows itself, and what is withdrawn is not deployed:
    with either, no other key says how.
    """
    queued, withdraw = section.text("queued", QUEUED), section.truth("withdraw")
    given = [key for key in ("queued", "withdraw") if section.has(key)]
    if not given:
        return None, False
    others = [key for key in (*given[1:], *_HOW) if section.has(key)]
    if others:
        what = f"{given[0]} goes with none of {', '.join(others)}"
        section.report("Conflict", given[0], what, f"leave out {', '.join(others)}")
    elif not named:
        what = f"{given[0]} needs the version of what waits, not latest"
        section.report("Conflict", given[0], what, 'write "release": "1.4.2", say')
    return queued, withdraw
