// This application's two cookies: neither is for scripts, and neither has a token in it.
import { randomBytes } from "node:crypto";
import { EncryptJWT, jwtDecrypt } from "jose";

/** Longer than anybody needs to sign in. */
const ASKED_TTL = 600;

export class Cookies {
  #names;
  #attributes;
  /** Of this process: a restart lets people begin anew. */
  #key = randomBytes(32);

  /** `__Host-` cookies are the browser's promise that no other host and no plain http wrote them; they need https. */
  constructor(baseUrl) {
    const isHttps = baseUrl.protocol === "https:";
    const prefix = isHttps ? "__Host-" : "";
    this.#names = { session: `${prefix}rp-session`, asked: `${prefix}rp-sign-in` };
    // Lax: the browser comes back from Hufu by a link. Whatever changes something is a POST with a token of its own.
    this.#attributes = `; Path=/; HttpOnly; SameSite=Lax${isHttps ? "; Secure" : ""}`;
  }

  sessionOf(request) {
    return this.#read(request, this.#names.session);
  }

  session(id) {
    return `${this.#names.session}=${id}${this.#attributes}`;
  }

  /** What was asked of Hufu, sealed: so strangers who never come back take no memory here. */
  async asked(asked) {
    const seal = new EncryptJWT(asked).setProtectedHeader({ alg: "dir", enc: "A256GCM" });
    const sealed = await seal.setExpirationTime(`${ASKED_TTL}s`).encrypt(this.#key);
    return `${this.#names.asked}=${sealed}; Max-Age=${ASKED_TTL}${this.#attributes}`;
  }

  /** What this browser asked; undefined where it asked nothing, or too long ago. */
  async askedBy(request) {
    const sealed = this.#read(request, this.#names.asked);
    if (!sealed) return undefined;
    const opened = await jwtDecrypt(sealed, this.#key).catch(() => undefined);
    return opened?.payload;
  }

  forgetAsked() {
    return `${this.#names.asked}=; Max-Age=0${this.#attributes}`;
  }

  forgetSession() {
    return `${this.#names.session}=; Max-Age=0${this.#attributes}`;
  }

  #read(request, name) {
    const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  }
}
