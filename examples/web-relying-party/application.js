// The application: who is signed in, and what the browser gets. Tokens stay here.
import { timingSafeEqual } from "node:crypto";
import { Cookies } from "./cookies.js";
import * as pages from "./pages.js";
import { isOver, isRefusal } from "./provider.js";

const LONGEST_BODY = 16 * 1024;
const LONGEST_ANSWER = 64 * 1024;
/** An access token that ends sooner is refreshed before it is used. */
const TOO_SOON = 30_000;
const API_TIMEOUT = 5_000;

/** Answered as it is. `text` is for the person. */
class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/** A listener for `node:http`. */
export function application({ provider, sessions, settings }) {
  const cookies = new Cookies(settings.baseUrl);
  const headers = headersOf(settings);

  const routes = {
    "GET /": (request) => {
      const session = found(request);
      return html(200, session ? pages.home(session) : pages.welcome());
    },

    "GET /sign-in": async () => {
      const { url, asked } = await provider.begin();
      return redirect(url.href, await cookies.asked(asked));
    },

    "GET /callback": async (request, url) => {
      const asked = await cookies.askedBy(request);
      if (!asked) throw new Refused(400, "This sign-in was not begun in this browser, or too long ago.");
      let signedIn;
      try {
        signedIn = await provider.finish(url.search, asked);
      } catch (error) {
        log("signing in", error);
        const text = isRefusal(error) ? "You were not signed in." : "You could not be signed in. Please begin again.";
        return html(400, pages.trouble(text), cookies.forgetAsked());
      }
      const before = found(request);
      if (before) sessions.end(before);
      const session = sessions.begin(signedIn);
      return redirect("/", cookies.session(session.id), cookies.forgetAsked());
    },

    "GET /call": async (request) => {
      const session = found(request);
      if (!session) return redirect("/");
      const token = await accessToken(session);
      if (!token) return redirect("/sign-in");
      const response = await fetch(settings.apiUrl, {
        headers: { authorization: `Bearer ${token}` },
        redirect: "error",
        signal: AbortSignal.timeout(API_TIMEOUT),
      }).catch((error) => {
        log("calling the API", error);
        throw new Refused(502, `Nothing answered at ${settings.apiUrl}.`);
      });
      return html(200, pages.answer(response.status, (await response.text()).slice(0, LONGEST_ANSWER)));
    },

    "POST /refresh": async (request) => {
      const session = await itself(request);
      if (session.tokens.refresh) await refreshed(session);
      return redirect("/");
    },

    // The session ends here first: whatever becomes of the browser on its way, it is over.
    "POST /sign-out": async (request) => {
      const session = await itself(request);
      sessions.end(session);
      return redirect(provider.signOutUrl(session.tokens).href, cookies.forgetSession());
    },

    // From Hufu's server, without a cookie: the token itself is what is believed.
    "POST /backchannel-logout": async (request) => {
      const token = (await form(request)).get("logout_token");
      try {
        sessions.endAll(await provider.ended(token ?? ""));
      } catch (error) {
        log("a logout token", error);
        return { status: 400, type: "application/json", body: '{"error":"invalid_request"}' };
      }
      return { status: 204 };
    },
  };

  function found(request) {
    return sessions.find(cookies.sessionOf(request));
  }

  /** The session of a form that this application gave out itself. */
  async function itself(request) {
    const session = found(request);
    const csrf = Buffer.from((await form(request)).get("csrf") ?? "");
    const expected = Buffer.from(session?.csrf ?? "");
    if (!session || csrf.length !== expected.length || !timingSafeEqual(csrf, expected)) {
      throw new Refused(403, "This form is not of your session. Please go back and try again.");
    }
    return session;
  }

  async function accessToken(session) {
    if (session.tokens.expiresAt - Date.now() > TOO_SOON) return session.tokens.access;
    return session.tokens.refresh && refreshed(session);
  }

  /** One refresh at a time: each answer makes the refresh token before it a thing of the past. */
  function refreshed(session) {
    session.refreshing ??= refresh(session).finally(() => delete session.refreshing);
    return session.refreshing;
  }

  /** Gives the access token; undefined where the session is over, here too then. */
  async function refresh(session) {
    try {
      session.tokens = await provider.refresh(session.tokens, session.sub);
      return session.tokens.access;
    } catch (error) {
      if (isOver(error)) return void sessions.end(session);
      log("refreshing", error);
      throw new Refused(503, "This cannot be done at the moment. Please try again.");
    }
  }

  async function answered(request) {
    const url = URL.canParse(request.url, settings.baseUrl) && new URL(request.url, settings.baseUrl);
    const route = routes[`${request.method} ${url.pathname}`];
    if (!route) throw new Refused(404, "There is no such page.");
    return route(request, url);
  }

  return async (request, response) => {
    const answer = await answered(request).catch(troubled);
    const { status, type = "text/html; charset=utf-8", body = "", location, set = [] } = answer;
    response.writeHead(status, {
      ...headers,
      ...(body && { "content-type": type }),
      ...(location && { location }),
      ...(set.length > 0 && { "set-cookie": set }),
    });
    response.end(body);
  };
}

function troubled(error) {
  if (error instanceof Refused) return html(error.status, pages.trouble(error.message));
  log("a request", error);
  return html(500, pages.trouble("The application failed."));
}

function headersOf({ baseUrl, issuer }) {
  return {
    "cache-control": "no-store",
    // Signing out goes on to Hufu, and browsers hold form-action against that too.
    "content-security-policy": `default-src 'none'; form-action 'self' ${issuer.origin}; frame-ancestors 'none'; base-uri 'none'`,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    ...(baseUrl.protocol === "https:" && { "strict-transport-security": "max-age=31536000" }),
  };
}

const html = (status, body, ...set) => ({ status, body, set });
const redirect = (location, ...set) => ({ status: 303, location, set });

async function form(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > LONGEST_BODY) throw new Refused(413, "That is too long.");
    parts.push(part);
  }
  return new URLSearchParams(Buffer.concat(parts).toString());
}

/** The cause, without what was sent or received. */
function log(what, error) {
  console.error(`${what}: ${error.code ?? error.name}: ${error.error ?? error.message}`);
}
