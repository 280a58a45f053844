"""Contracts: when they are due, which releases can go past them, and what a failed one has left."""

from handlers.domain.bundle.migration_files import (
    judge_migration_paths,
    parse_migration_path,
    titles_of,
)
from handlers.domain.schema.contracts import (
    Contract,
    begun,
    due,
    finished,
    judge_past,
    made_before,
    pending,
    why_no_way_back,
    withdrawn,
)
from handlers.domain.schema.history import Entry, Migration, State, outstanding
from handlers.domain.schema.ready import left_a_trace
from handlers.domain.schema.statements import split

AT, LATER = "2026-11-24T10:00:00.000Z", "2026-11-25T10:00:00.000Z"


def contract(title: str, *, done: bool = True, deployment: str = "d1") -> Contract:
    return Contract(title=title, release="1.1.0", deployment=deployment, at=AT, done=done)


def entry(version: int, number: int, state: State, **changes: object) -> Entry:
    facts = {"name": "note", "checksum": "c", "of": 2, "at": AT, "deployment": "d2", "held_ms": 0.0}
    return Entry(version=version, number=number, state=state, **(facts | changes))  # type: ignore[arg-type]


def migration(path: str, sql: str) -> Migration:
    file = parse_migration_path(path)
    assert file is not None
    return Migration(file, split(path, sql))


def test_a_contract_is_due_at_the_end_of_the_window_until_it_is_done() -> None:
    live = {"rollbackUntil": LATER, "contracts": ["0002_a", "0003_b"]}
    assert due(live, []) == LATER
    assert due(live, [contract("0002_a")]) == LATER
    assert due(live, [contract("0002_a"), contract("0003_b", done=False)]) == LATER
    assert due(live, [contract("0002_a"), contract("0003_b")]) is None
    assert due({"rollbackUntil": LATER}, []) is None, "written before there were contracts"
    assert due(None, []) is None


def test_what_is_begun_is_known_before_it_is_done_and_forgotten_when_nothing_came_of_it() -> None:
    known = begun([contract("0001_x")], ["0001_x", "0002_a"], release="1.2.0", deployment="d2", at=LATER)  # fmt: skip
    assert [(each.title, each.done, each.deployment) for each in known] == [
        ("0001_x", True, "d1"),
        ("0002_a", False, "d2"),
    ]
    assert withdrawn(known, "d2") == (contract("0001_x"),)
    assert withdrawn(known, "d3") == known, "another deployment's beginning is not ours to forget"
    done = finished(known, ["0001_x", "0002_a"], release="1.2.0", deployment="d3", at=LATER)
    assert [(each.title, each.done, each.at) for each in done] == [
        ("0001_x", True, AT),
        ("0002_a", True, LATER),
    ]
    assert pending(["0001_x", "0002_a"], done) == ()


def test_what_an_earlier_deployment_has_begun_stays_its_own() -> None:
    first = contract("0002_a", done=False)
    again = begun([first], ["0002_a"], release="1.2.0", deployment="d2", at=LATER)
    assert again == (first,)
    assert withdrawn(again, "d2") == (first,)


def test_a_release_knows_a_contract_by_its_file() -> None:
    known = [contract("0002_a"), contract("0003_b", done=False)]
    assert made_before(known, ["0002_a", "0003_b"]) == ()
    assert judge_past(known, "1.2.0", ["0002_a", "0003_b"]) == []
    ran, started = judge_past(known, "1.0.0", [])
    assert ran.code == started.code == "ContractedPast"
    assert ran.what.startswith(f"a contract of 1.1.0 (0002_a) ran on {AT}, and this bundle")
    assert f"was begun on {AT} and may have been applied in part" in started.what
    assert "has the contract file of 0003_b" in started.do


def test_going_back_past_a_contract_says_what_to_do_instead() -> None:
    known = [contract("0002_a")]
    assert why_no_way_back(known, "1.0.1", ["0002_a"]) is None
    assert why_no_way_back([], "1.0.0", []) is None
    assert why_no_way_back(known, "", []) == (
        f"a contract of 1.1.0 (0002_a) ran on {AT}: the seed can no longer read the schema; deploy "
        "a new release that does what the seed did on the schema as it is now"
    )


def test_a_contract_without_its_expand_is_refused_with_the_bundle() -> None:
    paths = [
        "migrations/0001_orders.expand.sql",
        "migrations/0002_channel.expand.sql",
        "migrations/0002_channel.contract.sql",
        "migrations/0003_paid.contract.sql",
    ]
    (finding,) = judge_migration_paths(paths)
    assert finding.code == "ContractWithoutExpand"
    assert finding.where == "migrations/0003_paid.contract.sql"
    assert finding.what.startswith("there is no migrations/0003_paid.expand.sql")
    items = ["migrations/0004_note.contract.json"]
    assert judge_migration_paths(items) == [], "items need no expand file for an attribute"
    assert titles_of(items, "contract") == ("0004_note",)
    assert titles_of(paths, "contract") == ("0002_channel", "0003_paid")
    assert judge_migration_paths(paths[:3]) == []


def test_a_contract_may_be_written_long_after_its_expand() -> None:
    first = migration("migrations/0001_note.contract.sql", "DROP TABLE old;")
    second = migration("migrations/0002_note.contract.sql", "DROP TABLE older;")
    (statement,) = second.statements
    applied = entry(2, 1, "done", checksum=statement.checksum, of=1)
    tasks = outstanding([first, second], [applied], "contract")
    assert [task.migration.title for task in tasks] == ["0001_note"]


def test_a_trace_is_what_this_deployment_or_a_half_applied_contract_has_left() -> None:
    assert not left_a_trace([], [], "d2")
    assert not left_a_trace([entry(2, 1, "failed")], [], "d2")
    assert left_a_trace([entry(2, 1, "started", deployment="d1")], [], "d2")
    assert left_a_trace([entry(2, 1, "done", deployment="d1")], [], "d2"), "one of two"
    whole = [entry(2, number, "done", deployment="d1") for number in (1, 2)]
    assert not left_a_trace(whole, [], "d2"), "an earlier contract that came to its end"
    assert left_a_trace(whole, [], "d1")
    setting = migration("migrations/0003_x.contract.sql", "SET work_mem = '8MB'; DROP TABLE x;")
    assert not left_a_trace([entry(3, 1, "done")], [setting], "d2")
    assert left_a_trace([entry(3, 1, "done"), entry(3, 2, "started")], [setting], "d2")
