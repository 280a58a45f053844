"""The tables that a bundle names, and its kinds of migrations, held against the registration."""

from collections.abc import Iterator

from handlers.domain.bundle.bundle import Bundle
from handlers.domain.findings import Finding
from handlers.domain.registration.database import DynamoTables
from handlers.domain.registration.registration import Registration


def judge_tables(bundle: Bundle, registration: Registration) -> Iterator[Finding]:
    """Findings for tables that are not registered, and for files that are for another database."""
    database = registration.database
    tables = database.tables if isinstance(database, DynamoTables) else {}
    for key, path in sorted(bundle.tables.items()):
        if key not in tables:
            what = f"{key} is not a table of {registration.service}"
            do = f"register it in the service's stack, or name {' or '.join(sorted(tables))}"
            if not tables:
                do = "declare the service's tables in its stack, or leave the file out"
            yield Finding("TableNotRegistered", path, what, do)
    if isinstance(database, DynamoTables):
        for path in (*bundle.migrations, *bundle.statements):
            if path.endswith(".sql"):
                what = f"it is SQL, and {registration.service} keeps its data in DynamoDB"
                do = "declare it as JSON, or leave it out"
                yield Finding("OtherKindOfDatabase", path, what, do)
