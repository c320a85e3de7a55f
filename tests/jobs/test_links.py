"""Links to files in a bucket, and by way of a CDN: signed as CloudFront reads them."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from amena.jobs import links

PKCS8 = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
NAME = "attachment; filename=\"Ada's photo + 3D.mp4\"; filename*=utf-8''%E5%86%99.mp4"


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def cdn(settings: Any, private: rsa.RSAPrivateKey) -> None:
    settings.STORAGE = "s3"
    settings.CDN_HOST, settings.CDN_KEY_ID = "d111.cloudfront.net", "K2ABCDEF"
    settings.CDN_PRIVATE_KEY = private.private_bytes(*PKCS8).decode()


def judged(link: str, public: rsa.RSAPublicKey, now: float) -> str:
    """The address that a link asks for, without what signs it; as CloudFront's developer guide has
    it (“canned policy”).

    Raises:
        InvalidSignature: it was signed otherwise.
        TimeoutError: it is over.
    """
    address, _, query = link.partition("?")
    pairs = query.split("&")
    signs = {pair.split("=")[0]: pair.split("=", 1)[1] for pair in pairs[-3:]}
    assert set(signs) == {"Expires", "Signature", "Key-Pair-Id"}
    asked = f"{address}?{'&'.join(pairs[:-3])}"
    until = int(signs["Expires"])
    condition = {"DateLessThan": {"AWS:EpochTime": until}}
    policy = {"Statement": [{"Resource": asked, "Condition": condition}]}
    given = base64.b64decode(signs["Signature"].translate(str.maketrans("-_~", "+=/")))
    message = json.dumps(policy, separators=(",", ":")).encode()
    public.verify(given, message, PKCS1v15(), SHA1())  # noqa: S303
    if now > until:
        raise TimeoutError
    return asked


def test_the_cdn_believes_a_link_for_a_while_and_asks_the_bucket_in_our_words(
    cdn: None, private: rsa.RSAPrivateKey
) -> None:
    link = links.signed("photos/7/1/video.mp4", "video/mp4", NAME)
    asked = urlsplit(judged(link, private.public_key(), time.time()))
    assert (asked.scheme, asked.netloc, asked.path) == (
        "https",
        "d111.cloudfront.net",
        "/photos/7/1/video.mp4",
    )
    # S3 takes a plus in a query for a plus.
    assert "+" not in asked.query
    assert parse_qs(asked.query) == {
        "response-content-type": ["video/mp4"],
        "response-content-disposition": [NAME],
    }
    judged(link, private.public_key(), time.time() + 14 * 60)
    with pytest.raises(TimeoutError):
        judged(link, private.public_key(), time.time() + 15 * 60 + 5)


def test_nothing_of_a_link_can_be_changed(cdn: None, private: rsa.RSAPrivateKey) -> None:
    link = links.signed("photos/7/1/video.mp4", "video/mp4", "inline")
    for old, new in (("/7/", "/8/"), ("video.mp4", "original"), ("inline", "attachment")):
        assert old in link
        with pytest.raises(InvalidSignature):
            judged(link.replace(old, new), private.public_key(), time.time())


def test_without_a_cdn_a_link_is_the_bucket_s_own(settings: Any, monkeypatch: Any) -> None:
    given: dict[str, Any] = {}

    class Bucket:
        def url(self, key: str, parameters: dict[str, str]) -> str:
            given.update(parameters)
            return f"https://bucket/{key}"

    settings.CDN_HOST = ""
    monkeypatch.setattr(links, "default_storage", Bucket())
    assert links.signed("photos/7", "image/jpeg", "inline") == "https://bucket/photos/7"
    assert given["ResponseCacheControl"] == "private, no-store"


def test_other_keys_are_refused() -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505
    curve = ec.generate_private_key(ec.SECP256R1())
    for key in (short, curve):
        with pytest.raises(ValueError, match="2048"):
            links.signing_key(key.private_bytes(*PKCS8).decode())
    for text in ("", "-----BEGIN PRIVATE KEY-----", "AKIA"):
        with pytest.raises(ValueError, match="PEM"):
            links.signing_key(text)
