"""The questions that the catalog's reader asks; they hold for PostgreSQL 13 to 18.

Objects that belong to an extension are left to the extension's version.
"""

# ruff: noqa: S608 - constants alone go into these texts

_OURS = "space.nspname !~ '^pg_' AND space.nspname NOT IN ('information_schema', 'greenshift')"


def _no_extension(catalog: str, oid: str) -> str:
    return (
        f"NOT EXISTS (SELECT FROM pg_depend WHERE classid = '{catalog}'::regclass "
        f"AND objid = {oid} AND deptype = 'e')"
    )


_TABLES = f"""
WITH space AS (SELECT * FROM pg_namespace AS space WHERE {_OURS}),
     class AS (
        SELECT class.*, space.nspname FROM pg_class AS class
        JOIN space ON space.oid = class.relnamespace
        WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
          AND {_no_extension("pg_class", "class.oid")})
"""

RELATIONS = f"""{_TABLES}
SELECT class.oid::bigint, class.nspname, class.relname, class.relkind::text,
       class.relpersistence::text, class.relrowsecurity, class.relforcerowsecurity,
       coalesce(CASE
          WHEN class.relkind IN ('v', 'm') THEN pg_get_viewdef(class.oid)
          WHEN class.relkind = 'p' THEN pg_get_partkeydef(class.oid)
          WHEN class.relkind = 'S' THEN (
             SELECT concat_ws(' ', format_type(seqtypid, NULL), 'from', seqstart, 'by',
                seqincrement, 'between', seqmin, 'and', seqmax, 'cache', seqcache,
                CASE WHEN seqcycle THEN 'cycle' END)
             FROM pg_sequence WHERE seqrelid = class.oid)
       END, ''),
       coalesce((SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
          FROM pg_inherits WHERE inhrelid = class.oid), ''),
       coalesce(pg_get_expr(class.relpartbound, class.oid), ''),
       coalesce(class.reloptions, '{{}}'),
       coalesce((SELECT rule.xmin::text FROM pg_rewrite AS rule
          WHERE rule.ev_class = class.oid AND rule.rulename = '_RETURN'), ''),
       pg_get_userbyid(class.relowner)::text
FROM class ORDER BY 2, 3
"""

COLUMNS = f"""{_TABLES}
SELECT class.oid::bigint, field.attname, format_type(field.atttypid, field.atttypmod),
       field.attnotnull, pg_get_expr(def.adbin, def.adrelid), field.attidentity::text,
       field.attgenerated::text, nullif(field.attcollation, type.typcollation)::regcollation::text,
       field.attnum
FROM class
JOIN pg_attribute AS field ON field.attrelid = class.oid
JOIN pg_type AS type ON type.oid = field.atttypid
LEFT JOIN pg_attrdef AS def ON def.adrelid = class.oid AND def.adnum = field.attnum
WHERE field.attnum > 0 AND NOT field.attisdropped AND class.relkind <> 'S'
ORDER BY class.oid, field.attnum
"""

CONSTRAINTS = f"""{_TABLES}
SELECT class.oid::bigint, held.conname, held.contype::text, pg_get_constraintdef(held.oid),
       held.convalidated, held.oid::bigint,
       ARRAY(SELECT attname::text FROM pg_attribute
          WHERE attrelid = class.oid AND attnum = ANY (held.conkey) ORDER BY attnum)
FROM class JOIN pg_constraint AS held ON held.conrelid = class.oid
WHERE held.contype IN ('c', 'u', 'p', 'f', 'x') ORDER BY class.oid, held.conname
"""

INDEXES = f"""{_TABLES}
SELECT class.oid::bigint, named.relname, pg_get_indexdef(index.indexrelid), index.indisunique,
       index.indisvalid, index.indexrelid::bigint,
       EXISTS (SELECT FROM pg_constraint
          WHERE conindid = index.indexrelid AND contype IN ('p', 'u', 'x')),
       ARRAY(SELECT attname::text FROM pg_attribute
          WHERE attrelid = class.oid AND attnum = ANY (index.indkey::int2[]) ORDER BY attnum)
FROM class
JOIN pg_index AS index ON index.indrelid = class.oid
JOIN pg_class AS named ON named.oid = index.indexrelid
ORDER BY class.oid, named.relname
"""

TRIGGERS = f"""{_TABLES}
SELECT class.oid::bigint, fired.tgname, pg_get_triggerdef(fired.oid), fired.tgenabled::text
FROM class JOIN pg_trigger AS fired ON fired.tgrelid = class.oid
WHERE NOT fired.tgisinternal ORDER BY class.oid, fired.tgname
"""

RULES = f"""{_TABLES}
SELECT class.oid::bigint, rule.rulename, pg_get_ruledef(rule.oid), rule.ev_enabled::text
FROM class JOIN pg_rewrite AS rule ON rule.ev_class = class.oid
WHERE rule.rulename <> '_RETURN' ORDER BY class.oid, rule.rulename
"""

POLICIES = f"""{_TABLES}
SELECT class.oid::bigint, policy.polname, policy.polcmd::text, policy.polpermissive,
       ARRAY(SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(role)::text END
          FROM unnest(policy.polroles) AS role ORDER BY 1),
       pg_get_expr(policy.polqual, policy.polrelid),
       pg_get_expr(policy.polwithcheck, policy.polrelid)
FROM class JOIN pg_policy AS policy ON policy.polrelid = class.oid
ORDER BY class.oid, policy.polname
"""

FUNCTIONS = f"""
SELECT proc.oid::bigint, space.nspname, proc.proname, pg_get_function_identity_arguments(proc.oid),
       proc.prokind::text, coalesce(pg_get_function_result(proc.oid), ''), proc.provolatile::text,
       proc.prosecdef,
       CASE WHEN proc.prokind = 'a' THEN '' ELSE md5(pg_get_functiondef(proc.oid)) END
FROM pg_proc AS proc JOIN pg_namespace AS space ON space.oid = proc.pronamespace
WHERE {_OURS} AND {_no_extension("pg_proc", "proc.oid")}
ORDER BY 2, 3, 4
"""

ENUMS = f"""
SELECT type.oid::bigint, space.nspname, type.typname,
       ARRAY(SELECT enumlabel::text FROM pg_enum
          WHERE enumtypid = type.oid ORDER BY enumsortorder),
       ARRAY(SELECT oid::bigint FROM pg_enum WHERE enumtypid = type.oid ORDER BY enumsortorder)
FROM pg_type AS type JOIN pg_namespace AS space ON space.oid = type.typnamespace
WHERE type.typtype = 'e' AND {_OURS} AND {_no_extension("pg_type", "type.oid")}
ORDER BY 2, 3
"""

DOMAINS = f"""
SELECT type.oid::bigint, space.nspname, type.typname,
       format_type(type.typbasetype, type.typtypmod), type.typnotnull, type.typdefault,
       ARRAY(SELECT pg_get_constraintdef(oid) FROM pg_constraint
          WHERE contypid = type.oid AND contype = 'c' ORDER BY 1)
FROM pg_type AS type JOIN pg_namespace AS space ON space.oid = type.typnamespace
WHERE type.typtype = 'd' AND {_OURS} AND {_no_extension("pg_type", "type.oid")}
ORDER BY 2, 3
"""

SCHEMAS = f"""
SELECT space.oid::bigint, space.nspname FROM pg_namespace AS space
WHERE {_OURS} AND {_no_extension("pg_namespace", "space.oid")} ORDER BY 2
"""

EXTENSIONS = "SELECT extname, extversion FROM pg_extension ORDER BY 1"

SETTINGS = """
SELECT coalesce(role.rolname::text, ''), held.setdatabase <> 0,
       split_part(said, '=', 1), substr(said, strpos(said, '=') + 1)
FROM pg_db_role_setting AS held
CROSS JOIN unnest(held.setconfig) AS said
LEFT JOIN pg_roles AS role ON role.oid = held.setrole
WHERE held.setdatabase IN
    (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
ORDER BY 1, 2, 3
"""

PRIVILEGES = (
    """
WITH held AS (
    SELECT 'relation' AS of, class.oid, NULL::name AS part, class.relowner AS owner,
           class.relacl AS acl, class.relnamespace AS space
    FROM pg_class AS class WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'relation', class.oid, field.attname, class.relowner, field.attacl, class.relnamespace
    FROM pg_attribute AS field JOIN pg_class AS class ON class.oid = field.attrelid
    WHERE field.attacl IS NOT NULL AND NOT field.attisdropped
    UNION ALL
    SELECT 'function', oid, NULL, proowner, coalesce(proacl, acldefault('f', proowner)),
           pronamespace
    FROM pg_proc
    UNION ALL
    SELECT 'schema', oid, NULL, nspowner, nspacl, oid FROM pg_namespace)
SELECT held.of, held.oid::bigint, held.part,
       CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE role.rolname::text END,
       given.privilege_type
FROM held
JOIN pg_namespace AS space ON space.oid = held.space
CROSS JOIN aclexplode(held.acl) AS given
LEFT JOIN pg_roles AS role ON role.oid = given.grantee
WHERE given.grantee <> held.owner AND NOT coalesce(role.rolsuper, false)
  AND (given.grantee = 0 OR role.oid IS NOT NULL)
  AND """
    + _OURS
    + """
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 4, 5, 3
"""
)
