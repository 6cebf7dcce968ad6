"""The numbers of our advisory locks in PostgreSQL."""

LOCKS = 0x77_68_69_74
"""The first half of each; the second says what for."""
USE, MIGRATION, NUMBERS = 1, 2, 3
"""USE: shared by servers, alone by a restore. MIGRATION: one after the other. NUMBERS: see services/changes.py."""
