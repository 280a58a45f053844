"""What a person is asked of a deployment that runs, and what they tell it."""
