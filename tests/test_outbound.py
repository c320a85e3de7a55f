"""Requests to addresses that people give lead to the public internet and nowhere else."""

from __future__ import annotations

import datetime
import io
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from amena import outbound
from tests.receiver import receiving

INSIDE = pytest.mark.attack(
    "webhooks and uploads by address that lead inside, however the address is spelt",
    "refused, and connected to as checked",
)
DRIP = pytest.mark.attack(
    "a host that drips, or sends more than was asked for",
    "cut off at the deadline; read as far as there is room",
)

Lookup = Callable[..., None]


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.OUTBOUND_LOOPBACK = True


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Takes the resolver's place: `names({"a.example": ["127.0.0.1"]})`; gives the lookups."""
    real = socket.getaddrinfo

    def use(table: dict[str, list[str]]) -> list[str]:
        asked: list[str] = []

        def lookup(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            if host not in table:
                return real(host, port, *args, **kwargs)
            asked.append(host)
            found = table[host]
            return [entry for each in found for entry in real(each, port, type=socket.SOCK_STREAM)]

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        return asked

    return use


def ask(url: str, room: int = 100, seconds: float = 10, body: bytes | None = b"{}") -> Any:
    into = io.BytesIO()
    answer = outbound.request("POST", url, {}, body, into, room=room, seconds=seconds)
    return answer.status, answer.whole, into.getvalue()


@INSIDE
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "100.100.100.200", "0.1.2.3", "192.0.0.192", "198.18.0.1", "203.0.113.7",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16", "192.88.99.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
        "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "3fff::1", "fec0::1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not outbound.is_allowed(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert outbound.is_allowed(address)


@INSIDE
@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1"])
def test_with_the_switch_this_machine_is_allowed_and_nothing_else(
    loopback: None, address: str
) -> None:
    assert outbound.is_allowed("127.0.0.1")
    assert outbound.is_allowed("::1")
    assert not outbound.is_allowed(address)


@INSIDE
@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.example", "http://hooks.example/", "ftp://hooks.example/", "https://",
        "https:///x", "https://user@hooks.example/", "https://a:b@hooks.example/",
        "https://hooks.example/#x", "https://hooks.example:99999/", "https://hooks.example:x/",
        "https://hooks.example:22/", "https://hooks.example:8443/",
        "https://[::1/", "https://hooks.example/a b", "https://hooks.example/\r\nX: y",
        "https://höoks.example/", "https://hooks.example/" + "a" * 500, "file:///etc/passwd",
        "gopher://hooks.example/",
    ],
)  # fmt: skip
def test_other_addresses_than_https_ones_are_refused(url: str) -> None:
    with pytest.raises(outbound.TargetError) as caught:
        outbound.parse(url)
    assert caught.value.code == "bad_url"


@INSIDE
@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::1]", "0"])
def test_however_it_is_written_this_machine_is_refused(host: str) -> None:
    with pytest.raises(outbound.TargetError) as caught:
        outbound.resolve(outbound.parse(f"https://{host}/"))
    assert caught.value.code == "private_address"


@INSIDE
def test_a_host_with_one_private_address_among_public_ones_is_refused(
    names: Callable[..., list[str]],
) -> None:
    names({"hooks.example": ["8.8.8.8", "10.0.0.1"]})
    with pytest.raises(outbound.TargetError, match="not on the public internet"):
        outbound.resolve(outbound.parse("https://hooks.example/"))


def test_an_unknown_host_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(outbound.TargetError) as caught:
        outbound.resolve(outbound.parse("https://hooks.example/"))
    assert caught.value.code == "unknown_host"


@DRIP
def test_a_request_arrives_whole_and_the_answer_is_cut_to_the_room(loopback: None) -> None:
    with receiving(content=b"0123456789") as receiver:
        assert ask(receiver.url) == (200, True, b"0123456789")
        assert ask(receiver.url, room=10) == (200, True, b"0123456789")
        assert ask(receiver.url, room=4) == (200, False, b"0123")
        ((method, path, headers, body), *_more) = receiver.requests
    assert (method, path, body) == ("POST", "/hook?x=1", b"{}")
    assert headers["host"] == f"127.0.0.1:{receiver.port}"


@INSIDE
def test_the_connection_goes_to_the_address_that_was_checked(
    loopback: None, names: Callable[..., list[str]]
) -> None:
    asked = names({"hooks.example": ["127.0.0.1"]})
    with receiving() as receiver:
        assert ask(f"http://hooks.example:{receiver.port}/")[0] == 200
        assert receiver.requests[0][2]["host"] == f"hooks.example:{receiver.port}"
    assert asked == ["hooks.example"]


def test_where_one_address_does_not_answer_the_next_is_tried(
    loopback: None, names: Callable[..., list[str]]
) -> None:
    names({"hooks.example": ["127.0.0.2", "127.0.0.1"]})
    with receiving() as receiver:
        assert ask(f"http://hooks.example:{receiver.port}/")[0] == 200


@INSIDE
def test_a_redirect_is_not_followed(loopback: None) -> None:
    with receiving(statuses=[302], headers={"Location": "http://127.0.0.1/"}) as receiver:
        assert ask(receiver.url)[0] == 302
        assert len(receiver.requests) == 1


def test_the_environment_s_proxy_is_not_asked(
    loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with receiving() as receiver:
        assert ask(receiver.url)[0] == 200


@DRIP
def test_who_drips_is_cut_off_at_the_deadline(loopback: None) -> None:
    with (
        receiving(drip=True) as receiver,  # for ever
        pytest.raises(outbound.UnansweredError, match="no answer in time"),
    ):
        ask(receiver.url, seconds=0.5)


def test_a_body_that_ends_early_is_a_failure(loopback: None) -> None:
    with (
        receiving(headers={"Content-Length": "99", "Connection": "close"}) as receiver,
        pytest.raises(outbound.UnansweredError, match="failed"),
    ):
        ask(receiver.url)


def test_nobody_there_is_said(loopback: None) -> None:
    with pytest.raises(outbound.UnansweredError, match="refused"):
        ask("http://127.0.0.1:9/")


def test_what_is_no_http_is_said(loopback: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            client, _address = server.accept()
            with client:
                client.recv(1000)
                client.sendall(b"220 mail\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(outbound.UnansweredError, match="no HTTP"):
            ask(f"http://127.0.0.1:{port}/")
        thread.join()


def certificate(folder: Path, name: str) -> Path:
    """A file with a key and a certificate for `name` that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_the_certificate_must_be_the_host_s(
    loopback: None,
    names: Callable[..., list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names({"hooks.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    path = certificate(tmp_path, "hooks.example")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    with receiving(tls) as receiver:
        where = f"https://hooks.example:{receiver.port}/"
        with pytest.raises(outbound.UnansweredError, match="certificate"):
            ask(where)
        trusting = ssl.create_default_context(cafile=str(path))
        monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
        assert ask(where) == (200, True, b"fine")
        with pytest.raises(outbound.UnansweredError, match="certificate"):
            ask(f"https://other.example:{receiver.port}/")
    assert len(receiver.requests) == 1
