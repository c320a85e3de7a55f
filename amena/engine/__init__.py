"""Photo to 3D photo. Knows nothing of Django, accounts, queues or storage.

Importing this package is cheap on purpose: torch, OpenCV and vispy load only inside the modules
that need them, so that the web process may use the light ones (`options`, `errors`, `decode`).
"""

import os

# Threads of torch wait for each other after every layer. While they spin, they keep the very core
# that the last of them needs: beside one other busy process, depth then takes twenty times as long.
# OpenMP reads this once, when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
