"""The shift: steps of weight, how often they are watched, and where each alias must point."""
