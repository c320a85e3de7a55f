"""How fast the engine is, and what it is measured against. `python -m benchmarks.speed --help`."""
