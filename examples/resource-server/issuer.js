// One tenant of Hufu: where its keys are, and whether one of its tokens is alive.
import { createRemoteJWKSet } from "jose";

const TIMEOUT = 5_000;
/** Keys are kept for as long as Hufu says, five minutes; a token with an unknown key has them fetched sooner. */
const KEYS_TTL = 300_000;
/** But not more often than that, whoever sends whatever. */
const KEYS_COOLDOWN = 30_000;

export class Issuer {
  #credentials;
  #found;

  constructor(url, credentials) {
    this.url = url;
    this.#credentials = credentials;
  }

  /** The key that a token's header names. */
  async key(header, token) {
    const { keys } = await this.#discovered();
    return keys(header, token);
  }

  /** What introspection says (RFC 7662). */
  async introspect(token) {
    if (!this.#credentials) throw new Error(`nobody may introspect at ${this.url}`);
    const { metadata } = await this.#discovered();
    const { client_id, client_secret } = this.#credentials;
    const pair = [client_id, client_secret].map(formEncoded).join(":");
    const response = await fetch(metadata.introspection_endpoint, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` },
      body: new URLSearchParams({ token, token_type_hint: "access_token" }),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (!response.ok) throw new Error(`${this.url} answered an introspection with ${response.status}`);
    return response.json();
  }

  /** Once; again where that failed. */
  #discovered() {
    this.#found ??= discover(this.url).catch((error) => {
      this.#found = undefined;
      throw error;
    });
    return this.#found;
  }
}

async function discover(url) {
  const response = await fetch(`${url}/.well-known/openid-configuration`, {
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok) throw new Error(`${url} answered discovery with ${response.status}`);
  const metadata = await response.json();
  // RFC 8414 section 3.3.
  if (metadata.issuer !== url) throw new Error(`${url} says that it is ${metadata.issuer}`);
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), {
    timeoutDuration: TIMEOUT,
    cacheMaxAge: KEYS_TTL,
    cooldownDuration: KEYS_COOLDOWN,
  });
  return { metadata, keys };
}

/** RFC 6749 section 2.3.1. */
function formEncoded(text) {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
