"""Values that a cloud would give: ids, ARNs and addresses, invented but of the right shape."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any, Final

import msgpack

from .schema import Block

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"
UNKNOWN: Final = msgpack.ExtType(0, b"\x00")
_count = itertools.count(1)

#: What data sources answer, where it is more than a name.
KNOWN: Final[dict[str, dict[str, Any]]] = {
    "aws_caller_identity": {
        "account_id": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/somebody",
    },
    "aws_region": {"region": REGION, "name": REGION},
    "aws_partition": {"partition": "aws", "dns_suffix": "amazonaws.com"},
    "aws_ec2_managed_prefix_list": {
        "entries": [
            {"cidr": cidr, "description": ""} for cidr in ("52.219.168.0/21", "3.5.134.0/23")
        ],
    },
}


def unpacked(value: Any) -> Any:
    """The content of a DynamicValue."""
    if value.msgpack:
        return msgpack.unpackb(value.msgpack, raw=False, strict_map_key=False)
    return json.loads(value.json) if value.json else None


def packed(value: Any) -> bytes:
    """For a DynamicValue."""
    return bytes(msgpack.packb(value, use_bin_type=True))


def unknown(value: Any) -> bool:
    """Whether a value is known only after the change."""
    return isinstance(value, msgpack.ExtType)


def invented(kind: str, name: str, its_type: Any) -> Any:
    """Something new for the attribute `name` of a resource of this kind."""
    number = next(_count)
    if its_type == "string":
        if name == "arn" or name.endswith("_arn"):
            return f"arn:aws:{kind.split('_')[1]}:{REGION}:{ACCOUNT}:{kind}/{number}"
        if name == "data":
            return base64.b64encode(b"certificate").decode()
        if kind == "aws_eks_cluster" and name == "endpoint":
            return "https://cluster.example"
        return f"{kind}-{name}-{number}"
    if its_type in ("number", "bool"):
        return number if its_type == "number" else False
    if its_type == "dynamic":
        return None
    shape, inner = its_type
    if shape == "object":
        return {part: invented(kind, part, its) for part, its in inner.items()}
    if shape == "map":
        return {}
    # Lists that a configuration of ours takes the first element of.
    if name in ("certificate_authority", "master_user_secret"):
        return [invented(kind, name, inner)]
    return []


def planned(kind: str, block: Block, value: Any, new: bool) -> Any:
    """What the change will give: the provider's own attributes of a new object are unknown."""
    if value is None or unknown(value):
        return value
    for name, attribute in block.attributes.items():
        if name.endswith("_wo"):
            value[name] = None
        elif new and value.get(name) is None and (attribute.settled_by_provider() or name == "id"):
            value[name] = UNKNOWN
            if (kind, name) == ("aws_acm_certificate", "domain_validation_options"):
                # The provider knows for which names there will be records, as for_each needs.
                value[name] = [
                    dict.fromkeys(attribute.type[1][1], UNKNOWN)
                    | {"domain_name": value["domain_name"]}
                ]
    for name, inner in block.blocks.items():
        parts = value.get(name)
        for part in parts if isinstance(parts, list) else [parts]:
            planned(kind, inner, part, new)
    return value


def settled(kind: str, block: Block, value: Any) -> Any:
    """What the change gave: everything unknown is invented now."""
    if value is None:
        return None
    for name, attribute in block.attributes.items():
        value[name] = _settled(kind, name, attribute.type, value.get(name))
    for name, inner in block.blocks.items():
        parts = value.get(name)
        for part in parts if isinstance(parts, list) else [parts]:
            settled(kind, inner, part)
    return value


def _settled(kind: str, name: str, its_type: Any, value: Any) -> Any:
    if unknown(value):
        return invented(kind, name, its_type)
    if not isinstance(its_type, list) or value is None:
        return value
    shape, inner = its_type
    if shape == "list":
        return [_settled(kind, name, inner, item) for item in value]
    if shape == "object":
        return {part: _settled(kind, part, inner[part], item) for part, item in value.items()}
    return {part: _settled(kind, part, inner, item) for part, item in value.items()}


def policy(document: dict[str, Any]) -> str:
    """What `aws_iam_policy_document` makes of its statements."""
    statements = []
    for source in document.get("source_policy_documents") or []:
        statements += json.loads(source)["Statement"]
    for given in document.get("statement") or []:
        statement: dict[str, Any] = {"Effect": given.get("effect") or "Allow"}
        for name, title in (
            ("sid", "Sid"),
            ("actions", "Action"),
            ("not_actions", "NotAction"),
            ("resources", "Resource"),
            ("not_resources", "NotResource"),
        ):
            if given.get(name):
                statement[title] = given[name]
        for principal in given.get("principals") or []:
            statement.setdefault("Principal", {})[principal["type"]] = principal["identifiers"]
        for condition in given.get("condition") or []:
            test = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
            test[condition["variable"]] = condition["values"]
        statements.append(statement)
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
