"""The gate's layers, each alone and all together, on the labelled migrations of tests/corpus.

A migration counts as caught by a layer that finds anything in it, for its file stops there until it
is mended or the finding is waived with a reason. What is harmless to blue and stopped all the same
is listed with the risk that is named.
"""

from dataclasses import replace

from bench_gate import CORPUS, FILES, TRUTH
from bench_scratch import DEADLINE, migration, server

from handlers.domain.schema.gate.blue_statement import BlueStatement
from handlers.domain.schema.gate.report import GateReport
from handlers.domain.schema.gate.statement_files import read_statements
from handlers.gating.gate import judge_migrations

LAYERS = ("syntax", "catalog", "statements")


def blue() -> tuple[BlueStatement, ...]:
    texts = {f"statements/{x.name}": x.read_text() for x in (CORPUS / "statements").iterdir()}
    return read_statements(texts)[0]


def reports() -> dict[str, GateReport]:
    """The whole gate's report on every migration."""
    base = migration((CORPUS / "base.sql").read_text(), 1, "base")
    found = {}
    with server() as home:
        for path in FILES:
            sql = path.read_text()
            found[path.stem] = judge_migrations(
                home,
                history=[base],
                pending=[replace(migration(sql, 2, path.stem), text=sql)],
                statements=blue(),
                role="blue_app",
                mode="own",
                deadline=DEADLINE,
            )
    return found


def row(name: str, stopped: set[str]) -> str:
    breaking = {each for each, truth in TRUTH.items() if truth["breaks_blue"]}
    harmless = TRUTH.keys() - breaking
    return (
        f"{name:14}{len(stopped & breaking):>12} of {len(breaking)}"
        f"{len(stopped & harmless):>12} of {len(harmless)}"
    )


def main() -> None:
    found = reports()
    print(f"{'layer':14}{'breaking':>18}{'harmless':>18}")
    for layer in LAYERS:
        seen = {
            name
            for name, report in found.items()
            if any(layer in each.layers for each in report.findings)
        }
        print(row(layer, seen))
    print(row("all together", {name for name, report in found.items() if report.findings}))
    print("\nHarmless to blue's statements, and stopped for:")
    for name, report in found.items():
        if not TRUTH[name]["breaks_blue"] and report.findings:
            rules = dict.fromkeys(f"{each.verdict} {each.rule}" for each in report.findings)
            print(f"  {name:28}{', '.join(rules)}")


if __name__ == "__main__":
    main()
