// What needs no server: logout tokens, sessions, cookies, settings.
import assert from "node:assert/strict";
import test from "node:test";
import { SignJWT, createLocalJWKSet, exportJWK, generateKeyPair } from "jose";
import { Cookies } from "./cookies.js";
import { readLogoutToken } from "./logout-token.js";
import { Sessions } from "./sessions.js";
import { settings } from "./settings.js";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
const EXPECTED = { issuer: "https://id.example/t/tea", audience: "shop", algorithms: ["ES256"] };

const { privateKey, publicKey } = await generateKeyPair("ES256");
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: "1" }] });

/** A logout token that is right, but for what is named. */
async function read(claims = {}, header = {}, key = privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const right = { iss: EXPECTED.issuer, aud: "shop", sub: "usr_1", sid: "ses_1", iat: now, exp: now + 120, jti: "1" };
  const jwt = new SignJWT({ ...right, events: { [EVENT]: {} }, ...claims });
  const token = await jwt.setProtectedHeader({ alg: "ES256", typ: "logout+jwt", kid: "1", ...header }).sign(key);
  return readLogoutToken(token, keys, EXPECTED);
}

test("a logout token names the session", async () => {
  assert.deepEqual(await read(), { sub: "usr_1", sid: "ses_1" });
});

test("a logout token that is wrong in one thing is none", async () => {
  const past = Math.floor(Date.now() / 1000) - 60;
  const stranger = await generateKeyPair("ES256");
  for (const [name, ...wrong] of [
    ["another issuer", { iss: "https://id.example/t/coffee" }],
    ["another client", { aud: "cafe" }],
    ["expired", { exp: past }],
    ["never expires", { exp: undefined }],
    ["no time", { iat: undefined }],
    ["no id", { jti: undefined }],
    ["no event", { events: undefined }],
    ["another event", { events: { "https://example/other": {} } }],
    ["an event that is no object", { events: { [EVENT]: true } }],
    ["a nonce", { nonce: "n" }],
    ["nobody", { sub: undefined, sid: undefined }],
    ["an ID token's type", {}, { typ: "JWT" }],
    ["another key", {}, {}, stranger.privateKey],
  ]) {
    await assert.rejects(read(...wrong), undefined, name);
  }
});

test("a session has an id of its own, ends in time, and the eldest makes room", () => {
  let now = 0;
  const sessions = new Sessions({ most: 2, ttl: 100, now: () => now });
  const [first, second, third] = ["a", "b", "c"].map((sub) => sessions.begin({ sub }));
  assert.notEqual(second.id, third.id);
  assert.equal(sessions.size, 2);
  assert.equal(sessions.find(first.id), undefined);
  now = 99;
  assert.equal(sessions.find(second.id), second);
  now = 100;
  assert.equal(sessions.find(second.id), undefined);
  assert.equal(sessions.find(undefined), undefined);
});

test("a logout ends the session that it names, or all of the person's", () => {
  const sessions = new Sessions();
  const begin = (sub, sid) => sessions.begin({ sub, sid });
  const [phone, desk, other] = [begin("a", "1"), begin("a", "2"), begin("b", "3")];
  const alive = () => [phone, desk, other].map(({ id }) => Boolean(sessions.find(id)));
  sessions.endAll({ sub: "a", sid: "1" });
  assert.deepEqual(alive(), [false, true, true]);
  sessions.endAll({ sub: "a", sid: "3" });
  assert.deepEqual(alive(), [false, true, true]);
  sessions.endAll({ sub: "a" });
  assert.deepEqual(alive(), [false, false, true]);
});

test("cookies are for this host and https alone, and not for scripts", async () => {
  const cookies = new Cookies(new URL("https://app.example"));
  const all = [cookies.session("x"), await cookies.asked({ state: "s" }), cookies.forgetAsked(), cookies.forgetSession()];
  for (const cookie of all) {
    assert.match(cookie, /^__Host-rp-/);
    for (const attribute of ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"]) assert.ok(cookie.includes(`; ${attribute}`));
    assert.doesNotMatch(cookie, /Domain=/i);
  }
  const overHttp = new Cookies(new URL("http://127.0.0.1:3000")).session("x");
  assert.equal(overHttp, "rp-session=x; Path=/; HttpOnly; SameSite=Lax");
});

test("what was asked is read by the one who sealed it, and shows nothing", async () => {
  const cookies = new Cookies(new URL("http://127.0.0.1:3000"));
  const [cookie] = (await cookies.asked({ state: "the-state", verifier: "the-verifier" })).split(";");
  const request = { headers: { cookie: `a=b; ${cookie}` } };
  assert.equal((await cookies.askedBy(request)).verifier, "the-verifier");
  assert.doesNotMatch(Buffer.from(cookie, "base64").toString("latin1"), /the-verifier/);

  const others = new Cookies(new URL("http://127.0.0.1:3000"));
  assert.equal(await others.askedBy(request), undefined);
  assert.equal(await cookies.askedBy({ headers: {} }), undefined);
});

test("nothing is sent over plain http but on this machine", () => {
  const secret = { CLIENT_SECRET: "s" };
  assert.equal(settings(secret).issuer.href, "http://127.0.0.1:8080/t/demo");
  for (const name of ["ISSUER", "BASE_URL", "API_URL"]) {
    assert.throws(() => settings({ ...secret, [name]: "http://id.example" }), new RegExp(name));
  }
});
