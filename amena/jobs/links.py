"""Links to stored files that are good for `PRESIGNED_SECONDS`, whoever has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from urllib.parse import quote, urlencode

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.core.files.storage import default_storage

#: What a bucket is asked to say of a file, as its client's arguments are named.
_SAID: Final = {
    "ResponseContentType": "response-content-type",
    "ResponseContentDisposition": "response-content-disposition",
}


def signed(key: str, content_type: str, disposition: str) -> str:
    """A link to the file `key` in the bucket, or at the CDN that stands before it.

    Args:
        key: where the file lies.
        content_type: what the answer says that it is.
        disposition: the answer's `Content-Disposition`.

    Raises:
        BotoCoreError, ClientError: the bucket's client could not sign.
    """
    said = {"ResponseContentType": content_type, "ResponseContentDisposition": disposition}
    if not settings.CDN_HOST:
        said["ResponseCacheControl"] = "private, no-store"
        url: str = default_storage.url(key, parameters=said)  # type: ignore[call-arg]
        return url
    # The bucket, which the CDN asks with these very words, takes a plus for a plus.
    query = urlencode({_SAID[name]: text for name, text in said.items()}, quote_via=quote)
    until = datetime.now(UTC) + timedelta(seconds=settings.PRESIGNED_SECONDS)
    signer = _signer(settings.CDN_KEY_ID, settings.CDN_PRIVATE_KEY)
    address: str = signer.generate_presigned_url(
        f"https://{settings.CDN_HOST}/{quote(key)}?{query}", date_less_than=until
    )
    return address


def signing_key(pem: str) -> RSAPrivateKey:
    """A private key that CloudFront's links can be signed with.

    Raises:
        ValueError: the text is no such key.
    """
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (TypeError, ValueError) as error:
        raise ValueError("no private key in PEM without a password") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size != 2048:
        raise ValueError("CloudFront signs links by RSA of 2048 bits")
    return key


@cache
def _signer(key_id: str, pem: str) -> CloudFrontSigner:
    key = signing_key(pem)
    # CloudFront asks for SHA-1, which a forger could not use here: we alone choose what is signed.
    return CloudFrontSigner(key_id, lambda message: key.sign(message, PKCS1v15(), SHA1()))  # noqa: S303
