"""Who may do what on the live database, granted on scratch too: blue's statements run there as
blue's role, and its rights are often given outside of migrations.
"""

from collections.abc import Sequence

from handlers.adapters.database.postgres import Session
from handlers.adapters.database.session import Refused
from handlers.adapters.schema_gate.scratch import quoted

_TO = "CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(given.grantee)) END"
_OURS = "space.nspname !~ '^pg_' AND space.nspname NOT IN ('information_schema', 'greenshift')"

_GRANTS = f"""
SELECT format('GRANT %s ON SCHEMA %I TO %s', given.privilege_type, space.nspname, {_TO})
FROM pg_namespace AS space, aclexplode(space.nspacl) AS given
WHERE {_OURS} AND given.grantee <> space.nspowner
UNION ALL
SELECT format('GRANT %s ON %s %I.%I TO %s', given.privilege_type,
    CASE class.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
    space.nspname, class.relname, {_TO})
FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace,
    aclexplode(class.relacl) AS given
WHERE {_OURS} AND given.grantee <> class.relowner
UNION ALL
SELECT format('GRANT %s (%I) ON TABLE %I.%I TO %s', given.privilege_type, field.attname,
    space.nspname, class.relname, {_TO})
FROM pg_attribute AS field JOIN pg_class AS class ON class.oid = field.attrelid
    JOIN pg_namespace AS space ON space.oid = class.relnamespace,
    aclexplode(field.attacl) AS given
WHERE {_OURS} AND NOT field.attisdropped AND given.grantee <> class.relowner
UNION ALL
SELECT format('GRANT EXECUTE ON ROUTINE %I.%I(%s) TO %s', space.nspname, proc.proname,
    pg_get_function_identity_arguments(proc.oid), {_TO})
FROM pg_proc AS proc JOIN pg_namespace AS space ON space.oid = proc.pronamespace,
    aclexplode(proc.proacl) AS given
WHERE {_OURS} AND given.grantee <> proc.proowner
UNION ALL
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s GRANT %s ON %s TO %s',
    pg_get_userbyid(held.defaclrole), CASE WHEN space.oid IS NULL THEN ''
        ELSE format(' IN SCHEMA %I', space.nspname) END, given.privilege_type,
    CASE held.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
        WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END, {_TO})
FROM pg_default_acl AS held LEFT JOIN pg_namespace AS space ON space.oid = held.defaclnamespace,
    aclexplode(held.defaclacl) AS given
WHERE given.grantee <> held.defaclrole
"""  # noqa: S608 - our own words alone


def copy_grants(live: Session, scratch: Session) -> tuple[str, ...]:
    """Grants on `scratch` what is granted on `live`; answers the grants that were refused there,
    with PostgreSQL's reason, as for a relation that no migration makes.
    """
    refused = []
    for (grant,) in live.run(_GRANTS):
        try:
            scratch.run(grant)
        except Refused as error:
            refused.append(f"{grant}: {error.message}")
    return tuple(refused)


_HAS_RIGHTS = f"""
SELECT EXISTS (
    SELECT FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace,
        aclexplode(class.relacl) AS given
    WHERE {_OURS} AND (given.grantee = 0 OR pg_has_role(:role, given.grantee, 'USAGE'))
      AND given.grantee <> class.relowner)
"""  # noqa: S608 - as above
_SCHEMAS = f"SELECT space.nspname FROM pg_namespace AS space WHERE {_OURS}"  # noqa: S608 - as above


def grant_where_nobody_does(scratch: Session, roles: Sequence[str]) -> tuple[str, ...]:
    """Lets each role that the history gives no right on any relation do everything, as the rights
    of such a role are given elsewhere; answers the roles.
    """
    without = [role for role in roles if not scratch.value(_HAS_RIGHTS, role=role)]
    for role in without:
        for (schema,) in scratch.run(_SCHEMAS):
            where, to = quoted(schema), quoted(role)
            scratch.run(f"GRANT USAGE ON SCHEMA {where} TO {to}")
            for kind in ("TABLES", "SEQUENCES", "ROUTINES"):
                scratch.run(f"GRANT ALL ON ALL {kind} IN SCHEMA {where} TO {to}")
                scratch.run(
                    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {where} GRANT ALL ON {kind} TO {to}"
                )
    return tuple(without)
