"""The names that a waiver may have: the syntax tree's rules, and what is seen on scratch."""

from handlers.domain.schema.gate.rules.registry import RULES

SEEN_ON_SCRATCH = frozenset(
    ["add-check", "add-enum-value", "add-exclude", "add-foreign-key", "add-not-null-column", "add-policy", "add-primary-key", "add-rule", "add-trigger", "add-unique", "attach-partition", "blue-fails", "blue-sees-other-rows", "blue-sees-other-types", "change-collation", "change-default", "change-domain", "change-function", "change-generated", "change-owner", "change-policy", "change-rule", "change-sequence", "change-setting", "change-trigger", "change-type", "change-view", "detach-partition", "disable-row-security", "drop-check", "drop-column", "drop-default", "drop-extension", "drop-foreign-key", "drop-function", "drop-identity", "drop-index", "drop-not-null", "drop-policy", "drop-primary-key", "drop-rule", "drop-schema", "drop-trigger", "drop-type", "drop-unique", "enable-row-security", "force-row-security", "identity-always", "narrow-type", "rename-column", "rename-constraint", "rename-enum-value", "rename-schema", "rename-table", "rename-type", "revoke", "set-not-null", "set-schema", "table-rewrite", "table-scan", "truncate", "update-extension", "warm-connections", "widen-type"]
)
"""Names of the catalog's comparison, of what is measured, and of blue's statements."""
KNOWN = frozenset(RULES) | SEEN_ON_SCRATCH
