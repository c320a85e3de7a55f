"""`python -m amena.engine`: see `amena.engine.cli`."""

import sys

from amena.engine.cli import main

sys.exit(main())
