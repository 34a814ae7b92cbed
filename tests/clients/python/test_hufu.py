"""Hufu as Authlib sees it: everything that these tests know of the server is its issuer URL.

Run by scripts/test-clients, which starts the server and names it in the environment.
"""

import os
from pathlib import Path

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oauth2.rfc6750.errors import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

ISSUER = os.environ["HUFU_ISSUER"]
SIMULATOR = os.environ["HUFU_SIM"]
SCOPE = "openid profile offline_access"
WECHAT_CODE = "urn:hufu:grant-type:wechat-code"
# What Hufu signs with. Left to itself a library may also accept what it should not.
ALGORITHMS = ["ES256", "RS256"]
TIMEOUT = 30


@pytest.fixture(scope="session")
def metadata():
    answer = requests.get(get_well_known_url(ISSUER, external=True), timeout=TIMEOUT)
    answer.raise_for_status()
    return OpenIDProviderMetadata(answer.json())


@pytest.fixture(scope="session")
def keys(metadata):
    answer = requests.get(metadata["jwks_uri"], timeout=TIMEOUT)
    answer.raise_for_status()
    return KeySet.import_key_set(answer.json())


@pytest.fixture
def demo_shop(metadata):
    """The mini-program's client: public, so it has no secret."""
    return OAuth2Session(
        "demo-shop", scope=SCOPE, token_endpoint=metadata["token_endpoint"], default_timeout=TIMEOUT
    )


@pytest.fixture
def demo_web():
    secret = Path(os.environ["HUFU_DEMO_WEB_SECRET_FILE"]).read_text().strip()
    return OAuth2Session("demo-web", secret, default_timeout=TIMEOUT)


def login(client, user="bob"):
    """One login with a code as `wx.login` gives it."""
    answer = requests.post(
        f"{SIMULATOR}/__sim/v1/codes", json={"appid": "wxde30000000000001", "user": user}, timeout=TIMEOUT
    )
    answer.raise_for_status()
    return client.fetch_token(grant_type=WECHAT_CODE, js_code=answer.json()["code"])


def id_token_claims(tokens, keys):
    token = jwt.decode(tokens["id_token"], keys, algorithms=ALGORITHMS)
    options = {"iss": {"value": ISSUER}, "aud": {"value": "demo-shop"}}
    params = {"client_id": "demo-shop", "access_token": tokens["access_token"]}
    claims = CodeIDToken(token.claims, token.header, options, params)
    claims.validate()
    return claims


class ResourceServer(JWTBearerTokenValidator):
    """An API that trusts the tenant, and asks it nothing but its keys."""

    def __init__(self, keys, resource_server=ISSUER):
        super().__init__(ISSUER, resource_server)
        self.keys = keys

    def get_jwks(self):
        return self.keys

    def accept(self, token_string, scopes):
        token = self.authenticate_token(token_string)
        self.validate_token(token, scopes, None)
        return token


def test_discovery_is_valid(metadata):
    assert metadata["issuer"] == ISSUER
    # Only what does not insist on https: this server is on loopback.
    for validate in (
        metadata.validate_response_types_supported,
        metadata.validate_subject_types_supported,
        metadata.validate_id_token_signing_alg_values_supported,
        metadata.validate_grant_types_supported,
        metadata.validate_token_endpoint_auth_methods_supported,
        metadata.validate_code_challenge_methods_supported,
        metadata.validate_claims_supported,
    ):
        validate()


def test_published_keys_are_public(keys):
    assert keys.keys
    assert len({key.kid for key in keys.keys}) == len(keys.keys)
    for key in keys.keys:
        assert not key.is_private
        assert key.get("use") == "sig"


def test_id_token_verifies(demo_shop, keys):
    claims = id_token_claims(login(demo_shop), keys)
    assert claims["amr"]
    assert claims["at_hash"]


def test_resource_server_accepts_the_access_token(demo_shop, keys):
    tokens = login(demo_shop)
    claims = ResourceServer(keys).accept(tokens["access_token"], ["openid profile"])
    assert claims["sub"] == id_token_claims(tokens, keys)["sub"]


def test_resource_server_refuses_an_id_token(demo_shop, keys):
    tokens = login(demo_shop)
    with pytest.raises(InvalidTokenError):
        ResourceServer(keys, resource_server="demo-shop").accept(tokens["id_token"], [])


def test_access_token_of_another_audience_is_refused(demo_shop, keys):
    tokens = login(demo_shop)
    with pytest.raises(InvalidTokenError):
        ResourceServer(keys, resource_server="https://other.example").accept(tokens["access_token"], [])


def test_refresh_keeps_the_login(demo_shop, keys):
    tokens = login(demo_shop)
    before = id_token_claims(tokens, keys)
    # The scope is repeated by the library: the same one is allowed.
    refreshed = demo_shop.refresh_token()
    after = id_token_claims(refreshed, keys)

    assert refreshed["refresh_token"] != tokens["refresh_token"]
    for claim in ("iss", "sub", "aud", "auth_time"):
        assert after[claim] == before[claim], claim
    ResourceServer(keys).accept(refreshed["access_token"], ["openid profile"])


def test_refresh_never_widens_the_scope(demo_shop):
    login(demo_shop)
    with pytest.raises(OAuthError) as refused:
        demo_shop.refresh_token(scope=f"{SCOPE} wechat")
    assert refused.value.error == "invalid_scope"


def test_userinfo_with_the_session(demo_shop, metadata, keys):
    tokens = login(demo_shop)
    answer = demo_shop.get(metadata["userinfo_endpoint"])
    answer.raise_for_status()
    assert answer.json()["sub"] == id_token_claims(tokens, keys)["sub"]


def test_confidential_client_introspects(demo_shop, demo_web, metadata):
    tokens = login(demo_shop)
    answer = demo_web.introspect_token(metadata["introspection_endpoint"], token=tokens["access_token"])
    assert answer.status_code == 200
    assert answer.json()["active"] is True


def test_revoked_refresh_token_is_spent(demo_shop, metadata):
    tokens = login(demo_shop)
    answer = demo_shop.revoke_token(metadata["revocation_endpoint"], token=tokens["refresh_token"])
    assert answer.status_code == 200
    with pytest.raises(OAuthError) as refused:
        demo_shop.refresh_token(refresh_token=tokens["refresh_token"])
    assert refused.value.error == "invalid_grant"
