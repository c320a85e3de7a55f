"""Measurements of quality and speed. The package decides how torch's threads wait, as the engine
does, before any of its modules loads torch.
"""

import amena.engine  # noqa: F401  it sets the environment that torch reads
