"""The verdict: is green worse than blue?"""
