"""The gate in a deployment: before anything is applied, on the same bytes and the same schema."""

import hashlib
import io
import zipfile
from typing import Any

import pytest

from handlers.errors import ClaimLost, MigrationFailed, MigrationRefused, SchemaDrifted

USERS = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);\n"
FIRST = {"0001_users.expand.sql": USERS}
READS = "-- parameters: 1\nSELECT id, name FROM users WHERE id = $1"


def bundle(gated: Any, **statements: str) -> dict[str, str]:
    """Blue's own bundle with these statements, as the document names it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in statements.items():
            archive.writestr(f"statements/{name}.sql", text)
    body = buffer.getvalue()
    key = f"releases/{gated.service}/blue.zip"
    stored = gated.environment.client("s3").put_object(Bucket="artifacts", Key=key, Body=body)
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    return {
        "bucket": "artifacts",
        "key": key,
        "version": stored["VersionId"],
        "digest": digest,
    }


def columns(gated: Any) -> list[str]:
    found = gated.ask(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 "
        "AND NOT attisdropped ORDER BY attnum"
    )
    return [name for (name,) in found]


def scratches(gated: Any) -> int:
    found: int = gated.value("SELECT count(*) FROM pg_database WHERE datname ~ '^greenshift_scr'")
    return found


def test_what_blue_does_not_mind_is_applied_and_the_gate_says_so(gated: Any) -> None:
    assert gated.migrate(FIRST)["gate"] == "gate: 1 statement accepted; static and catalog only"
    more = {**FIRST, "0002_note.expand.sql": "ALTER TABLE users ADD COLUMN note text;"}
    answer = gated.migrate(more, blueBundle=bundle(gated, read=READS))
    assert answer["gate"] == "gate: 1 statement accepted"
    assert columns(gated) == ["id", "name", "note"]
    assert scratches(gated) == 0


def test_what_would_break_blue_is_refused_with_its_line_before_anything_is_applied(
    gated: Any,
) -> None:
    gated.migrate(FIRST)
    breaking = "ALTER TABLE users ADD COLUMN note text;\nALTER TABLE users DROP COLUMN name;"
    with pytest.raises(
        MigrationRefused, match=r"0002_x\.expand\.sql:2: drop-column: .*nothing was"
    ):
        gated.migrate(
            {**FIRST, "0002_x.expand.sql": breaking}, blueBundle=bundle(gated, read=READS)
        )
    assert columns(gated) == ["id", "name"]
    assert scratches(gated) == 0


def test_what_was_refused_is_applied_by_no_other_invocation_of_its_deployment(gated: Any) -> None:
    """One that slept before the gate and wakes up: the ledger says that nothing was changed."""
    gated.migrate(FIRST)
    breaking = {**FIRST, "0002_x.expand.sql": "ALTER TABLE users DROP COLUMN name;"}
    event = gated.event(breaking, blueBundle=bundle(gated, read=READS))
    with pytest.raises(MigrationRefused):
        gated.call(event)
    harmless = gated.event({**FIRST, "0002_note.expand.sql": "ALTER TABLE users ADD note text;"})
    late = {**event["deployment"], "bundle": harmless["deployment"]["bundle"]}
    with pytest.raises(ClaimLost):
        gated.call({**event, "deployment": late})
    assert columns(gated) == ["id", "name"]
    assert gated.call(harmless)["next"] == "done", "the next deployment is not kept from it"


def test_a_refusal_after_something_was_applied_is_told_as_a_failure(gated: Any) -> None:
    event = gated.event(FIRST)
    gated.call(event)
    other = gated.event({"0001_users.expand.sql": USERS.replace("name", "called")})
    late = {**event["deployment"], "bundle": other["deployment"]["bundle"]}
    with pytest.raises(MigrationFailed, match="0001_users"):
        gated.call({**event, "deployment": late})


def test_a_database_that_was_changed_by_hand_is_refused_naming_the_difference(gated: Any) -> None:
    gated.migrate(FIRST)
    gated.ask("ALTER TABLE users ADD COLUMN by_hand int")
    more = {**FIRST, "0002_note.expand.sql": "ALTER TABLE users ADD COLUMN note text;"}
    with pytest.raises(SchemaDrifted, match="column by_hand, which no migration makes"):
        gated.migrate(more)
    assert columns(gated) == ["id", "name", "by_hand"]


def test_a_gate_that_only_reports_stops_nothing(
    gated: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gated.migrate(FIRST)
    monkeypatch.setenv("GREENSHIFT_DATABASE_GATE", "report")
    dropping = {**FIRST, "0002_x.expand.sql": "ALTER TABLE users DROP COLUMN name;"}
    answer = gated.migrate(dropping)
    assert answer["gate"].startswith("gate (reports only): 1 statement, refused: ")
    assert columns(gated) == ["id"]


def test_the_same_deployment_is_judged_once(gated: Any) -> None:
    files = {**FIRST, "0002_note.expand.sql": "ALTER TABLE users ADD COLUMN note text;"}
    event = gated.event(files)
    first = gated.call(event, seconds=60)
    assert (first["next"], first["gate"]) == (
        "again",
        "gate: 2 statements accepted; static and catalog only",
    )
    gated.ask("CREATE TABLE meanwhile ()")
    assert gated.call({**event, "schema": first})["gate"] == first["gate"]


def test_a_login_that_may_make_no_scratch_database_is_told_the_alter_role(gated: Any) -> None:
    role = f"{gated.service}_owner"
    gated.ask(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    gated.ask(f"GRANT CREATE ON DATABASE {gated.service} TO {role}")
    gated.ask(f"GRANT ALL ON SCHEMA public TO {role}")
    gated.login(username=role, password="secret")
    with pytest.raises(MigrationFailed, match=f'ALTER ROLE "{role}" CREATEDB'):
        gated.migrate(FIRST)


def test_blues_statements_run_as_its_role_with_the_rights_of_the_live_database(
    gated: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"{gated.service}_app"
    gated.ask(f"CREATE ROLE {role}")
    gated.migrate(FIRST)
    gated.ask(f"GRANT SELECT ON users TO {role}")
    monkeypatch.setenv("GREENSHIFT_DATABASE_ROLE", role)
    revoking = {**FIRST, "0002_x.expand.sql": f"REVOKE SELECT ON users FROM {role};"}
    with pytest.raises(MigrationRefused, match=r"0002_x\.expand\.sql:1: "):
        gated.migrate(revoking, blueBundle=bundle(gated, read=READS))


def test_what_blues_role_is_seen_to_run_is_asked_beside_its_bundles_statements(
    gated: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that the bundle knows nothing of makes a name ambiguous in a query of blue's."""
    role = f"{gated.service}_app"
    gated.ask("CREATE EXTENSION pg_stat_statements")
    gated.ask(f"CREATE ROLE {role}")
    monkeypatch.setenv("GREENSHIFT_DATABASE_ROLE", role)
    notes = {**FIRST, "0002_notes.expand.sql": "CREATE TABLE notes (id bigint, note text);"}
    gated.migrate(notes)
    gated.ask(f"GRANT SELECT ON users, notes TO {role}")
    with gated.connection() as connection:
        connection.run(f"SET ROLE {role}")
        connection.run("SELECT name, note FROM users JOIN notes USING (id) WHERE users.id = 7")
        connection.run("SELECT id, name FROM users WHERE id = 7")

    harmless = {**notes, "0003_x.expand.sql": "ALTER TABLE users ADD COLUMN more text;"}
    told = gated.migrate(harmless, blueBundle=bundle(gated, read=READS))["gate"]
    assert told == "gate: 1 statement accepted; also by 1 statement of pg_stat_statements"
    breaking = {**harmless, "0004_y.expand.sql": "ALTER TABLE users ADD COLUMN note text;"}
    with pytest.raises(MigrationRefused, match=r"0004_y\.expand\.sql:1: .*select_name_note_users"):
        gated.migrate(breaking, blueBundle=bundle(gated, read=READS))
    assert "note" not in columns(gated)


FILL = "-- table: users\n-- key: id\nUPDATE users SET {} WHERE id > $1 AND id <= $2"


@pytest.mark.parametrize("gated", ["wire", "data API"], indirect=True)
def test_a_backfill_of_what_blue_reads_is_refused_with_its_line_before_anything_is_applied(
    gated: Any,
) -> None:
    gated.migrate(FIRST)
    more = {
        **FIRST,
        "0002_x.expand.sql": "ALTER TABLE users ADD COLUMN note text;",
        "0002_x.backfill.sql": FILL.format("name = ''"),
    }
    with pytest.raises(MigrationRefused, match=r"0002_x\.backfill\.sql:3: backfill-in-use: "):
        gated.migrate(more, blueBundle=bundle(gated, read=READS))
    assert columns(gated) == ["id", "name"]


def test_a_backfill_without_an_expand_file_is_judged_as_well(gated: Any) -> None:
    gated.migrate(FIRST)
    alone = {**FIRST, "0002_x.backfill.sql": FILL.format("nothing = ''")}
    with pytest.raises(MigrationRefused, match=r"0002_x\.backfill\.sql:3: does-not-apply: "):
        gated.migrate(alone)


def test_a_backfill_that_blue_does_not_mind_is_counted_with_what_is_accepted(gated: Any) -> None:
    gated.migrate(FIRST)
    more = {
        **FIRST,
        "0002_x.expand.sql": "ALTER TABLE users ADD COLUMN note text;",
        "0002_x.backfill.sql": FILL.format("note = ''"),
    }
    answer = gated.migrate(more, blueBundle=bundle(gated, read=READS))
    assert (answer["gate"], answer["next"]) == ("gate: 2 statements accepted", "done")
