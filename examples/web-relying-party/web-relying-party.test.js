// The application against a `hufu dev` that runs (HUFU_ISSUER, HUFU_OPERATOR_TOKEN_FILE), with a browser that is as much of one as its
// pages need. Run by scripts/test-clients.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import test, { after, before, beforeEach } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { Browser } from "../../tests/clients/node/browser.js";
import { Tenant } from "../../tests/clients/node/tenant.js";
import { application } from "./application.js";
import { Provider } from "./provider.js";
import { Sessions } from "./sessions.js";
import { settings as read } from "./settings.js";

const PERSON = { username: "wang.fang", password: "otter-lantern-violin-7" };
const RESOURCE = "https://api.example/";

const servers = [];
let tenant;
let sub;
let app;
let api;

async function listen(listener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

/** The application, registered as a client of its own. `given` is all that it answered with. */
async function start({ resource } = {}) {
  let handle;
  const given = [];
  const { server, url } = await listen((request, response) => handle(request, overheard(response, given)));
  const clientId = `rp-${new URL(url).port}`;
  const clientSecret = await tenant.client(clientId, {
    client_name: "Example",
    redirect_uris: [`${url}/callback`],
    post_logout_redirect_uris: [`${url}/`],
    backchannel_logout_uri: `${url}/backchannel-logout`,
    grant_types: ["authorization_code", "refresh_token"],
    scope: "offline_access openid profile",
    resources: [RESOURCE],
  });
  const settings = read({
    ISSUER: tenant.issuer,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    BASE_URL: url,
    API_URL: `${api.url}/me`,
    RESOURCE: resource,
  });
  const provider = await Provider.discover(settings);
  const sessions = new Sessions();
  handle = application({ provider, sessions, settings });
  return { server, url, clientId, clientSecret, provider, sessions, given };
}

/** The response, with what is written to it put into `given` as well. */
function overheard(response, given) {
  const [writeHead, end] = [response.writeHead.bind(response), response.end.bind(response)];
  response.writeHead = (status, headers) => {
    given.push(JSON.stringify(headers));
    return writeHead(status, headers);
  };
  response.end = (body) => {
    given.push(String(body));
    return end(body);
  };
  return response;
}

/** One person's browser: at the application, and at Hufu where it is sent there. Remembers all that the application gave it. */
class Visitor {
  #here;
  #hufu = new Browser(tenant.origin);

  constructor() {
    this.#here = new Browser(app.url);
  }

  get(path) {
    return this.#follow(this.#here.open(app.url + path));
  }

  /** Submits the form of the page that goes to `path`. */
  post(page, path) {
    const [, csrf] = new RegExp(`action="${path}"><input type="hidden" name="csrf" value="([^"]+)"`).exec(page.html) ?? [];
    assert.ok(csrf, page.html);
    return this.send(path, { csrf });
  }

  send(path, fields) {
    return this.#follow(this.#here.open(app.url + path, fields));
  }

  /** Signs in, whatever the pages of Hufu ask for. */
  async signIn(decision = "allow") {
    let page = await this.get("/sign-in");
    if (page.html.includes('id="login-submit"')) page = await this.#follow(this.#hufu.submit(page, PERSON));
    if (page.html.includes('id="consent-allow"')) page = await this.#follow(this.#hufu.submit(page, { decision }));
    return page;
  }

  /** As far as Hufu sends the browser back, and no further: gives where. */
  async signInUntilCallback() {
    const first = await this.#here.open(`${app.url}/sign-in`);
    let page = await this.#hufu.open(first.leftFor.href);
    if (page.html?.includes('id="login-submit"')) page = await this.#hufu.submit(page, PERSON);
    if (page.html?.includes('id="consent-allow"')) page = await this.#hufu.submit(page, { decision: "allow" });
    return page.leftFor;
  }

  async #follow(opening) {
    const page = await opening;
    if (!page.leftFor) return page;
    const browser = page.leftFor.origin === app.url ? this.#here : this.#hufu;
    return this.#follow(browser.open(page.leftFor.href));
  }
}

before(async () => {
  tenant = await Tenant.create();
  const { access_token } = await tenant.person(PERSON);
  ({ sub } = JSON.parse(Buffer.from(access_token.split(".")[1], "base64url")));
  api = await listen((request, response) => {
    api.tokens.push(request.headers.authorization?.replace(/^Bearer /, ""));
    response.end("the API's answer");
  });
});

beforeEach(async () => {
  api.tokens = [];
  app = await start();
});

after(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await tenant?.delete();
});

const isSignedIn = (page) => assert.match(page.html, /Hello, wang\.fang/);
const isSignedOut = (page) => assert.match(page.html, /Nobody is signed in here/);

test("a person signs in, is greeted by name, refreshes, and signs out at both", async () => {
  const visitor = new Visitor();
  isSignedOut(await visitor.get("/"));
  const home = await visitor.signIn();
  isSignedIn(home);
  isSignedIn(await visitor.post(home, "/refresh"));

  isSignedOut(await visitor.post(home, "/sign-out"));
  isSignedOut(await visitor.get("/"));
  // Hufu asks who it is again.
  assert.match((await visitor.get("/sign-in")).html, /id="login-submit"/);
});

test("the API is called with a token that verifies", async () => {
  const visitor = new Visitor();
  await visitor.signIn();
  assert.match((await visitor.get("/call")).html, /the API&#39;s answer/);
  const keys = createRemoteJWKSet(new URL(`${tenant.issuer}/jwks`));
  const { payload } = await jwtVerify(api.tokens[0], keys, { typ: "at+jwt", issuer: tenant.issuer, audience: tenant.issuer });
  assert.equal(payload.sub, sub);
});

test("an API with a name gets tokens for that name only", async () => {
  app = await start({ resource: RESOURCE });
  const visitor = new Visitor();
  isSignedIn(await visitor.signIn());
  await visitor.get("/call");
  assert.equal(JSON.parse(Buffer.from(api.tokens[0].split(".")[1], "base64url")).aud, RESOURCE);
});

test("nobody calls the API who is not signed in", async () => {
  isSignedOut(await new Visitor().get("/call"));
  assert.deepEqual(api.tokens, []);
});

test("no access token and no refresh token reaches the browser", async () => {
  const visitor = new Visitor();
  const home = await visitor.signIn();
  await visitor.get("/call");
  await visitor.post(home, "/refresh");
  const [session] = app.sessions.all();
  assert.ok(app.given.length > 6);
  for (const token of [...api.tokens, session.tokens.access, session.tokens.refresh, session.tokens.id]) {
    assert.ok(token.length > 20);
    assert.ok(!app.given.some((text) => text.includes(token)));
  }
});

test("whoever says no is not signed in", async () => {
  const page = await new Visitor().signIn("deny");
  assert.equal(page.status, 400);
  assert.match(page.html, /You were not signed in/);
  assert.equal(app.sessions.size, 0);
});

test("an answer that another browser asked for signs nobody in", async () => {
  const back = await new Visitor().signInUntilCallback();
  const stranger = new Visitor();
  assert.equal((await stranger.get(back.pathname + back.search)).status, 400);
  // Nor with a sign-in of the stranger's own under way.
  await stranger.get("/sign-in");
  assert.equal((await stranger.get(back.pathname + back.search)).status, 400);
  assert.equal(app.sessions.size, 0);
});

test("an answer is taken once, and only as it was given", async () => {
  for (const [name, value] of [["state", "x"], ["iss", "http://127.0.0.1:1/t/demo"], ["code", "x"]]) {
    const visitor = new Visitor();
    const back = await visitor.signInUntilCallback();
    back.searchParams.set(name, value);
    assert.equal((await visitor.get(back.pathname + back.search)).status, 400, name);
  }
  const visitor = new Visitor();
  const back = await visitor.signInUntilCallback();
  isSignedIn(await visitor.get(back.pathname + back.search));
  assert.equal((await visitor.get(back.pathname + back.search)).status, 400);
});

test("a form of somebody else signs nobody out", async () => {
  const visitor = new Visitor();
  isSignedIn(await visitor.signIn());
  for (const fields of [{}, { csrf: "" }, { csrf: "x".repeat(43) }]) {
    assert.equal((await visitor.send("/sign-out", fields)).status, 403);
  }
  isSignedIn(await visitor.get("/"));
});

test("a session that ends at Hufu ends here, by the back channel, and no other does", async () => {
  const [one, other] = [new Visitor(), new Visitor()];
  await one.signIn();
  const [{ sid }] = app.sessions.all();
  await other.signIn();
  const told = new Promise((resolve) => {
    app.server.on("request", (request, response) => {
      if (request.url === "/backchannel-logout") response.on("finish", () => resolve(response.statusCode));
    });
  });
  await tenant.admin("DELETE", `/users/${sub}/sessions/${sid}`);
  assert.equal(await told, 204);
  isSignedOut(await one.get("/"));
  isSignedIn(await other.get("/"));
});

test("what is no logout token ends nothing", async () => {
  const visitor = new Visitor();
  await visitor.signIn();
  const [{ tokens }] = app.sessions.all();
  for (const logout_token of [tokens.id, tokens.access, "x", ""]) {
    const body = new URLSearchParams({ logout_token });
    const response = await fetch(`${app.url}/backchannel-logout`, { method: "POST", body });
    assert.equal(response.status, 400);
  }
  isSignedIn(await visitor.get("/"));
});

test("a session whose refresh token is dead is over", async () => {
  const visitor = new Visitor();
  const home = await visitor.signIn();
  const [{ tokens }] = app.sessions.all();
  await tenant.post("/revoke", { client_id: app.clientId, client_secret: app.clientSecret, token: tokens.refresh });
  isSignedOut(await visitor.post(home, "/refresh"));
});

test("requests at once share one refresh of a token that is about to end", async () => {
  const visitor = new Visitor();
  await visitor.signIn();
  const [session] = app.sessions.all();
  session.tokens.expiresAt = Date.now() + 1_000;
  let refreshes = 0;
  const { provider } = app;
  const refresh = provider.refresh.bind(provider);
  provider.refresh = (...given) => {
    refreshes += 1;
    return refresh(...given);
  };
  await Promise.all(Array.from({ length: 10 }, () => visitor.get("/call")));
  assert.equal(refreshes, 1);
  assert.equal(new Set(api.tokens).size, 1);
  assert.equal(api.tokens.length, 10);
});

test("a form that is too long, and a path that is none, are refused", async () => {
  const body = "x".repeat(20_000);
  assert.equal((await fetch(`${app.url}/backchannel-logout`, { method: "POST", body })).status, 413);
  for (const path of ["/nowhere", "//"]) assert.equal((await new Visitor().get(path)).status, 404);
});
