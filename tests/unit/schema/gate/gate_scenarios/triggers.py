"""Triggers, rules, row security."""

SCENARIOS = [
    (
        "CREATE TRIGGER guard BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse()",
        "REVIEW create-trigger",
        "let it pass if the function lets every row",
    ),
    (
        "CREATE OR REPLACE TRIGGER g AFTER UPDATE ON o FOR EACH ROW EXECUTE FUNCTION f()",
        "REVIEW create-trigger",
        "",
    ),
    ("DROP TRIGGER g ON shop.orders", "REVIEW drop-trigger", "0002_x.contract.sql"),
    ("ALTER TABLE orders DISABLE TRIGGER g", "REVIEW switch-trigger", ""),
    (
        "ALTER TABLE orders DISABLE TRIGGER ALL, ENABLE ALWAYS RULE r",
        "REVIEW switch-trigger switch-trigger",
        "",
    ),
    (
        "CREATE RULE r AS ON INSERT TO orders DO INSTEAD NOTHING",
        "REFUSE create-rule",
        "a trigger on orders",
    ),
    ("CREATE RULE r AS ON UPDATE TO orders DO ALSO DELETE FROM x", "REFUSE create-rule", ""),
    ("DROP RULE r ON orders", "REFUSE drop-rule", ""),
    (
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "REFUSE row-security",
        "CREATE POLICY blue ON users TO",
    ),
    ("ALTER TABLE users FORCE ROW LEVEL SECURITY", "REFUSE row-security", ""),
    (
        "CREATE POLICY p ON users USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "REVIEW change-policy row-security-policies",
        "",
    ),
    ("ALTER TABLE users DISABLE ROW LEVEL SECURITY", "REVIEW row-security-policies", ""),
    ("ALTER POLICY p ON users USING (false)", "REVIEW change-policy", ""),
    ("DROP POLICY p ON users", "REVIEW change-policy", ""),
    ("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", "REVIEW event-trigger", ""),
    (
        "ALTER EVENT TRIGGER e DISABLE; DROP EVENT TRIGGER e",
        "REVIEW event-trigger event-trigger",
        "",
    ),
]
