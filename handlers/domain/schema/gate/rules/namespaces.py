"""Schemas, sequences, extensions, publications and foreign servers."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import ident, written
from handlers.domain.schema.gate.rules.rule import Case, Judge, Risk, Rule, nothing
from handlers.domain.schema.gate.rules.tree import nodes

ALTER_SEQUENCE = Rule("alter-sequence", "REVIEW", "blue's new rows get other, maybe taken numbers")
ALTER_EXTENSION = Rule("alter-extension", "REVIEW", "functions and types that blue uses change")
PUBLICATION = Rule(
    "publication", "REVIEW", "a published table without replica identity refuses UPDATE and DELETE"
)
FOREIGN_DATA = Rule("foreign-data", "REVIEW", "blue's foreign tables are read from elsewhere")
RULES = (ALTER_SEQUENCE, ALTER_EXTENSION, PUBLICATION, FOREIGN_DATA)


def _schema(case: Case) -> Iterator[Risk]:
    if "schemaname" in case.node and not case.node.get("if_not_exists"):
        schema = case.node["schemaname"]
        case.release.make("schema", (schema,))
        for _, table in nodes(case.node, "CreateStmt"):
            case.release.make_relation({"schemaname": schema, **table["relation"]})
    return iter(())


def _sequence(case: Case) -> Iterator[Risk]:
    unless = bool(case.node.get("if_not_exists"))
    if not unless:
        case.release.make_relation(case.node["sequence"])
    return iter(())


def _alter_sequence(case: Case) -> Iterator[Risk]:
    sequence = case.node["sequence"]
    names = [each["DefElem"]["defname"] for each in case.node.get("options", ())]
    if not case.release.new(sequence) and names != ["owned_by"]:
        yield counts_otherwise(written(sequence))


def counts_otherwise(sequence: str) -> Risk:
    """A sequence that goes on elsewhere."""
    return ALTER_SEQUENCE.says(
        f"blue's INSERTs that count by {sequence} get numbers that may be taken (23505), or none",
        "let it pass if the new numbers are free and blue can hold them",
    )


def _extension(case: Case) -> Iterator[Risk]:
    if not case.node.get("if_not_exists"):
        case.release.make("extension", (case.node["extname"],))
    return iter(())


def _alter_extension(case: Case) -> Iterator[Risk]:
    yield ALTER_EXTENSION.says(
        f"functions, types or operators of {ident(case.node['extname'])} that blue uses change or "
        "go",
        "let it pass if its notes say that nothing is taken away",
    )


def _publication(case: Case) -> Iterator[Risk]:
    yield PUBLICATION.says(
        "blue's UPDATE and DELETE on a published table fail with 55000 if it has no primary key or "
        "other replica identity",
        "let it pass if every published table has a primary key",
    )


def _subscription(case: Case) -> Iterator[Risk]:
    yield PUBLICATION.says(
        f"{ident(case.node['subname'])} writes rows of another database into tables that blue "
        "writes, or no longer does",
        "let it pass if blue does not use those tables",
    )


def _foreign(case: Case) -> Iterator[Risk]:
    yield FOREIGN_DATA.says(
        "blue's queries of foreign tables go elsewhere, by another account, or fail",
        "let it pass if blue uses none of them; else make a second server for green",
    )


STATEMENTS: dict[str, Judge] = {
    "CreateSchemaStmt": _schema,
    "CreateSeqStmt": _sequence,
    "AlterSeqStmt": _alter_sequence,
    "CreateExtensionStmt": _extension,
    "AlterExtensionStmt": _alter_extension,
    "AlterExtensionContentsStmt": _alter_extension,
    "AlterObjectDependsStmt": nothing,
    "CreatePublicationStmt": _publication,
    "AlterPublicationStmt": _publication,
    "CreateSubscriptionStmt": _subscription,
    "AlterSubscriptionStmt": _subscription,
    "DropSubscriptionStmt": _subscription,
    "CreateFdwStmt": nothing,
    "CreateForeignServerStmt": nothing,
    "CreateUserMappingStmt": nothing,
    "ImportForeignSchemaStmt": nothing,
    "AlterFdwStmt": _foreign,
    "AlterForeignServerStmt": _foreign,
    "AlterUserMappingStmt": _foreign,
    "DropUserMappingStmt": _foreign,
}
