"""What takes Plan the longest: which bundle is meant, what speaks against it, and what a
deployment of it is made of.
"""
