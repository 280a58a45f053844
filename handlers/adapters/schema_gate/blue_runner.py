"""Blue's statements on a scratch database, as blue's role; whatever they do is rolled back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.postgres import Session, beside
from handlers.adapters.database.session import Refused
from handlers.adapters.schema_gate.scratch import Scratch, listed, quoted
from handlers.domain.schema.gate.blue_outcomes import Answered, Key, Outcome
from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.statement_files import parameters_of
from handlers.errors import MigrationFailed

_LIMITS = "SET statement_timeout = '10s'; SET lock_timeout = '5s'"
_SETTINGS = """
SELECT split_part(said, '=', 1), substr(said, strpos(said, '=') + 1)
FROM pg_db_role_setting AS held CROSS JOIN unnest(held.setconfig) AS said
LEFT JOIN pg_database AS base ON base.oid = held.setdatabase
WHERE held.setrole = (SELECT oid FROM pg_roles WHERE rolname = :role)
  AND (held.setdatabase = 0 OR base.datname IN (:home, :scratch))
ORDER BY held.setdatabase <> 0
"""
_MAY = """
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role),
  EXISTS (SELECT FROM pg_roles AS role WHERE role.rolname = :role
    AND pg_has_role(current_user, role.oid, {right}))
"""
_SAVED = "greenshift_blue"


@dataclass(slots=True)
class BlueRunner:
    """Runs the statements, each as its own role or else as `role`; as the gate's own login where
    neither is known.
    """

    scratch: Scratch
    statements: Sequence[BlueStatement]
    role: str | None
    deadline: Deadline
    _types: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that statements run as, where they are known."""
        return tuple(sorted(role for role in self._by_role() if role is not None))

    def admit(self) -> None:
        """Sees that the gate may act as each of the roles; on a throw-away server they are made.

        Raises MigrationFailed with the GRANT that is missing.
        """
        home = self.scratch.home
        version = int(home.value("SELECT current_setting('server_version_num')"))
        right = "'SET'" if version >= 160000 else "'MEMBER'"
        for role in self.roles:
            known, may = home.run(_MAY.format(right=right), role=role)[0]
            if not known and self.scratch.mode == "own":
                home.run(f"CREATE ROLE {quoted(role)} NOLOGIN")
            elif not known:
                raise MigrationFailed(
                    f"{home.login.place} has no role {role}, as which blue's statements run; "
                    "correct the registration's database role or the statement's file"
                )
            elif not may:
                raise MigrationFailed(
                    f"{home.login.place}: {home.login.user} may not act as blue's role {role}; "
                    f"run: GRANT {quoted(role)} TO {quoted(home.login.user)}"
                )

    def run(self) -> dict[Key, Outcome]:
        """What each statement does with each sample, in sessions made for it."""
        found: dict[Key, Outcome] = {}
        for role, statements in self._by_role().items():
            with self._acting_as(role) as session:
                for statement in statements:
                    for outcome in self._fresh(session, statement):
                        found[outcome.name, outcome.sample] = outcome
        return found

    @contextmanager
    def warm(self) -> Iterator["WarmSessions"]:
        """Sessions that have every statement prepared and executed once, and stay open."""
        with ExitStack() as opened:
            prepared: list[tuple[Session, str, BlueStatement]] = []
            for role, statements in self._by_role().items():
                session = opened.enter_context(self._acting_as(role))
                for at, statement in enumerate(statements):
                    with suppress(Refused):
                        session.run(f"PREPARE {_SAVED}_{at} AS {statement.sql}")
                        prepared.append((session, f"{_SAVED}_{at}", statement))
            yield WarmSessions(prepared)

    def _by_role(self) -> Mapping[str | None, Sequence[BlueStatement]]:
        found: dict[str | None, list[BlueStatement]] = {}
        for statement in self.statements:
            found.setdefault(statement.role or self.role, []).append(statement)
        return found

    @contextmanager
    def _acting_as(self, role: str | None) -> Iterator[Session]:
        """A session as the role's own would be: with what is set for it, which SET ROLE leaves
        out.
        """
        with beside(self.scratch.home, self.deadline, self.scratch.name) as session:
            if role is not None:
                self._settle(session, role)
                session.run(f"SET ROLE {quoted(role)}")
            session.run(_LIMITS)
            session.as_text()
            yield session

    def _settle(self, session: Session, role: str) -> None:
        home = self.scratch.home.login.name
        for name, value in session.run(_SETTINGS, role=role, home=home, scratch=self.scratch.name):
            with suppress(Refused):  # some are a superuser's to set
                session.run(f"SET {quoted(name)} TO {listed(name, value)}")

    def _fresh(self, session: Session, statement: BlueStatement) -> Iterator[Outcome]:
        try:
            session.run(f"PREPARE {_SAVED} AS {statement.sql}")
        except Refused as refused:
            for sample in range(1, len(statement.samples) + 1) or (0,):
                yield _refused(statement, sample, refused, prepared=False)
            return
        if not statement.samples:
            yield Outcome(name=statement.name, sample=0)
        for sample, literals in enumerate(statement.samples, 1):
            yield self._execute(session, statement, sample, literals)
        session.run(f"DEALLOCATE {_SAVED}")

    def _execute(
        self, session: Session, statement: BlueStatement, sample: int, literals: str
    ) -> Outcome:
        try:
            session.run("BEGIN")
            rows = session.run(_call(_SAVED, literals))
            columns, count = session.columns, session.rows
            # What is deferred to the commit is asked for now: there will be none.
            session.run("SET CONSTRAINTS ALL IMMEDIATE")
        except Refused as refused:
            return _refused(statement, sample, refused)
        finally:
            session.run("ROLLBACK")
        return Outcome(
            name=statement.name,
            sample=sample,
            columns=self._answered(session, columns),
            rows=tuple(tuple(row) for row in rows),
            count=count,
        )

    def _answered(
        self, session: Session, columns: Sequence[tuple[str, int]]
    ) -> tuple[Answered, ...]:
        if unknown := {oid for _, oid in columns} - self._types.keys():
            listed_oids = ", ".join(map(str, sorted(unknown)))
            for oid, name, category in session.run(
                "SELECT oid, format_type(oid, NULL), typcategory FROM pg_catalog.pg_type "  # noqa: S608 - numbers
                f"WHERE oid IN ({listed_oids})"
            ):
                self._types[int(oid)] = (name, category)
        return tuple(Answered(name, *self._types.get(oid, ("?", "X"))) for name, oid in columns)


@dataclass(frozen=True, slots=True)
class WarmSessions:
    """Blue's connections that were open before the change, with what they have prepared."""

    prepared: Sequence[tuple[Session, str, BlueStatement]]

    def run(self) -> dict[Key, Outcome]:
        """What each prepared statement does now; without samples it is planned, not executed."""
        found: dict[Key, Outcome] = {}
        for session, name, statement in self.prepared:
            calls = {at: _call(name, each) for at, each in enumerate(statement.samples, 1)}
            nothing = ", ".join(["NULL"] * parameters_of(statement.sql))
            for sample, call in (calls or {0: f"EXPLAIN {_call(name, nothing)}"}).items():
                outcome = Outcome(name=statement.name, sample=sample)
                try:
                    session.run("BEGIN")
                    session.run(call)
                except Refused as refused:
                    outcome = _refused(statement, sample, refused)
                finally:
                    session.run("ROLLBACK")
                found[statement.name, sample] = outcome
        return found


def _call(name: str, literals: str) -> str:
    return f"EXECUTE {name}({literals})" if literals.strip() else f"EXECUTE {name}"


def _refused(
    statement: BlueStatement, sample: int, refused: Refused, *, prepared: bool = True
) -> Outcome:
    return Outcome(
        name=statement.name,
        sample=sample,
        prepared=prepared,
        code=refused.code,
        message=refused.message,
    )
