// Signing in in a browser, as openid-client and oauth4webapi do it: everything that these tests know of the server is its issuer
// URL. Run by scripts/test-clients.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test, { before } from "node:test";
import * as oauth from "oauth4webapi";
import * as oidc from "openid-client";
import { Browser } from "./browser.js";

const ISSUER = new URL(process.env.HUFU_ISSUER ?? "http://run.scripts/test-clients");
const CALLBACK = "http://127.0.0.1:3000/callback";
const USER = { username: "code-flow", password: "otter-lantern-violin-7" };

let config;

before(async () => {
  const secret = (await readFile(process.env.HUFU_DEMO_WEB_SECRET_FILE, "utf8")).trim();
  config = await oidc.discovery(ISSUER, "demo-web", undefined, oidc.ClientSecretBasic(secret), {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  });
  // The demo's mini-program registers the person.
  const challenge = await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier());
  const registered = await fetch(`${ISSUER.href}/authorize-challenge`, {
    method: "POST",
    body: new URLSearchParams({
      response_type: "code",
      client_id: "demo-shop",
      code_challenge: challenge,
      code_challenge_method: "S256",
      prompt: "create",
      ...USER,
    }),
  });
  assert.ok(registered.ok, await registered.text());
});

/** Goes through the pages as a person would, and gives where the browser comes back to. */
async function signIn(browser, url) {
  let page = await browser.open(url.href);
  if (page.html?.includes('id="login-submit"')) page = await browser.submit(page, USER);
  if (page.html?.includes('id="consent-allow"')) page = await browser.submit(page, { decision: "allow" });
  assert.ok(page.leftFor, page.html);
  assert.equal(page.status, 303);
  return page.leftFor;
}

/** One authorization code flow with PKCE, state and nonce. */
async function flow(browser, parameters = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const request = {
    redirect_uri: CALLBACK,
    scope: "openid profile offline_access",
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  };
  const url = oidc.buildAuthorizationUrl(config, request);
  const back = await signIn(browser, url);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return oidc.authorizationCodeGrant(config, back, checks);
}

test("a person signs in, and the client gets tokens, userinfo and a refresh", async () => {
  const tokens = await flow(new Browser(ISSUER.origin));
  const { sub } = tokens.claims();
  const info = await oidc.fetchUserInfo(config, tokens.access_token, sub);
  assert.equal(info.preferred_username, USER.username);
  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(refreshed.claims().sub, sub);
  assert.equal(refreshed.claims().auth_time, tokens.claims().auth_time);
});

test("prompt=none is silent where somebody is signed in, and login_required elsewhere", async () => {
  const browser = new Browser(ISSUER.origin);
  const first = await flow(browser);
  const silent = await flow(browser, { prompt: "none" });
  assert.equal(silent.claims().sub, first.claims().sub);
  assert.equal(silent.claims().auth_time, first.claims().auth_time);
  await assert.rejects(flow(new Browser(ISSUER.origin), { prompt: "none" }), (error) => {
    assert.ok(error instanceof oidc.AuthorizationResponseError, `${error}`);
    assert.equal(error.error, "login_required");
    return true;
  });
});

test("a pushed request does the same", async () => {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const url = await oidc.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: CALLBACK,
    scope: "openid",
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
  const back = await signIn(new Browser(ISSUER.origin), url);
  const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier, idTokenExpected: true });
  assert.ok(tokens.claims().sid);
});

test("a DPoP key binds the tokens", async () => {
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair("ES256"));
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: "openid",
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    dpop_jkt: await DPoP.calculateThumbprint(),
  });
  const back = await signIn(new Browser(ISSUER.origin), url);
  const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier }, undefined, { DPoP });
  assert.equal(tokens.token_type, "dpop");
  const { sub } = tokens.claims();
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub, sub);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, sub));
});

test("signing out at the provider ends the session", async () => {
  const browser = new Browser(ISSUER.origin);
  const tokens = await flow(browser);
  const url = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token });
  const page = await browser.open(url.href);
  assert.equal(page.status, 200);
  assert.match(page.html, /You are signed out/);
  await assert.rejects(flow(browser, { prompt: "none" }));
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token));
});

test("oauth4webapi takes the answer of the authorization endpoint, its iss included", async () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const as = await oauth.processDiscoveryResponse(ISSUER, await oauth.discoveryRequest(ISSUER, insecure));
  assert.equal(as.authorization_response_iss_parameter_supported, true);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint);
  for (const [name, value] of Object.entries({
    client_id: "demo-web",
    redirect_uri: CALLBACK,
    response_type: "code",
    scope: "openid",
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  })) {
    url.searchParams.set(name, value);
  }
  const back = await signIn(new Browser(ISSUER.origin), url);
  const parameters = oauth.validateAuthResponse(as, { client_id: "demo-web" }, back, state);
  assert.ok(parameters.get("code"));
});
