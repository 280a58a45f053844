"""What a database's catalog holds, what differs between two of them, and what old code notices."""
