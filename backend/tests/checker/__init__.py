"""A checker of histories that knows only the protocol, faults planted to prove it, and a seeded fuzz over real servers."""
