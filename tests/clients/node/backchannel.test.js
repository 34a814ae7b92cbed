// A sign-out that the application is told of (OpenID Connect Back-Channel Logout), over https where the server is: then the
// application's certificate is of the same CA, which the server knows from its configuration alone.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { text } from "node:stream/consumers";
import test, { after, before } from "node:test";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { Tenant } from "./tenant.js";

const LOGOUT = "http://schemas.openid.net/event/backchannel-logout";
const folder = process.env.HUFU_TLS_FOLDER;

let tenant;
let application;
/** Settled with the next form that is posted to the application. */
let told;

before(async () => {
  let tell;
  told = new Promise((resolve) => (tell = resolve));
  const answer = async (request, response) => {
    tell({ url: request.url, form: new URLSearchParams(await text(request)) });
    response.writeHead(200, { "cache-control": "no-store" }).end();
  };
  application = folder
    ? createSecureServer({ cert: await readFile(`${folder}/cert.pem`), key: await readFile(`${folder}/key.pem`) }, answer)
    : createServer(answer);
  await new Promise((resolve) => application.listen(0, "127.0.0.1", resolve));
  tenant = await Tenant.create();
});

after(async () => {
  application.close();
  await tenant.delete();
});

test("an application is told when a session ends, wherever it ends", async () => {
  const origin = `${folder ? "https" : "http"}://localhost:${application.address().port}`;
  await tenant.client("web", {
    token_endpoint_auth_method: "none",
    first_party: true,
    grant_types: ["authorization_code", "refresh_token"],
    scope: "account openid",
    backchannel_logout_uri: `${origin}/backchannel`,
  });
  const person = { username: `out-${randomBytes(4).toString("hex")}`, password: "otter-lantern-violin-7" };
  const tokens = await tenant.person({ ...person, client: "web", scope: "account openid" });
  const claims = decodeJwt(tokens.id_token);
  const ended = await fetch(`${tenant.issuer}/account/sessions/${claims.sid}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  assert.ok(ended.ok, `${ended.status}`);
  const { url, form } = await told;
  assert.equal(url, "/backchannel");
  const keys = createRemoteJWKSet(new URL(`${tenant.issuer}/jwks`));
  const options = { issuer: tenant.issuer, audience: "web", typ: "logout+jwt" };
  const { payload } = await jwtVerify(form.get("logout_token"), keys, options);
  assert.deepEqual(payload.events, { [LOGOUT]: {} });
  assert.deepEqual([payload.sub, payload.sid, payload.nonce], [claims.sub, claims.sid, undefined]);
  assert.ok(payload.jti);
});
