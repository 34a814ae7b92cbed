// A tenant of a test's own at the `hufu dev` that runs, so that tests do not disturb one another.
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

export class Tenant {
  #operator;

  /** Makes one with a first-party client `app`, which needs no browser. */
  static async create() {
    const token = (await readFile(env("HUFU_OPERATOR_TOKEN_FILE"), "utf8")).trim();
    const slug = `test-${randomBytes(6).toString("hex")}`;
    const tenant = new Tenant(new URL(env("HUFU_ISSUER")).origin, slug, token);
    await tenant.admin("PUT", "", { display_name: slug });
    await tenant.client("app", {
      token_endpoint_auth_method: "none",
      first_party: true,
      grant_types: ["authorization_code", "refresh_token"],
      scope: "account offline_access openid phone profile",
    });
    return tenant;
  }

  constructor(origin, slug, operator) {
    this.slug = slug;
    this.origin = origin;
    this.issuer = `${origin}/t/${slug}`;
    this.#operator = operator;
  }

  /** A request of the administration API below the tenant. */
  async admin(method, path, body) {
    const response = await fetch(`${this.origin}/admin/v1/tenants/${this.slug}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#operator}`, ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text && JSON.parse(text);
  }

  /** Registers a client, and gives its secret where it has one. */
  async client(id, metadata) {
    return (await this.admin("PUT", `/clients/${id}`, metadata)).client_secret;
  }

  /** Registers a person, and gives the tokens of client `app`, or of another that needs no browser. */
  async person({ username, password, client = "app", scope = "account offline_access openid profile" }) {
    const verifier = randomBytes(32).toString("base64url");
    const { authorization_code } = await this.post("/authorize-challenge", {
      response_type: "code",
      client_id: client,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      prompt: "create",
      scope,
      username,
      password,
    });
    return this.post("/token", {
      grant_type: "authorization_code",
      client_id: client,
      code: authorization_code,
      code_verifier: verifier,
    });
  }

  /** A form to an endpoint of the issuer, which must succeed. */
  async post(path, fields) {
    const response = await fetch(this.issuer + path, { method: "POST", body: new URLSearchParams(fields) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text && JSON.parse(text);
  }

  delete() {
    return this.admin("DELETE", "");
  }
}

export function env(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run scripts/test-clients`);
  return value;
}
