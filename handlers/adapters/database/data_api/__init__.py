"""The RDS Data API as a way to the database: its calls, its words, and a session made of them."""
