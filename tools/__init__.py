"""Instruments that need no model: answers, equivalence, votes, confidence, stop rules."""
