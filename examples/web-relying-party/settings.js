// What the environment says. The defaults fit `hufu dev`.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DEMO_SECRET = fileURLToPath(new URL("../../hufu-data/demo-web-secret", import.meta.url));

export function settings(env) {
  const baseUrl = webUrl("BASE_URL", env.BASE_URL || "http://127.0.0.1:3000");
  return {
    issuer: webUrl("ISSUER", env.ISSUER || "http://127.0.0.1:8080/t/demo"),
    clientId: env.CLIENT_ID || "demo-web",
    clientSecret: env.CLIENT_SECRET || readFileSync(env.CLIENT_SECRET_FILE || DEMO_SECRET, "utf8").trim(),
    /** Where people find this application. Never taken from a request: a Host header is anybody's word. */
    baseUrl,
    listen: { host: env.HOST || "127.0.0.1", port: Number(env.PORT || baseUrl.port || 3000) },
    /** What is called with the access token, on the server. */
    apiUrl: webUrl("API_URL", env.API_URL || "http://127.0.0.1:4000/me"),
    /** The API's name (RFC 8707), where it has one of its own. Without it tokens are for the issuer. */
    resource: env.RESOURCE || undefined,
  };
}

/** Tokens and cookies go over `https`, or do not leave the machine. */
function webUrl(name, text) {
  const url = new URL(text);
  const isLoopback = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback)) return url;
  throw new Error(`${name} must be an https URL, or http on loopback: ${text}`);
}
