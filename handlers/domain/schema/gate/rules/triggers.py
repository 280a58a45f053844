"""Triggers, rules and policies on tables that blue writes."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import dotted, ident, strings, written
from handlers.domain.schema.gate.rules.rule import Case, Judge, Risk, Rule

CREATE_TRIGGER = Rule(
    "create-trigger", "REVIEW", "blue's writes run code that may refuse or change them"
)
DROP_TRIGGER = Rule("drop-trigger", "REVIEW", "blue's writes no longer run what blue relies on")
CREATE_RULE = Rule("create-rule", "REFUSE", "blue's statements become other statements")
DROP_RULE = Rule("drop-rule", "REFUSE", "blue's statements are no longer made others")
CHANGE_POLICY = Rule("change-policy", "REVIEW", "blue sees or writes other rows than before")
EVENT_TRIGGER = Rule("event-trigger", "REVIEW", "every later change of the schema runs its code")
RULES = (CREATE_TRIGGER, DROP_TRIGGER, CREATE_RULE, DROP_RULE, CHANGE_POLICY, EVENT_TRIGGER)


def _trigger(case: Case) -> Iterator[Risk]:
    node, relation = case.node, case.node["relation"]
    table, name = written(relation), ident(node["trigname"])
    if not case.release.new(relation):
        yield CREATE_TRIGGER.says(
            f"blue's writes to {table} run {dotted(strings(node['funcname']))}(), fail where it "
            f"does, and wait while {name} is made",
            "let it pass if the function lets every row of blue's through as blue meant it",
        )
    case.release.make("trigger", (*case.release.relation(relation), node["trigname"]))


def _rule(case: Case) -> Iterator[Risk]:
    relation = case.node["relation"]
    event = case.node["event"].removeprefix("CMD_")
    if not case.release.new(relation):
        yield CREATE_RULE.says(
            f"blue's {event} on {written(relation)} becomes another statement, and one that says "
            "RETURNING may fail with 0A000",
            f"a trigger on {written(relation)}, or a view under a new name that green uses",
        )


def _policy(case: Case) -> Iterator[Risk]:
    relation = case.node["table"]
    key = case.release.relation(relation)
    name = case.node["policy_name"]
    if not case.release.new(relation) and not case.release.made("policy", (*key, name)):
        yield CHANGE_POLICY.says(
            f"{ident(name)} decides which rows of {written(relation)} blue sees and may write, "
            "where row security is on",
            "let it pass if blue's role keeps the rows that it needs",
        )
    case.release.make("policy", (*key, name))


def _event_trigger(case: Case) -> Iterator[Risk]:
    name = ident(case.node["trigname"])
    yield EVENT_TRIGGER.says(
        f"{name} runs at every change of the schema and can make this migration or the next fail",
        "let it pass if its function only writes down what happens",
    )


def drop_on_table(case: Case, kind: str) -> Iterator[Risk]:
    """DROP TRIGGER, RULE, POLICY or EVENT TRIGGER."""
    for each in case.node["objects"]:
        if kind == "EVENT_TRIGGER":
            yield EVENT_TRIGGER.says(
                f"{dotted(strings([each]))} no longer sees changes of the schema",
                "let it pass if nobody waits for what it does",
            )
            continue
        *table, name = strings(each["List"]["items"])
        key = (*case.release.key(table), name)
        noted = kind.lower()
        if not case.release.made("relation", key[:-1]) and not case.release.made(noted, key):
            yield _dropped(kind, ident(name), dotted(table), case)
        case.release.unmake(noted, key)


def _dropped(kind: str, name: str, table: str, case: Case) -> Risk:
    if kind == "RULE":
        return DROP_RULE.says(
            f"blue's statements on {table} no longer become what {name} made of them",
            case.to_contract(),
        )
    if kind == "POLICY":
        return CHANGE_POLICY.says(
            f"blue loses the rows of {table} that {name} gave it, or sees those that it kept away",
            f"let it pass if blue keeps the rows that it needs; else {case.to_contract()}",
        )
    return DROP_TRIGGER.says(
        f"blue's writes to {table} no longer do what {name} did",
        f"let it pass if blue does not rely on it; else {case.to_contract()}",
    )


STATEMENTS: dict[str, Judge] = {
    "CreateTrigStmt": _trigger,
    "RuleStmt": _rule,
    "CreatePolicyStmt": _policy,
    "AlterPolicyStmt": _policy,
    "CreateEventTrigStmt": _event_trigger,
    "AlterEventTrigStmt": _event_trigger,
}
