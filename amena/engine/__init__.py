"""Photo to 3D photo. Knows nothing of Django, accounts, queues or storage.

Importing this package is cheap on purpose: torch, OpenCV and vispy load only inside the modules
that need them, so that the web process may use the light ones (`options`, `errors`, `decode`).
"""
