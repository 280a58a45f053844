"""Requests that fill a bake which real traffic leaves too thin to tell."""
