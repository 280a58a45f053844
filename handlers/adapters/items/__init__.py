"""A service's DynamoDB tables: looked at, indexed, gone through."""
