"""Privileges, roles and owners: what blue's role may do, and how its sessions are set."""

from collections.abc import Iterator

from handlers.domain.schema.gate.rules.names import dotted, ident, listed, strings, written
from handlers.domain.schema.gate.rules.routines import signature
from handlers.domain.schema.gate.rules.rule import Case, Judge, Node, Risk, Rule, nothing
from handlers.domain.schema.gate.rules.table_switches import CHANGE_OWNER

REVOKE = Rule("revoke", "REFUSE", "blue loses a right that it uses")
REVOKE_DEFAULT = Rule("revoke-default", "REVIEW", "objects made later come without a right")
ROLE_SETTING = Rule("role-setting", "REVIEW", "blue's new sessions begin with another setting")
ALTER_ROLE = Rule("alter-role", "REVIEW", "blue may no longer log in, or may do more or less")
DROP_ROLE = Rule("drop-role", "REFUSE", "blue can no longer log in, or loses the role's rights")
DROP_OWNED = Rule("drop-owned", "REFUSE", "all that a role owns and may do is gone")
RULES = (REVOKE, REVOKE_DEFAULT, ROLE_SETTING, ALTER_ROLE, DROP_ROLE, DROP_OWNED)


def _role(node: Node) -> str:
    return (
        ident(node["rolename"]) if "rolename" in node else _KINDS.get(node["roletype"], "the role")
    )


_KINDS = {
    "ROLESPEC_PUBLIC": "PUBLIC",
    "ROLESPEC_CURRENT_USER": "CURRENT_USER",
    "ROLESPEC_SESSION_USER": "SESSION_USER",
    "ROLESPEC_CURRENT_ROLE": "CURRENT_ROLE",
}


def _roles(nodes: list[Node]) -> str:
    return listed([_role(each["RoleSpec"]) for each in nodes])


def _grant(case: Case) -> Iterator[Risk]:
    node = case.node
    if node.get("is_grant"):
        return
    old = [each for each in node.get("objects", ()) if not _new(case, node, each)]
    if old or node["targtype"] != "ACL_TARGET_OBJECT":
        names = [_object(each) for each in old] or ["a schema"]
        rights = [each["AccessPriv"] for each in node.get("privileges", ())]
        what = ", ".join(each.get("priv_name", "").upper() for each in rights) or "every right"
        yield REVOKE.says(
            f"blue's statements that need {what} on {listed(names)} fail with 42501, if its role "
            f"has it through {_roles(node['grantees'])}",
            case.to_contract(),
        )


def _new(case: Case, node: Node, each: Node) -> bool:
    if "RangeVar" in each:
        return case.release.new(each["RangeVar"])
    if "ObjectWithArgs" in each:
        name = case.release.key(strings(each["ObjectWithArgs"]["objname"]))
        return case.release.made("function", (*name, signature(each["ObjectWithArgs"])))
    if node["objtype"] == "OBJECT_SCHEMA":
        return case.release.made("schema", strings([each]))
    return False


def _object(each: Node) -> str:
    if "RangeVar" in each:
        return written(each["RangeVar"])
    inner = next(iter(each.values()))
    return dotted(strings(inner.get("objname") or inner.get("items") or [each]))


def _membership(case: Case) -> Iterator[Risk]:
    if not case.node.get("is_grant"):
        roles = [each["AccessPriv"].get("priv_name", "") for each in case.node["granted_roles"]]
        yield REVOKE.says(
            f"{_roles(case.node['grantee_roles'])} loses the rights of {listed(roles)}, and blue's "
            "statements that need them fail with 42501",
            case.to_contract(),
        )


def _defaults(case: Case) -> Iterator[Risk]:
    if not case.node["action"].get("is_grant"):
        yield REVOKE_DEFAULT.says(
            f"what is made later gives {_roles(case.node['action']['grantees'])} no such right",
            "let it pass if it is granted where it is needed",
        )


def _setting(case: Case) -> Iterator[Risk]:
    who = _role(case.node["role"]) if "role" in case.node else "every role"
    if "dbname" in case.node and "role" not in case.node:
        who = "every session of the database"
    name = case.node["setstmt"].get("name", "every setting")
    yield ROLE_SETTING.says(
        f"blue's new connections as {who} begin with another {name}, its warm ones with the old",
        "let it pass if blue does not log in as that role; else let green set it in its session",
    )


def _alter_role(case: Case) -> Iterator[Risk]:
    yield ALTER_ROLE.says(
        f"if blue is {_role(case.node['role'])}, its next connection is refused or may do more or "
        "less",
        "let it pass if blue does not log in as that role",
    )


def _drop_role(case: Case) -> Iterator[Risk]:
    yield DROP_ROLE.says(
        f"blue can no longer log in as {_roles(case.node['roles'])}, or loses its rights",
        case.to_contract(),
    )


def _drop_owned(case: Case) -> Iterator[Risk]:
    yield DROP_OWNED.says(
        f"every table, view and right of {_roles(case.node['roles'])} is gone",
        f"name what shall go, one by one, in {case.part('contract')}",
    )


def _owner(case: Case) -> Iterator[Risk]:
    yield CHANGE_OWNER.says(
        "rights that blue's role had as owner, or through the owner, go to another role",
        "let it pass if blue's role has its rights by GRANT",
    )


STATEMENTS: dict[str, Judge] = {
    "GrantStmt": _grant,
    "GrantRoleStmt": _membership,
    "AlterDefaultPrivilegesStmt": _defaults,
    "AlterRoleSetStmt": _setting,
    "AlterDatabaseSetStmt": _setting,
    "AlterRoleStmt": _alter_role,
    "CreateRoleStmt": nothing,
    "DropRoleStmt": _drop_role,
    "DropOwnedStmt": _drop_owned,
    "ReassignOwnedStmt": _owner,
    "AlterOwnerStmt": _owner,
}
