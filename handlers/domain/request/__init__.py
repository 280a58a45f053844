"""The request: what a person, an upload or a schedule asks for."""
