// Logout tokens (OpenID Connect Back-Channel Logout 1.0, section 2.6).
import { jwtVerify } from "jose";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";

/**
 * Who is signed out, and from which session. A token that comes twice ends a session twice, which does no harm, so `jti` is not
 * remembered.
 */
export async function readLogoutToken(token, keys, { issuer, audience, algorithms }) {
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience,
    algorithms,
    typ: "logout+jwt",
    requiredClaims: ["iat", "exp", "jti", "events"],
    clockTolerance: 10,
  });
  const event = payload.events?.[EVENT];
  if (typeof event !== "object" || event === null) throw new Error("it is not about a logout");
  if ("nonce" in payload) throw new Error("it has a nonce, as only ID tokens have");
  if (!payload.sid && !payload.sub) throw new Error("it names neither a session nor a person");
  return { sub: payload.sub, sid: payload.sid };
}
