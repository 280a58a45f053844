"""`greenshift judge` and `greenshift explain`: the verdict on anyone's numbers, and why it fell."""
