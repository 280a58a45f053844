"""ADD, DROP and VALIDATE CONSTRAINT."""

SCENARIOS = [
    (
        "ALTER TABLE orders ADD CONSTRAINT qty_pos CHECK (qty > 0)",
        "REFUSE table-scan check-binds-blue",
        "ALTER TABLE orders ADD CONSTRAINT qty_pos CHECK (qty > 0) NOT VALID; "
        "ALTER TABLE orders VALIDATE CONSTRAINT qty_pos",
    ),
    (
        "ALTER TABLE orders ADD CHECK (qty > 0 AND f(a, b)), ADD COLUMN x int",
        "REFUSE table-scan check-binds-blue",
        "ADD CONSTRAINT orders_check CHECK (qty > 0 AND f(a, b)) NOT VALID;",
    ),
    (
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0) NOT VALID",
        "REVIEW check-binds-blue",
        "",
    ),
    ("ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0) NOT ENFORCED", "SAFE", ""),
    ("ALTER TABLE orders VALIDATE CONSTRAINT c", "SAFE", ""),
    (
        "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users(id)",
        "REFUSE table-scan foreign-key-binds-blue",
        "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users(id) NOT VALID; "
        "ALTER TABLE a VALIDATE CONSTRAINT fk",
    ),
    (
        "ALTER TABLE a ADD FOREIGN KEY (user_id) REFERENCES users",
        "REFUSE table-scan foreign-key-binds-blue",
        "ADD CONSTRAINT a_user_id_fkey FOREIGN KEY (user_id) REFERENCES users NOT VALID",
    ),
    (
        "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users NOT VALID",
        "REVIEW foreign-key-binds-blue",
        "",
    ),
    (
        "ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE (name)",
        "REFUSE table-scan unique-binds-blue",
        "CREATE UNIQUE INDEX CONCURRENTLY users_name_key ON users (name); "
        "ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE USING INDEX users_name_key",
    ),
    (
        "ALTER TABLE users ADD UNIQUE (a, b) DEFERRABLE",
        "REFUSE table-scan unique-binds-blue",
        "INDEX users_a_b_key DEFERRABLE",
    ),
    ("ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX u", "SAFE", ""),
    (
        "ALTER TABLE a ADD PRIMARY KEY (id)",
        "REFUSE table-scan add-primary-key",
        "ADD CONSTRAINT a_pkey PRIMARY KEY USING INDEX a_pkey",
    ),
    ("ALTER TABLE a ADD CONSTRAINT p PRIMARY KEY USING INDEX i", "REVIEW add-primary-key", ""),
    ("ALTER TABLE o ADD CONSTRAINT ex EXCLUDE USING btree (id WITH =)", "REVIEW add-exclusion", ""),
    ("ALTER TABLE users DROP CONSTRAINT users_email_key", "REVIEW drop-constraint", "contract.sql"),
    (
        "ALTER TABLE o DROP CONSTRAINT o_pkey; ALTER TABLE o ADD PRIMARY KEY (a, b)",
        "REFUSE drop-constraint table-scan add-primary-key",
        "",
    ),
    (
        "ALTER TABLE a ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED",
        "REVIEW change-constraint",
        "",
    ),
    ("ALTER TABLE users RENAME CONSTRAINT a TO b", "REVIEW rename-constraint", ""),
]
