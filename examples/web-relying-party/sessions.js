// The sessions of this application, in memory: a restart signs everybody out here (not at Hufu), and a second process needs a
// store that both reach. The browser has an id, and nothing of what stands here.
import { randomBytes } from "node:crypto";

export class Sessions {
  #byId = new Map();
  #most;
  #ttl;
  #now;

  constructor({ most = 10_000, ttl = 8 * 60 * 60 * 1000, now = Date.now } = {}) {
    this.#most = most;
    this.#ttl = ttl;
    this.#now = now;
  }

  get size() {
    return this.#byId.size;
  }

  /** A new one, always under a new id. Where there are too many, the eldest ends. */
  begin(content) {
    const session = { ...content, id: secret(), csrf: secret(), endsAt: this.#now() + this.#ttl };
    if (this.#byId.size >= this.#most) this.#byId.delete(this.#byId.keys().next().value);
    this.#byId.set(session.id, session);
    return session;
  }

  find(id) {
    const session = this.#byId.get(id);
    if (session && session.endsAt <= this.#now()) this.end(session);
    return this.#byId.get(id);
  }

  all() {
    return [...this.#byId.values()];
  }

  end(session) {
    this.#byId.delete(session.id);
  }

  /** Ends those of a session at Hufu; all of the person's where the logout token names no session. */
  endAll({ sub, sid }) {
    for (const session of this.all()) {
      if ((!sub || session.sub === sub) && (!sid || session.sid === sid)) this.end(session);
    }
  }
}

const secret = () => randomBytes(32).toString("base64url");
