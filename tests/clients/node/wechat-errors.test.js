// docs/wechat-errors.md is true: each row of it is said by the simulator, and what Hufu answers is compared. Run by scripts/test-clients.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import test, { after, before } from "node:test";
import { Tenant, env } from "./tenant.js";

const PAGE = await readFile(new URL("../../../docs/wechat-errors.md", import.meta.url), "utf8");
const ANSWER = /^(\d{3}) `(\w+)`(?:, `(\w+)`)?(?:, (\d+) s)?$/;

const LOGIN = "/sns/jscode2session";
const TOKEN = "/cgi-bin/stable_token";
const PHONE = "/wxa/business/getuserphonenumber";
const KEYS = "/wxa/business/getuserencryptkey";

let tenant;

before(async () => {
  tenant = await Tenant.create();
  await tenant.admin("PATCH", "", { settings: { wechat: { keep_session_key: true } } });
});

after(() => tenant?.delete());

/** The rows of the section about an endpoint: what WeChat does, and what Hufu answers. */
function rows(endpoint) {
  const section = PAGE.split(/^## /m).find((section) => section.split("\n")[0].includes(`\`${endpoint}\``));
  const cells = section.split("\n").filter((line) => /^\| (`|any|no )/.test(line)).map((line) => line.split(" | "));
  return cells.flatMap(([said, , answer]) => {
    const [, status, error, reason, seconds] = ANSWER.exec(answer) ?? assert.fail(`unreadable: ${answer}`);
    const expected = { status: Number(status), error, reason, retryAfter: seconds };
    return actions(said).map(([name, action]) => ({ name, action, expected }));
  });
}

function actions(said) {
  const codes = [...said.matchAll(/`(-?\d+)`/g)].map(([, code]) => Number(code));
  if (said.startsWith("| any other")) codes.push(12_345);
  if (said.startsWith("| no answer")) return [["no answer", "empty_200"]];
  assert.ok(codes.length > 0, said);
  return codes.map((n) => [n, { errcode: { n, msg: "as the page says" } }]);
}

async function sim(path, body) {
  const response = await fetch(`${env("HUFU_SIM")}/__sim/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, text);
  return text && JSON.parse(text);
}

/** A mini-program of its own for each row, so that no row is answered by what an earlier one did. */
async function miniProgram() {
  const appid = `wx${randomBytes(8).toString("hex")}`;
  const { secret } = await sim("/apps", { appid });
  await tenant.admin("PUT", `/wechat-apps/${appid}`, { kind: "mini_program", secret });
  await tenant.client(appid, {
    token_endpoint_auth_method: "none",
    first_party: true,
    wechat_appid: appid,
    grant_types: ["urn:hufu:grant-type:wechat-code", "refresh_token"],
    scope: "account openid phone",
  });
  return appid;
}

async function login(appid) {
  const { code } = await sim("/codes", { appid, user: "alice" });
  const body = { grant_type: "urn:hufu:grant-type:wechat-code", client_id: appid, js_code: code };
  return fetch(`${tenant.issuer}/token`, { method: "POST", body: new URLSearchParams(body) });
}

async function accessToken(appid) {
  const response = await login(appid);
  assert.ok(response.ok, await response.clone().text());
  return (await response.json()).access_token;
}

async function linkPhone(appid, token) {
  const { code } = await sim("/phone-codes", { appid, user: "alice" });
  return fetch(`${tenant.issuer}/account/identities`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ phone_code: code }),
  });
}

function encryptKeys(token) {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${tenant.issuer}/account/wechat/encrypt-keys`, { headers });
}

const fault = (appid, path, action) => sim("/faults", { match: { appid, path }, action });

/** How each endpoint of WeChat comes to say it. */
const ENDPOINTS = {
  jscode2session: async (appid, action) => {
    await fault(appid, LOGIN, action);
    return login(appid);
  },
  getuserphonenumber: async (appid, action) => {
    const token = await accessToken(appid);
    await fault(appid, PHONE, action);
    return linkPhone(appid, token);
  },
  // Hufu has an access token of the app since it was registered, for those secrets: with one more that waits it asks for another.
  stable_token: async (appid, action) => {
    const token = await accessToken(appid);
    await tenant.admin("POST", `/wechat-apps/${appid}/rotate`, { secret: randomBytes(16).toString("hex") });
    await fault(appid, TOKEN, action);
    return linkPhone(appid, token);
  },
  getuserencryptkey: async (appid, action) => {
    const token = await accessToken(appid);
    await fault(appid, KEYS, action);
    return encryptKeys(token);
  },
};

for (const [endpoint, provoke] of Object.entries(ENDPOINTS)) {
  for (const { name, action, expected } of rows(endpoint)) {
    test(`${name} of ${endpoint} is answered as docs/wechat-errors.md says`, async () => {
      const response = await provoke(await miniProgram(), action);
      const { error, reason } = await response.json();
      const retryAfter = response.headers.get("retry-after") ?? undefined;
      assert.deepEqual({ status: response.status, error, reason, retryAfter }, expected);
    });
  }
}
