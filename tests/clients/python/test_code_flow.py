"""Signing in in a browser, as Authlib does it: everything that these tests know of the server is its issuer URL.

Run by scripts/test-clients, which starts the server and names it in the environment.
"""

import os
import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

ISSUER = os.environ["HUFU_ISSUER"]
CALLBACK = "http://127.0.0.1:3000/callback"
USER = {"username": "authlib", "password": "otter-lantern-violin-7"}
TIMEOUT = 30


@pytest.fixture(scope="session")
def metadata():
    answer = requests.get(get_well_known_url(ISSUER, external=True), timeout=TIMEOUT)
    answer.raise_for_status()
    return OpenIDProviderMetadata(answer.json())


@pytest.fixture(scope="session")
def person():
    """Somebody whom the demo's mini-program has registered."""
    answer = requests.post(
        f"{ISSUER}/authorize-challenge",
        data={
            "response_type": "code",
            "client_id": "demo-shop",
            "code_challenge": create_s256_code_challenge(generate_token(48)),
            "code_challenge_method": "S256",
            "prompt": "create",
            **USER,
        },
        timeout=TIMEOUT,
    )
    answer.raise_for_status()
    return USER


@pytest.fixture
def client(metadata):
    secret = Path(os.environ["HUFU_DEMO_WEB_SECRET_FILE"]).read_text().strip()
    return OAuth2Session(
        "demo-web",
        secret,
        scope="openid profile offline_access",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=metadata["token_endpoint"],
        default_timeout=TIMEOUT,
    )


class Browser:
    """Cookies, redirects within the server, forms. No script runs in it."""

    def __init__(self):
        self.session = requests.Session()
        self.session.headers.update({"Accept": "text/html", "Accept-Language": "zh-CN"})

    def open(self, url, form=None):
        """Goes on until the server shows a page, or sends the browser elsewhere."""
        for _ in range(10):
            method = "POST" if form else "GET"
            answer = self.session.request(method, url, data=form, allow_redirects=False, timeout=TIMEOUT)
            form = None
            if "location" not in answer.headers:
                return answer
            url = urljoin(url, answer.headers["location"])
            if urlsplit(url).netloc != urlsplit(ISSUER).netloc:
                assert answer.status_code == 303
                return url
        raise AssertionError(f"redirected in circles at {url}")

    def submit(self, page, fields):
        forms = re.findall(r"<form.*?</form>", page.text, re.S)
        form = next(form for form in forms if all(f'name="{name}"' in form for name in fields))
        action = unescape(re.search(r'action="([^"]*)"', form).group(1))
        hidden = {}
        for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', form):
            name, value = (re.search(rf'{key}="([^"]*)"', tag).group(1) for key in ("name", "value"))
            hidden[unescape(name)] = unescape(value)
        return self.open(urljoin(page.url, action), {**hidden, **fields})

    def sign_in(self, url, person):
        page = self.open(url)
        if not isinstance(page, str) and 'id="login-submit"' in page.text:
            page = self.submit(page, person)
        if not isinstance(page, str) and 'id="consent-allow"' in page.text:
            page = self.submit(page, {"decision": "allow"})
        assert isinstance(page, str), page.text
        return page


def test_a_person_signs_in(metadata, client, person):
    verifier, nonce = generate_token(48), generate_token(20)
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    back = Browser().sign_in(url, person)
    tokens = client.fetch_token(authorization_response=back, code_verifier=verifier, state=state)
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=TIMEOUT).json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    claims = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"value": ISSUER}, "aud": {"value": "demo-web"}},
        {"client_id": "demo-web", "nonce": nonce, "access_token": tokens["access_token"]},
    )
    claims.validate()
    info = client.get(metadata["userinfo_endpoint"]).json()
    assert info["sub"] == claims["sub"]
    assert info["preferred_username"] == person["username"]
    refreshed = client.refresh_token(metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
    assert refreshed["access_token"] != tokens["access_token"]


def test_who_is_signed_in_is_not_asked_again(metadata, client, person):
    browser = Browser()
    verifier = generate_token(48)
    url, _ = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    browser.sign_in(url, person)
    silent, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, prompt="none"
    )
    back = browser.open(silent)
    assert client.fetch_token(authorization_response=back, code_verifier=verifier, state=state)["id_token"]
