"""A checker of histories that knows the protocol only, faults planted to prove it, and a seeded fuzz over servers."""
