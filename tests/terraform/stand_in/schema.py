"""The recorded provider schemas in the form in which Terraform asks for them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from configuration import provider_schema

PROVIDERS = ("aws", "helm", "kubernetes", "random")


@dataclass
class Attribute:
    """One value: its type as Terraform writes it, and who may set it."""

    type: Any
    required: bool = False
    optional: bool = False
    computed: bool = False

    def settled_by_provider(self) -> bool:
        """Whether only the provider sets it, so that its value is known after the change alone."""
        return self.computed and not self.optional


@dataclass
class Block:
    """Attributes and blocks of one level. `many` and `required` are about the block itself."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    many: bool = False
    required: bool = False
    single: bool = False

    def message(self, proto: Any) -> Any:
        """As the protocol's message."""
        block = proto.Schema.Block()
        for name, attribute in sorted(self.attributes.items()):
            block.attributes.append(
                proto.Schema.Attribute(
                    name=name,
                    type=json.dumps(attribute.type).encode(),
                    required=attribute.required,
                    optional=attribute.optional,
                    computed=attribute.computed,
                    write_only=name.endswith("_wo"),
                )
            )
        for name, inner in sorted(self.blocks.items()):
            modes = proto.Schema.NestedBlock
            nested = modes(
                type_name=name,
                block=inner.message(proto),
                nesting=modes.SINGLE if inner.single else modes.LIST,
            )
            if not inner.single:
                nested.min_items = int(inner.required)
                nested.max_items = 0 if inner.many else 1
            block.block_types.append(nested)
        return block


def parse(arguments: dict[str, Any], computed: dict[str, Any], *, inside: bool = False) -> Block:
    """A level of the recorded schema.

    What the record knows no type of is left out inside of blocks: Terraform would send the whole
    block in another form, and no configuration of ours has any of it.
    """
    out = Block()
    for name, entry in arguments.items():
        if entry.get("nested"):
            inner = parse(entry["block"], entry["computed"], inside=True)
            inner.many, inner.required = entry["many"], entry["required"]
            inner.single = name == "timeouts"
            out.blocks[name] = inner
        elif not (inside and entry.get("type", "dynamic") == "dynamic"):
            optional = not entry["required"]
            out.attributes[name] = Attribute(
                entry.get("type", "dynamic"),
                required=entry["required"],
                optional=optional,
                computed=optional and not name.endswith("_wo"),
            )
    for name, kind in computed.items():
        out.attributes[name] = Attribute(kind, computed=True)
    return out


def kinds(provider: str) -> dict[str, dict[str, Block]]:
    """Mode (resource, data, ephemeral) → kind → schema, of one provider."""
    out: dict[str, dict[str, Block]] = {}
    for mode, recorded in provider_schema().items():
        out[mode] = {}
        for kind, body in recorded.items():
            if kind.split("_")[0] == provider:
                given = {name.replace("_", "") for name in body["arguments"]}
                computed = {
                    name: its
                    for name, its in body["attributes"].items()
                    if name.replace("_", "") not in given
                }
                out[mode][kind] = parse(body["arguments"], computed)
    return out


_EXEC = {"api_version": "string", "command": "string", "args": ["list", "string"]}


def own(provider: str) -> Block:
    """The provider's own configuration; the bindings' wheels tell of resources alone."""
    text = Attribute("string", optional=True)
    if provider == "aws":
        tags = Block({"tags": Attribute(["map", "string"], optional=True)})
        return Block({"region": text}, {"default_tags": tags})
    if provider == "kubernetes":
        login = {name: Attribute(kind, optional=True) for name, kind in _EXEC.items()}
        return Block({"host": text, "cluster_ca_certificate": text}, {"exec": Block(login)})
    if provider == "helm":
        login = {"host": "string", "cluster_ca_certificate": "string", "exec": ["object", _EXEC]}
        return Block({"kubernetes": Attribute(["object", login], optional=True)})
    return Block()
