"""The history on a scratch database: quick where it goes, and as the runner applied it everywhere."""

import pytest

from handlers.adapters.schema_gate.catalog_reader import read_catalog
from handlers.adapters.schema_gate.replay import Replay
from handlers.adapters.schema_gate.scratch import scratch_database
from handlers.errors import MigrationFailed


@pytest.fixture
def replayed(gate):
    """The catalog after these files."""

    def run(*files):
        with scratch_database(gate.home, "own", gate.deadline) as scratch:
            Replay(scratch).run(gate.migration(sql, at) for at, sql in enumerate(files, 1))
            return read_catalog(scratch.session)

    return run


def test_a_new_label_may_be_used_in_the_same_file(replayed):
    catalog = replayed(
        "CREATE TYPE mood AS ENUM ('sad')",
        "ALTER TYPE mood ADD VALUE 'glad'; CREATE TABLE t (m mood DEFAULT 'glad')",
    )

    assert catalog.enums[0].labels == ("sad", "glad")
    assert catalog.by_title["public.t"].columns[0].default == "'glad'::public.mood"


def test_what_runs_outside_of_transactions_runs(replayed):
    catalog = replayed("CREATE TABLE t (id int); CREATE INDEX CONCURRENTLY i ON t (id); VACUUM t")

    assert catalog.by_title["public.t"].indexes[0].valid


def test_a_setting_lasts_for_its_file_only(replayed):
    catalog = replayed(
        "CREATE SCHEMA other; SET search_path = other; CREATE TABLE a (id int)",
        "CREATE TABLE b (id int)",
    )

    assert [each.title for each in catalog.relations] == ["other.a", "public.b"]


def test_what_an_empty_database_refuses_is_told_with_file_and_line(replayed):
    with pytest.raises(MigrationFailed) as raised:
        replayed("SELECT 1", "SELECT 2;\nALTER TABLE made_by_hand\n  ADD c int;")

    said = str(raised.value)
    assert said.startswith("migrations/0002_change.expand.sql:2: it is applied, but")
    assert 'relation "made_by_hand" does not exist' in said


def test_roles_and_databases_that_are_there_already_do_no_harm(replayed):
    for _ in range(2):
        replayed("CREATE ROLE gate_twice; CREATE DATABASE gate_twice; CREATE TABLE t (id int)")


def test_an_extension_that_the_server_does_not_have_is_left_out(replayed):
    catalog = replayed("CREATE EXTENSION nobody_has_this", "CREATE TABLE t (id int)")

    assert [each.title for each in catalog.relations] == ["public.t"]
