"""A small OpenID provider on loopback, in Google's place: discovery, consent, tokens and keys."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, abort, jsonify, redirect, request
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "amena.apps.example", "a client secret"
_CONSENT = """<!DOCTYPE html><html lang="en"><title>Choose an account</title><body>
<form><input type="hidden" name="query" value="{query}">
<button formaction="/allow">Allow</button><button formaction="/deny">Deny</button></form></body>"""


@dataclass
class Provider:
    """What it says of whoever signs in, and how it misbehaves.

    Attributes:
        issuer: its address.
        account: claims of the person who sits before the browser.
        wrong: claims put over the right ones of the next tokens.
        state: given back in the place of the one it was sent; empty: the right one.
        signing_key: what it signs with; only `published_key` is known to others.
        requests: the paths it was asked for.
    """

    issuer: str = ""
    account: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    published_key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(65537, 2048)
    )
    signing_key: rsa.RSAPrivateKey | None = None
    requests: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def id_token(self, asked: dict[str, str], access_token: str) -> str:
        """Signed with RS256."""
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "iat": now,
            "exp": now + 3600,
            "nonce": asked["nonce"],
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        }
        claims |= self.account | self.wrong
        key = self.signing_key or self.published_key
        return jwt.encode(claims, key, "RS256", headers={"kid": "one"})


@contextmanager
def running() -> Iterator[Provider]:
    """The provider, served from a thread of its own until the block ends."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, _app(provider), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def person(sub: str = "1001", email: str = "ada@example.com", **more: Any) -> dict[str, Any]:
    """Claims of one account."""
    return {"sub": sub, "email": email, "email_verified": True, "name": "Ada Lovelace", **more}


def _app(provider: Provider) -> Flask:
    app = Flask(__name__)

    @app.before_request
    def note() -> None:
        provider.requests.append(request.path)

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        own = provider.issuer
        return jsonify(
            issuer=own,
            authorization_endpoint=f"{own}/authorize",
            token_endpoint=f"{own}/token",
            jwks_uri=f"{own}/keys",
            token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic"],
        )

    @app.get("/keys")
    def keys() -> Response:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(
            provider.published_key.public_key(), as_dict=True
        )
        return jsonify(keys=[public | {"kid": "one", "alg": "RS256", "use": "sig"}])

    @app.get("/authorize")
    def authorize() -> str:
        asked = request.args
        right = (
            asked["client_id"] == CLIENT_ID
            and asked["response_type"] == "code"
            and asked["code_challenge_method"] == "S256"
            and asked["code_challenge"]
            and asked["state"]
            and asked["nonce"]
            and asked["redirect_uri"].endswith("/login/google/done/")
            and {"openid", "email"} <= set(asked["scope"].split())
        )
        if not right:
            abort(400)
        return _CONSENT.format(query=base64.urlsafe_b64encode(request.query_string).decode())

    def back(answer: dict[str, str]) -> Any:
        asked = _asked()
        query = urlencode(answer | {"state": provider.state or asked["state"]})
        return redirect(f"{asked['redirect_uri']}?{query}")

    @app.get("/allow")
    def allow() -> Any:
        code = secrets.token_urlsafe(16)
        provider.codes[code] = _asked()
        return back({"code": code})

    @app.get("/deny")
    def deny() -> Any:
        return back({"error": "access_denied"})

    @app.post("/token")
    def token() -> Any:
        asked = provider.codes.pop(request.form["code"], None)  # good once
        given = request.authorization
        challenge = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        if (
            asked is None
            or given is None
            or (given.username, given.password) != (CLIENT_ID, CLIENT_SECRET)
            or asked["redirect_uri"] != request.form["redirect_uri"]
            or asked["code_challenge"] != base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        ):
            return jsonify(error="invalid_grant"), 400
        access = secrets.token_urlsafe(16)
        return jsonify(
            access_token=access,
            token_type="Bearer",
            expires_in=3600,
            id_token=provider.id_token(asked, access),
        )

    return app


def _asked() -> dict[str, str]:
    return dict(parse_qsl(base64.urlsafe_b64decode(request.args["query"]).decode()))
