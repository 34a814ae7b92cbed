// Hufu as openid-client and oauth4webapi see it: everything that these tests know of the server is its issuer URL.
// Run by scripts/test-clients, which starts the server and names it in the environment.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import * as oauth from "oauth4webapi";
import * as oidc from "openid-client";

const ISSUER = new URL(env("HUFU_ISSUER"));
const SIMULATOR = env("HUFU_SIM");
const SCOPE = "openid profile offline_access";
const WECHAT_CODE = "urn:hufu:grant-type:wechat-code";

function env(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run scripts/test-clients`);
  return value;
}

/** What `wx.login` gives a mini-program. */
async function loginCode(user = "alice", appid = "wxde30000000000001") {
  const response = await fetch(`${SIMULATOR}/__sim/v1/codes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ appid, user }),
  });
  assert.ok(response.ok, `the simulator answered ${response.status}`);
  return (await response.json()).code;
}

/**
 * A client that found all endpoints from the issuer. Plain HTTP is on loopback only, and ID tokens' signatures are
 * checked although they came straight from the token endpoint.
 */
function discover(clientId, authentication, metadata) {
  return oidc.discovery(ISSUER, clientId, metadata, authentication, {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  });
}

const demoShop = () => discover("demo-shop", oidc.None());

async function demoWeb(authentication = oidc.ClientSecretBasic) {
  const secret = (await readFile(env("HUFU_DEMO_WEB_SECRET_FILE"), "utf8")).trim();
  return discover("demo-web", authentication(secret));
}

async function login(config) {
  return oidc.genericGrantRequest(config, WECHAT_CODE, { js_code: await loginCode(), scope: SCOPE });
}

/** The OAuth error that the server answered with. */
async function refusal(promise) {
  const error = await promise.then(
    () => assert.fail("the server should have refused"),
    (error) => error,
  );
  assert.ok(error instanceof oidc.ResponseBodyError, `${error}: ${error.cause}`);
  return error;
}

test("metadata is the same by OpenID Connect discovery and by RFC 8414", async () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const documents = [];
  for (const algorithm of ["oidc", "oauth2"]) {
    const response = await oauth.discoveryRequest(ISSUER, { ...insecure, algorithm });
    documents.push(await oauth.processDiscoveryResponse(ISSUER, response));
  }
  assert.deepEqual(documents[0], documents[1]);
  assert.ok(documents[0].grant_types_supported.includes(WECHAT_CODE));
});

test("a login code becomes tokens whose ID token verifies", async () => {
  const config = await demoShop();
  const tokens = await login(config);

  assert.equal(tokens.token_type, "bearer");
  assert.ok(tokens.expires_in > 0);
  assert.ok(tokens.refresh_token);
  const claims = tokens.claims();
  assert.equal(claims.iss, ISSUER.href);
  assert.equal(claims.aud, "demo-shop");
  assert.ok(Array.isArray(claims.amr) && claims.amr.length > 0);
  assert.ok(Number.isInteger(claims.auth_time));
});

test("an access token verifies offline by RFC 9068", async () => {
  const config = await demoShop();
  const tokens = await login(config);

  const request = new Request("http://localhost/resource", {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(config.serverMetadata(), request, ISSUER.href, {
    [oauth.allowInsecureRequests]: true,
  });
  assert.equal(claims.client_id, "demo-shop");
  assert.equal(claims.sub, tokens.claims().sub);
  assert.deepEqual(new Set(claims.scope.split(" ")), new Set(SCOPE.split(" ")));
});

test("an ID token is no access token", async () => {
  const config = await demoShop();
  const tokens = await login(config);

  const request = new Request("http://localhost/resource", { headers: { authorization: `Bearer ${tokens.id_token}` } });
  await assert.rejects(
    oauth.validateJwtAccessToken(config.serverMetadata(), request, "demo-shop", { [oauth.allowInsecureRequests]: true }),
  );
  await assert.rejects(oidc.fetchUserInfo(config, tokens.id_token, oidc.skipSubjectCheck));
});

test("userinfo speaks of the user of the ID token", async () => {
  const config = await demoShop();
  const tokens = await login(config);
  const { sub } = tokens.claims();
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub)).sub, sub);
});

test("the same person is the same user at every login", async () => {
  const config = await demoShop();
  const [first, second] = [await login(config), await login(config)];
  assert.equal(first.claims().sub, second.claims().sub);
});

test("a refresh token gives new tokens of the same login", async () => {
  const config = await demoShop();
  const tokens = await login(config);
  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);

  assert.notEqual(refreshed.access_token, tokens.access_token);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
  for (const claim of ["iss", "sub", "aud", "auth_time"]) {
    assert.deepEqual(refreshed.claims()[claim], tokens.claims()[claim], claim);
  }
});

for (const authentication of [oidc.ClientSecretBasic, oidc.ClientSecretPost]) {
  test(`a confidential client introspects (${authentication.name})`, async () => {
    const tokens = await login(await demoShop());
    const answer = await oidc.tokenIntrospection(await demoWeb(authentication), tokens.access_token);
    assert.equal(answer.active, true);
    assert.equal(answer.client_id, "demo-shop");
    assert.equal(answer.sub, tokens.claims().sub);
  });
}

test("introspection without the client's secret is invalid_client", async () => {
  const tokens = await login(await demoShop());
  const config = await discover("demo-web", oidc.ClientSecretPost("wrong"));
  await assert.rejects(oidc.tokenIntrospection(config, tokens.access_token), (error) => {
    // A 401 may carry a challenge; then that is what the library shows.
    return error.error === "invalid_client" || error instanceof oidc.WWWAuthenticateChallengeError;
  });
});

test("a revoked refresh token is spent", async () => {
  const config = await demoShop();
  const tokens = await login(config);
  await oidc.tokenRevocation(config, tokens.refresh_token);

  assert.equal((await refusal(oidc.refreshTokenGrant(config, tokens.refresh_token))).error, "invalid_grant");
  assert.equal((await oidc.tokenIntrospection(await demoWeb(), tokens.refresh_token)).active, false);
});

test("a used login code is invalid_grant, with the reason", async () => {
  const config = await demoShop();
  const js_code = await loginCode();
  await oidc.genericGrantRequest(config, WECHAT_CODE, { js_code, scope: SCOPE });

  const error = await refusal(oidc.genericGrantRequest(config, WECHAT_CODE, { js_code, scope: SCOPE }));
  assert.equal(error.status, 400);
  assert.equal(error.error, "invalid_grant");
  assert.equal(error.cause.reason, "wx_code_used");
});

test("a login code that WeChat never gave is invalid_grant, with the reason", async () => {
  const config = await demoShop();
  const error = await refusal(oidc.genericGrantRequest(config, WECHAT_CODE, { js_code: `0${"x".repeat(31)}` }));
  assert.equal(error.error, "invalid_grant");
  assert.equal(error.cause.reason, "wx_code_invalid");
});

/** Sends one step of a login without a browser: stock fetch, as a mini-program would. */
async function step(fields) {
  const config = await demoShop();
  const endpoint = config.serverMetadata().authorization_challenge_endpoint;
  const response = await fetch(endpoint, {
    method: "POST",
    body: new URLSearchParams({ response_type: "code", client_id: "demo-shop", ...fields }),
  });
  return { status: response.status, ...(await response.json()) };
}

test("a code of a login without a browser is redeemed by a stock client", async () => {
  const config = await demoShop();
  const verifier = oidc.randomPKCECodeVerifier();
  const pkce = {
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    scope: SCOPE,
  };
  const sent = await step({ ...pkce, phone: "137 0013 7000" });
  assert.equal(sent.error, "insufficient_authorization");
  assert.deepEqual(sent.next, ["otp"]);

  const inbox = await fetch(`${SIMULATOR}/__sim/v1/sms?to=${encodeURIComponent("+8613700137000")}`);
  const otp = (await inbox.json()).at(-1).code;
  const done = await step({ auth_session: sent.auth_session, otp });
  assert.equal(done.status, 200);

  const redeem = () =>
    oidc.genericGrantRequest(config, "authorization_code", { code: done.authorization_code, code_verifier: verifier });
  const tokens = await redeem();
  assert.ok(tokens.refresh_token);
  assert.deepEqual(tokens.claims().amr, ["sms"]);
  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(refreshed.claims().sub, tokens.claims().sub);

  assert.equal((await refusal(redeem())).error, "invalid_grant");
  const dead = await refusal(oidc.refreshTokenGrant(config, refreshed.refresh_token));
  assert.equal(dead.error, "invalid_grant", "a code that came twice was stolen from somebody");
});
