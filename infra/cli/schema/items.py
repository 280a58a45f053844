"""The items' gate on a folder: shapes and changes of DynamoDB's items, as a bundle has them."""

from dataclasses import dataclass
from pathlib import Path

from handlers.domain.bundle.migration_files import judge_migration_paths, parse_migration_path
from handlers.domain.findings import Finding
from handlers.domain.items.changes import ItemsMigration
from handlers.domain.items.gate.contracts import judge_contracts
from handlers.domain.items.gate.gate import judge_items
from handlers.domain.items.migrations import read_items_migration
from handlers.domain.items.shapes import Shape, read_shape
from handlers.domain.schema.gate.report import GateReport
from infra.cli.schema.folder import read_texts

OWN_SHAPES = (
    "blue's item shapes are the folder's own: name the live release's folder with --live to hold "
    "green's against them"
)


@dataclass(frozen=True, slots=True)
class ItemsFolder:
    """The shapes of a folder's `statements/*.json`, and its `migrations/*.json` that are pending.
    `findings` say what cannot be read.
    """

    shapes: tuple[Shape, ...] = ()
    migrations: tuple[ItemsMigration, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether the folder speaks of items at all."""
        return bool(self.shapes or self.migrations or self.findings)


def read_items(folder: Path, first: int | None) -> ItemsFolder:
    """Reads the folder; migrations from number `first` on are pending, by default those of the last
    number.
    """
    texts, findings = read_texts(folder, "statements", "json")
    shapes: list[Shape] = []
    for path, text in texts.items():
        shape, wrong = read_shape(text, path)
        findings += wrong
        shapes += [shape] if shape else []
    texts, about = read_texts(folder, "migrations", "json")
    findings += [*about, *judge_migration_paths(texts)]
    migrations: list[ItemsMigration] = []
    for path, text in texts.items():
        if (file := parse_migration_path(path)) is not None:
            migration, wrong = read_items_migration(text, file)
            findings += wrong
            migrations += [migration] if migration else []
    last = max((each.file.number for each in migrations), default=0)
    start = last if first is None else first
    pending = tuple(each for each in migrations if each.file.number >= start)
    return ItemsFolder(tuple(shapes), pending, tuple(findings))


def judge_items_folder(green: ItemsFolder, live: ItemsFolder | None) -> GateReport:
    """The report on green's shapes and pending changes, without the tables themselves; a contract
    is held against green's own shapes, for it runs when nothing else can be called.
    """
    blue = green.shapes if live is None else live.shapes
    before = [each for each in green.migrations if each.file.part != "contract"]
    report = judge_items(blue, green.shapes, before, {})
    contracts = [each for each in green.migrations if each.file.part == "contract"]
    return GateReport(
        statements=report.statements,
        findings=(*report.findings, *judge_contracts(green.shapes, contracts, {})),
        layers=report.layers,
        notes=(*report.notes, *(() if live else (OWN_SHAPES,))),
    )
