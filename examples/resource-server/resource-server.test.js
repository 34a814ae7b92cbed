// The API against a `hufu dev` that runs (HUFU_ISSUER, HUFU_OPERATOR_TOKEN_FILE), and against an issuer of the test's own
// where a token must be wrong. Run by scripts/test-clients.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import test, { after, before, beforeEach } from "node:test";
import { SignJWT, UnsecuredJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";
import { Tenant } from "../../tests/clients/node/tenant.js";
import { api } from "./api.js";
import { settings } from "./settings.js";
import { Tokens } from "./tokens.js";

const PERSON = { username: "wang.fang", password: "otter-lantern-violin-7" };

const servers = [];
let tea;
let coffee;
let teaTokens;
let fake;

async function listen(listener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return `http://127.0.0.1:${server.address().port}`;
}

/** An issuer whose keys the test has. Counts what it is asked; answers nothing while it is `away`. */
class FakeIssuer {
  asked = { discovery: 0, keys: 0, introspection: 0 };
  away = false;
  active = true;

  static async start() {
    const issuer = new FakeIssuer();
    issuer.pair = await generateKeyPair("ES256");
    issuer.url = await listen((request, response) => issuer.#answer(request, response));
    return issuer;
  }

  /** A token that is right, but for what is named. */
  async token(claims = {}, header = {}, key = this.pair.privateKey) {
    const now = Math.floor(Date.now() / 1000);
    const right = {
      iss: this.url,
      aud: this.url,
      sub: "usr_1",
      client_id: "shop",
      scope: "openid",
      jti: "1",
      iat: now,
      exp: now + 900,
    };
    const jwt = new SignJWT({ ...right, ...claims });
    return jwt.setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "1", ...header }).sign(key);
  }

  async #answer(request, response) {
    if (this.away) return response.writeHead(503).end();
    const answer = async () => {
      if (request.url === "/.well-known/openid-configuration") {
        this.asked.discovery += 1;
        const { url } = this;
        return { issuer: url, jwks_uri: `${url}/jwks`, introspection_endpoint: `${url}/introspect` };
      }
      if (request.url === "/introspect") {
        this.asked.introspection += 1;
        return { active: this.active, jti: "1" };
      }
      this.asked.keys += 1;
      return { keys: [{ ...(await exportJWK(this.pair.publicKey)), kid: "1", alg: "ES256", use: "sig" }] };
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(await answer()));
  }
}

/** The API as it is configured, and what it answers. */
async function start(configured, now) {
  const base = await listen(api(new Tokens(configured, now)));
  return async (path, token, { method = "GET", headers = {} } = {}) => {
    const authorization = token && { authorization: `Bearer ${token}` };
    const response = await fetch(base + path, { method, headers: { ...authorization, ...headers } });
    const challenge = response.headers.get("www-authenticate");
    return { status: response.status, challenge, headers: response.headers, body: await response.json() };
  };
}

before(async () => {
  [tea, coffee] = await Promise.all([Tenant.create(), Tenant.create()]);
  teaTokens = await tea.person(PERSON);
});

beforeEach(async () => {
  fake = await FakeIssuer.start();
});

after(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await Promise.all([tea?.delete(), coffee?.delete()]);
});

function isInvalid(answer, description) {
  assert.equal(answer.status, 401);
  assert.equal(answer.body.error, "invalid_token");
  assert.match(answer.challenge, /^Bearer realm="[^"]+", error="invalid_token"/);
  if (description) assert.match(answer.body.error_description, description);
}

test("an access token of Hufu is checked offline", async () => {
  const call = await start({ issuers: [tea.issuer] });
  const { status, body } = await call("/me", teaTokens.access_token);
  assert.equal(status, 200);
  assert.equal(body.iss, tea.issuer);
  assert.equal(body.client_id, "app");
  assert.match(body.sub, /^usr_/);
});

test("each of several tenants is taken, and those who are not on the list are not", async () => {
  const coffeeTokens = await coffee.person(PERSON);
  const both = await start({ issuers: [tea.issuer, coffee.issuer] });
  const [one, other] = [await both("/me", teaTokens.access_token), await both("/me", coffeeTokens.access_token)];
  assert.deepEqual([one.status, other.status], [200, 200]);
  assert.notEqual(one.body.sub, other.body.sub);

  const teaOnly = await start({ issuers: [tea.issuer] });
  isInvalid(await teaOnly("/me", coffeeTokens.access_token), /issuer/);
});

test("a token for a resource is taken by that resource and by no other", async () => {
  const resource = "https://api.example";
  const grant = { grant_types: ["client_credentials"], scope: "", resources: [resource] };
  const secret = await tea.client("worker", { ...grant, token_endpoint_auth_method: "client_secret_post" });
  const { access_token } = await tea.post("/token", {
    grant_type: "client_credentials",
    client_id: "worker",
    client_secret: secret,
    resource,
  });
  const [theApi, another] = [resource, "https://other.example"].map((audience) => ({ issuers: [tea.issuer], audience }));
  isInvalid(await (await start(another))("/me", access_token), /aud/);
  isInvalid(await (await start({ issuers: [tea.issuer] }))("/me", access_token), /aud/);
  // A client that acts for itself has no scope `openid`: the audience is right, and the resource is refused all the same.
  assert.equal((await (await start(theApi))("/me", access_token)).status, 403);
});

test("the other tokens of Hufu are no access tokens", async () => {
  const call = await start({ issuers: [tea.issuer] });
  isInvalid(await call("/me", teaTokens.id_token));
  isInvalid(await call("/me", teaTokens.refresh_token));
});

test("a scope that is missing is named", async () => {
  const call = await start({ issuers: [tea.issuer] });
  const { status, challenge, body } = await call("/deliveries", teaTokens.access_token);
  assert.equal(status, 403);
  assert.equal(body.error, "insufficient_scope");
  assert.match(challenge, /error="insufficient_scope".*scope="phone"$/);
});

test("a revoked token is refused where the issuer is asked, and believed until it expires where it is not", async () => {
  const secret = await tea.client("api", { grant_types: ["client_credentials"], scope: "" });
  const introspection = { [tea.issuer]: { client_id: "api", client_secret: secret } };
  const call = await start({ issuers: [tea.issuer], introspection });
  const { access_token, refresh_token } = await tea.person({ ...PERSON, username: "li.na" });
  assert.equal((await call("/payments", access_token, { method: "POST" })).status, 200);

  await tea.post("/revoke", { client_id: "app", token: refresh_token });
  isInvalid(await call("/payments", access_token, { method: "POST" }), /no longer valid/);
  assert.equal((await call("/me", access_token)).status, 200);
});

test("without a token there is a challenge without an error", async () => {
  const call = await start({ issuers: [fake.url] });
  for (const headers of [{}, { authorization: "Basic YTpi" }]) {
    const { status, challenge } = await call("/me", undefined, { headers });
    assert.equal(status, 401);
    assert.equal(challenge, 'Bearer realm="hufu-example"');
  }
  const inTheQuery = await call(`/me?access_token=${await fake.token()}`);
  assert.equal(inTheQuery.status, 401);
});

test("a malformed header is invalid_request", async () => {
  const call = await start({ issuers: [fake.url] });
  for (const authorization of ["Bearer", "Bearer a b"]) {
    const { status, challenge } = await call("/me", undefined, { headers: { authorization } });
    assert.equal(status, 400);
    assert.match(challenge, /error="invalid_request"/);
  }
});

test("a token that is wrong in one thing is refused", async () => {
  const call = await start({ issuers: [fake.url] });
  assert.equal((await call("/me", await fake.token())).status, 200);

  const stranger = await generateKeyPair("ES256");
  const now = Math.floor(Date.now() / 1000);
  const secret = Buffer.from(JSON.stringify(await exportJWK(fake.pair.publicKey)));
  const wrong = {
    "another key": fake.token({}, {}, stranger.privateKey),
    "a public key as a secret": fake.token({}, { alg: "HS256" }, secret),
    "no signature": new UnsecuredJWT({ iss: fake.url, aud: fake.url, sub: "usr_1", exp: now + 900 }).encode(),
    "another audience": fake.token({ aud: "https://other.example" }),
    "no audience": fake.token({ aud: undefined }),
    "the type of ID tokens": fake.token({}, { typ: "JWT" }),
    "no type": fake.token({}, { typ: undefined }),
    "no expiry": fake.token({ exp: undefined }),
    "no client": fake.token({ client_id: undefined }),
    "a time to come": fake.token({ nbf: now + 600 }),
    "a key to prove": fake.token({ cnf: { jkt: "x" } }),
    "an unknown key": fake.token({}, { kid: "2" }),
    "too long": fake.token({ more: "x".repeat(4_096) }),
    "another issuer": fake.token({ iss: `${fake.url}/` }),
    "not a token": "x",
    "not even text": "a.b.c",
  };
  for (const [name, token] of Object.entries(wrong)) {
    const { status, body } = await call("/me", await token);
    assert.deepEqual([status, body.error], [401, "invalid_token"], name);
  }
});

test("a token is good until it expires, and a few seconds for clocks that differ", async () => {
  let now;
  const call = await start({ issuers: [fake.url] }, () => now);
  const token = await fake.token();
  now = (decodeJwt(token).exp + 3) * 1000;
  assert.equal((await call("/me", token)).status, 200);
  now += 3_000;
  isInvalid(await call("/me", token), /expired/);
});

test("many requests ask the issuer once", async () => {
  const call = await start({ issuers: [fake.url] });
  const token = await fake.token();
  const answers = await Promise.all(Array.from({ length: 50 }, () => call("/me", token)));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.deepEqual(fake.asked, { discovery: 1, keys: 1, introspection: 0 });
});

test("tokens with made-up keys do not have the issuer asked again and again", async () => {
  const call = await start({ issuers: [fake.url] });
  for (const kid of ["2", "3", "4"]) isInvalid(await call("/me", await fake.token({}, { kid })));
  assert.equal(fake.asked.keys, 1);
});

test("an issuer that is away makes a token neither good nor bad", async () => {
  const call = await start({ issuers: [fake.url] });
  const token = await fake.token();
  fake.away = true;
  const { status, challenge, headers } = await call("/me", token);
  assert.equal(status, 503);
  assert.equal(challenge, null);
  assert.equal(headers.get("retry-after"), "5");
  fake.away = false;
  assert.equal((await call("/me", token)).status, 200);
  fake.away = true;
  assert.equal((await call("/me", token)).status, 200);
});

test("what needs a living token is refused where the issuer cannot be asked", async () => {
  const introspection = { [fake.url]: { client_id: "api", client_secret: "s" } };
  const call = await start({ issuers: [fake.url], introspection });
  const token = await fake.token();
  const pay = () => call("/payments", token, { method: "POST" });
  assert.equal((await pay()).status, 200);
  fake.away = true;
  assert.equal((await pay()).status, 503);
  fake.away = false;
  fake.active = false;
  isInvalid(await pay());

  const withoutCredentials = await start({ issuers: [fake.url] });
  assert.equal((await withoutCredentials("/payments", token, { method: "POST" })).status, 503);
});

test("an issuer over plain http is on this machine, or is not configured", () => {
  assert.deepEqual(settings({}).issuers, ["http://127.0.0.1:8080/t/demo"]);
  assert.deepEqual(settings({ ISSUERS: "https://a.example/t/x  https://a.example/t/y" }).issuers.length, 2);
  assert.throws(() => settings({ ISSUERS: "http://id.example/t/x" }));
});
