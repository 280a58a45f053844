"""Layer one of the gate: what a statement's syntax tree alone says about its danger.

REFUSE is said where blue breaks for certain, or where another way of writing it costs nothing;
REVIEW where it depends on what blue does, or on how large a table is.
"""
