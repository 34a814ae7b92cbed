// What the environment says. The defaults fit `hufu dev`.
import { readFileSync } from "node:fs";

const DEMO = "http://127.0.0.1:8080/t/demo";

export function settings(env) {
  const issuers = (env.ISSUERS || DEMO).split(/\s+/).filter(Boolean);
  for (const issuer of issuers) mustBeSafe(issuer);
  return {
    /** Whose tokens are taken: nobody else's, whatever a token says. Several tenants, several issuers. */
    issuers,
    /** This API's name (RFC 8707): tokens must be for it. Without a name, tokens must be for their issuer. */
    audience: env.AUDIENCE || undefined,
    /** `{issuer: {client_id, client_secret}}`: those issuers can be asked whether a token is still alive. */
    introspection: env.INTROSPECTION_FILE ? JSON.parse(readFileSync(env.INTROSPECTION_FILE, "utf8")) : {},
    listen: { host: env.HOST || "127.0.0.1", port: Number(env.PORT || 4000) },
  };
}

/** Keys that came over plain http are anybody's keys. */
function mustBeSafe(text) {
  const url = new URL(text);
  const isLoopback = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback)) {
    throw new Error(`an issuer must be an https URL, or http on loopback: ${text}`);
  }
}
