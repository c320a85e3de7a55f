"""Reads the Terraform configurations with python-hcl2, in a form that tests can walk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
from infra import ROOT

TERRAFORM = ROOT / "terraform"
SCHEMA = Path(__file__).parent / "provider-schema.json"


def unquoted(value: Any) -> Any:
    """python-hcl2 keeps the quotes of strings and of blocks' labels; this takes them off."""
    if isinstance(value, dict):
        return {unquoted(k): unquoted(v) for k, v in value.items() if not k.startswith("__")}
    if isinstance(value, list):
        return [unquoted(item) for item in value]
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value


@dataclass
class Configuration:
    """All files of one folder, as one."""

    path: Path
    body: dict[str, list[Any]] = field(default_factory=dict)

    def labelled(self, kind: str) -> dict[str, dict[str, Any]]:
        """Blocks with one label: variables, outputs, modules."""
        return {name: block for item in self.body.get(kind, []) for name, block in item.items()}

    def locals(self) -> dict[str, Any]:
        """All local values."""
        return {name: value for item in self.body.get("locals", []) for name, value in item.items()}

    def resources(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """Mode (resource, data, ephemeral), kind, name and body of each."""
        for mode in ("resource", "data", "ephemeral"):
            for item in self.body.get(mode, []):
                for kind, named in item.items():
                    for name, body in named.items():
                        yield mode, kind, name, body

    def resource(self, kind: str, name: str) -> dict[str, Any]:
        """One resource; raises LookupError where there is none."""
        for mode, its_kind, its_name, body in self.resources():
            if (mode, its_kind, its_name) == ("resource", kind, name):
                return body
        raise LookupError(f"{self.path}: there is no {kind}.{name}")


@cache
def configuration(path: Path) -> Configuration:
    """The folder's configuration."""
    body: dict[str, list[Any]] = {}
    for file in sorted(path.glob("*.tf")):
        with file.open(encoding="utf-8") as source:
            for kind, blocks in unquoted(hcl2.load(source)).items():
                body.setdefault(kind, []).extend(blocks)
    return Configuration(path, body)


def folders() -> list[Path]:
    """Every folder with a configuration of ours."""
    return sorted(
        {file.parent for file in TERRAFORM.rglob("*.tf") if ".terraform" not in str(file)}
    )


def configurations() -> list[Configuration]:
    """Every configuration of ours."""
    return [configuration(folder) for folder in folders()]


@cache
def provider_schema() -> dict[str, Any]:
    """What extract_schema.py wrote."""
    loaded: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    return loaded
