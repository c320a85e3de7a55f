"""Writes provider-schema.json: what arguments and attributes the providers' resources have.

The providers themselves, which `terraform validate` asks, come from the Terraform registry only.
Their bindings for the Cloud Development Kit are on PyPI, generated from the same schemas; this
script reads the kinds that our files use out of these wheels:

    pip download --no-deps -d WHEELS cdktf-cdktf-provider-aws==21.22.1 \
        cdktf-cdktf-provider-helm==12.1.2 cdktf-cdktf-provider-kubernetes==12.1.1
    python tests/terraform/extract_schema.py WHEELS
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from configuration import SCHEMA, configurations

Types = dict[str, Any]
ANCHOR = re.compile(r"#([a-z0-9_]+) ")


def camel(name: str) -> str:
    """`sqs_queue` → `sqsQueue`, as the bindings write it."""
    head, *tail = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def snake(name: str) -> str:
    """`sqsQueue` → `sqs_queue`."""
    return re.sub(r"([A-Z])", r"_\1", name).lower()


def load(wheel: Path) -> tuple[str, Types]:
    """Provider's name and all types of its bindings."""
    with zipfile.ZipFile(wheel) as outer:
        inner = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as archive:
            member = archive.extractfile("package/.jsii")
            assert member
            types: Types = json.load(member)["types"]
    return wheel.name.split("_provider_")[1].split("-")[0], types


def structure(types: Types, fqn: str) -> dict[str, Any]:
    """Arguments by name: whether each is required and, for a block, its own arguments."""
    out = {}
    for item in types[fqn].get("properties", []):
        anchor = ANCHOR.search(item.get("docs", {}).get("summary", ""))
        entry: dict[str, Any] = {"required": not item.get("optional", False)}
        inner = re.search(r'"fqn": "(@cdktf/[^"]+)"', json.dumps(item["type"]))
        if inner and types[inner[1]]["kind"] == "interface":
            entry["block"] = structure(types, inner[1])
        out[anchor[1] if anchor else snake(item["name"])] = entry
    return out


def describe(types: Types, provider: str, mode: str, kind: str) -> dict[str, Any]:
    """Arguments and readable attributes of one kind of resource or data source."""
    short = kind.removeprefix(f"{provider}_")
    name = camel(f"data_{provider}_{short}" if mode == "data" else short)
    base = f"@cdktf/provider-{provider}.{name}."
    title = name[:1].upper() + name[1:]
    if base + title + "A" in types:
        title += "A"  # where a block of another kind has the name already
    attributes = {
        snake(item["name"])
        for item in types[base + title]["properties"]
        if not item["name"].endswith("Input")
    }
    return {
        "arguments": structure(types, f"{base}{title}Config"),
        "attributes": sorted(attributes),
    }


def main(folder: Path) -> None:
    """Writes the schema of every kind that a file under terraform/ uses."""
    wanted = sorted(
        {(mode, kind) for conf in configurations() for mode, kind, _, _ in conf.resources()}
    )
    schema: dict[str, Any] = {"data": {}, "resource": {}, "ephemeral": {}}
    for wheel in sorted(folder.glob("cdktf_cdktf_provider_*.whl")):
        provider, types = load(wheel)
        for mode, kind in wanted:
            if kind.split("_")[0] == provider and mode != "ephemeral":
                schema[mode][kind] = describe(types, provider, mode, kind)
    # The bindings know no ephemeral resources; this one's schema is from its documentation.
    optional = {"length": True, "special": False, "upper": False, "lower": False, "numeric": False}
    schema["ephemeral"]["random_password"] = {
        "arguments": {name: {"required": required} for name, required in optional.items()},
        "attributes": [*optional, "result", "bcrypt_hash"],
    }
    SCHEMA.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
