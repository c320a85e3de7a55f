import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def test_torch_does_not_spin_while_it_waits():
    """OpenMP tells its settings when it starts: after the engine's import, before torch's."""
    code = "import amena.engine.pipeline, torch; torch.ones(9, 9) @ torch.ones(9, 9)"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"OMP_DISPLAY_ENV": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr
