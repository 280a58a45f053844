"""`greenshift schema`: the compatibility gate on a developer's machine and in their CI."""
