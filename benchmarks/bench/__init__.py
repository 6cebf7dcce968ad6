"""The parts of `benchmarks/run.py`: servers under measurement, the crowd that loads them, and the cases."""
