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
LINK = re.compile(r"#([a-z0-9_]+)\}")
MAPS = {
    "cdktf.IResolvable": "bool",
    "cdktf.StringMap": ["map", "string"],
    "cdktf.NumberMap": ["map", "number"],
    "cdktf.BooleanMap": ["map", "bool"],
    "cdktf.StringMapList": ["list", ["map", "string"]],
}


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


def cty(types: Types, kind: dict[str, Any]) -> Any:
    """The type as Terraform writes it, such as `["list", "string"]`, or `dynamic` if unclear."""
    if "primitive" in kind:
        return {"string": "string", "number": "number", "boolean": "bool"}.get(
            kind["primitive"], "dynamic"
        )
    if "collection" in kind:
        collection = kind["collection"]
        many = "list" if collection["kind"] == "array" else "map"
        return [many, cty(types, collection["elementtype"])]
    if "union" in kind:
        real = [item for item in kind["union"]["types"] if item.get("fqn") != "cdktf.IResolvable"]
        return cty(types, real[0])
    name = kind.get("fqn", "")
    if name in MAPS:
        return MAPS[name]
    one = name.removesuffix("List") + "OutputReference"
    if name.endswith("List") and one in types:
        return ["list", cty(types, {"fqn": one})]
    if name.endswith("OutputReference"):
        return ["object", readable(types, name)]
    return "dynamic"


def readable(types: Types, fqn: str) -> dict[str, Any]:
    """Attributes that can be read of a resource or of a part of it, with their types."""
    return {
        snake(item["name"]): cty(types, item["type"])
        for item in types[fqn].get("properties", [])
        if not item["name"].endswith("Input")
        and item["name"] != "internalValue"
        and not item.get("static")
    }


def structure(types: Types, fqn: str) -> dict[str, Any]:
    """Arguments by name: whether each is required, its type or, for a block, its own arguments and
    what the provider adds to them (`computed`).
    """
    out = {}
    for item in types[fqn].get("properties", []):
        docs = item.get("docs", {})
        anchor = ANCHOR.search(docs.get("summary", "")) or LINK.search(docs.get("remarks", ""))
        entry: dict[str, Any] = {"required": not item.get("optional", False)}
        inner = re.search(r'"fqn": "(@cdktf/[^"]+)"', json.dumps(item["type"]))
        if inner and types[inner[1]]["kind"] == "interface":
            entry["block"] = structure(types, inner[1])
            # Attributes that hold objects look alike, but are written with “=”.
            entry["nested"] = docs.get("summary", "").endswith(" block.")
            entry["many"] = "collection" in json.dumps(item["type"])
            reference = inner[1] + "OutputReference"
            read = readable(types, reference) if reference in types else {}
            entry["computed"] = without(read, entry["block"])
        else:
            entry["type"] = cty(types, item["type"])
        out[anchor[1] if anchor else snake(item["name"])] = entry
    return out


def without(read: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """What can be read and not written. Names with digits are cut in two ways (`ipv_6`, `ipv6`)."""
    written = {name.replace("_", "") for name in arguments}
    return {name: kind for name, kind in read.items() if name.replace("_", "") not in written}


def describe(types: Types, provider: str, mode: str, kind: str) -> dict[str, Any]:
    """Arguments and readable attributes of one kind of resource or data source."""
    short = kind.removeprefix(f"{provider}_")
    name = camel(f"data_{provider}_{short}" if mode == "data" else short)
    base = f"@cdktf/provider-{provider}.{name}."
    title = name[:1].upper() + name[1:]
    if base + title + "A" in types:
        title += "A"  # where a block of another kind has the name already
    return {
        "arguments": structure(types, f"{base}{title}Config"),
        "attributes": readable(types, base + title),
    }


def written(schema: dict[str, Any]) -> str:
    """As JSON with a line for each kind, so that a change shows what it changes."""
    modes = []
    for mode, kinds in sorted(schema.items()):
        lines = [
            f"  {json.dumps(kind)}: {json.dumps(body, sort_keys=True, separators=(',', ':'))}"
            for kind, body in sorted(kinds.items())
        ]
        modes.append(f" {json.dumps(mode)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(modes) + "\n}\n"


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
    # Terraform's own, without a provider.
    schema["resource"]["terraform_data"] = {
        "arguments": {
            name: {"required": False, "type": "dynamic"} for name in ("input", "triggers_replace")
        },
        "attributes": {"output": "dynamic"},
    }
    # The bindings know no ephemeral resources; this one's schema is from its documentation.
    choices = dict.fromkeys(("special", "upper", "lower", "numeric"), "bool")
    schema["ephemeral"]["random_password"] = {
        "arguments": {
            name: {"required": name == "length", "type": kind}
            for name, kind in {"length": "number", **choices}.items()
        },
        "attributes": {"length": "number", **choices, "result": "string", "bcrypt_hash": "string"},
    }
    SCHEMA.write_text(written(schema), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
