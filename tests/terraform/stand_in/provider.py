"""Providers that know the real schemas and make nothing, asked by Terraform itself over gRPC.

What they do not know: what a cloud would refuse, and how long it takes. What they show is all that
is Terraform's own: the graph, for_each, targets, ephemeral values, what a second plan finds.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from . import schema, values

sys.path.append(str(Path(__file__).parent))
proto, services = grpc.protos_and_services("tfplugin6.proto")


@dataclass
class Cloud:
    """What all providers of one run remember."""

    #: (create, update or delete; kind; name) in the order in which they were done.
    done: list[tuple[str, str, str]] = field(default_factory=list)
    #: Write-only values, which Terraform's state must not hold: kind → name → value.
    written: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Kind whose creation fails, once.
    fails: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, what: str, kind: str, value: dict[str, Any], config: Any) -> bool:
        """Notes a change; False where it is to fail."""
        with self.lock:
            if what == "create" and kind == self.fails:
                self.fails = ""
                return False
            self.done.append((what, kind, value.get("name") or value.get("id") or ""))
            for name, given in (config or {}).items():
                if name.endswith("_wo") and given is not None:
                    self.written.setdefault(kind, {})[name] = given
            return True


class Provider(services.ProviderServicer):
    """One provider. Calls are named by the protocol."""

    def __init__(self, name: str, cloud: Cloud) -> None:
        self.name, self.cloud = name, cloud
        self.kinds = schema.kinds(name)

    def GetProviderSchema(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        answer = proto.ProviderSchema.Response()
        answer.provider.block.CopyFrom(schema.own(self.name).message(proto))
        for mode, target in (
            ("resource", answer.resource_schemas),
            ("data", answer.data_source_schemas),
            ("ephemeral", answer.ephemeral_resource_schemas),
        ):
            for kind, block in self.kinds[mode].items():
                target[kind].block.CopyFrom(block.message(proto))
        return answer

    def _accept(self, _request: Any, _context: Any) -> Any:
        return proto.Check.Response()

    ValidateProviderConfig = ValidateResourceConfig = ValidateDataResourceConfig = _accept
    ValidateEphemeralResourceConfig = ConfigureProvider = GetResourceIdentitySchemas = _accept
    CloseEphemeralResource = StopProvider = _accept

    def UpgradeResourceState(self, request: Any, _context: Any) -> Any:  # noqa: N802
        state = proto.DynamicValue(json=request.raw_state.json)
        return proto.UpgradeResourceState.Response(upgraded_state=state)

    def ReadResource(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return proto.ReadResource.Response(new_state=request.current_state)

    def PlanResourceChange(self, request: Any, _context: Any) -> Any:  # noqa: N802
        kind = request.type_name
        value = values.planned(
            kind,
            self.kinds["resource"][kind],
            values.unpacked(request.proposed_new_state),
            new=values.unpacked(request.prior_state) is None,
        )
        state = proto.DynamicValue(msgpack=values.packed(value))
        return proto.PlanResourceChange.Response(planned_state=state)

    def ApplyResourceChange(self, request: Any, _context: Any) -> Any:  # noqa: N802
        kind = request.type_name
        prior, value = values.unpacked(request.prior_state), values.unpacked(request.planned_state)
        what = "create" if prior is None else "delete" if value is None else "update"
        if not self.cloud.change(what, kind, value or prior, values.unpacked(request.config)):
            error = proto.Diagnostic(severity=proto.Diagnostic.ERROR, summary="made to fail")
            return proto.ApplyResourceChange.Response(
                new_state=request.prior_state, diagnostics=[error]
            )
        value = values.settled(kind, self.kinds["resource"][kind], value)
        state = proto.DynamicValue(msgpack=values.packed(value))
        return proto.ApplyResourceChange.Response(new_state=state)

    def ReadDataSource(self, request: Any, _context: Any) -> Any:  # noqa: N802
        kind, value = request.type_name, values.unpacked(request.config)
        for name, attribute in self.kinds["data"][kind].attributes.items():
            if value.get(name) is None and attribute.computed:
                known = values.KNOWN.get(kind, {})
                plain = f"{kind}-{name}" if attribute.type == "string" else None
                value[name] = known.get(name, plain)
        if kind == "aws_iam_policy_document":
            value["json"] = value["minified_json"] = values.policy(value)
        state = proto.DynamicValue(msgpack=values.packed(value))
        return proto.ReadDataSource.Response(state=state)

    def OpenEphemeralResource(self, request: Any, _context: Any) -> Any:  # noqa: N802
        value = values.unpacked(request.config)
        value["result"] = secrets.token_hex(40)[: int(value["length"])]
        result = proto.DynamicValue(msgpack=values.packed(value))
        return proto.OpenEphemeralResource.Response(result=result)


@contextlib.contextmanager
def serving(cloud: Cloud, folder: Path) -> Iterator[dict[str, str]]:
    """Serves all providers on sockets in `folder`; gives the variables that tell Terraform so."""
    size = [("grpc.max_send_message_length", 2**28), ("grpc.max_receive_message_length", 2**28)]
    servers, reattach = [], {}
    for name in schema.PROVIDERS:
        socket = folder / f"{name}.sock"
        server = grpc.server(futures.ThreadPoolExecutor(16), options=size)
        services.add_ProviderServicer_to_server(Provider(name, cloud), server)
        server.add_insecure_port(f"unix:{socket}")
        server.start()
        servers.append(server)
        reattach[f"registry.terraform.io/hashicorp/{name}"] = {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "unix", "String": str(socket)},
        }
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps(reattach)}
    finally:
        for server in servers:
            server.stop(None).wait()
