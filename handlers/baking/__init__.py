"""The parts of Bake."""
