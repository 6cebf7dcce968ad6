"""The pure core: merging, strokes under way, presence and what each connection is still to be sent.

No I/O, clock, randomness or settings: times, ids and limits come as arguments, and what is to be done is returned.
"""
