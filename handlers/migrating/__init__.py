"""What MigrateSchema does with a database: SQL, items, and what a contract removes."""
