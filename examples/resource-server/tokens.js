// Access tokens (RFC 9068), checked by the issuer's public keys and nothing else.
import { decodeJwt, errors, jwtVerify } from "jose";
import { Issuer } from "./issuer.js";
import { insufficientScope, invalidRequest, invalidToken, noToken, unavailable } from "./refusal.js";

/** No access token of Hufu's is longer. */
const LONGEST_TOKEN = 4_096;
/** How far clocks may be apart, in seconds. */
const CLOCK_TOLERANCE = 5;

export class Tokens {
  #issuers;
  #audience;
  #now;

  constructor({ issuers, audience, introspection = {} }, now = Date.now) {
    this.#issuers = new Map(issuers.map((url) => [url, new Issuer(url, introspection[url])]));
    this.#audience = audience;
    this.#now = now;
  }

  /**
   * Who calls, by the token of the request. `needs` is the scope that the resource is for. With `alive` the issuer is asked
   * too: a revoked token is refused at once, and not only when it expires.
   */
  async check(request, { needs, alive = false }) {
    const token = bearer(request.headers.authorization);
    const issuer = this.#issuerOf(token);
    const claims = await this.#verified(token, issuer);
    if (alive) await this.#mustBeAlive(token, issuer, claims);
    const scope = (claims.scope ?? "").split(" ");
    if (needs && !scope.includes(needs)) throw insufficientScope(needs);
    return claims;
  }

  /** Nothing is checked yet: this only says whose keys to check by, and only an issuer of the list can be that. */
  #issuerOf(token) {
    let claimed;
    try {
      claimed = decodeJwt(token).iss;
    } catch {
      throw invalidToken("the token is malformed");
    }
    const issuer = this.#issuers.get(claimed);
    if (!issuer) throw invalidToken("the token is of an issuer that is not trusted here");
    return issuer;
  }

  async #verified(token, issuer) {
    let claims;
    try {
      const { payload } = await jwtVerify(token, (...named) => issuer.key(...named), {
        issuer: issuer.url,
        audience: this.#audience ?? issuer.url,
        // An ID token has another type, so it does not pass for an access token.
        typ: "at+jwt",
        algorithms: ["ES256"],
        requiredClaims: ["exp", "iat", "sub", "client_id", "jti"],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: new Date(this.#now()),
      });
      claims = payload;
    } catch (error) {
      throw isOfTheToken(error) ? invalidToken(descriptionOf(error)) : undecided(error);
    }
    // RFC 9449: it is no bearer token, and this example takes no proofs.
    if (claims.cnf) throw invalidToken("the token is bound to a key");
    return claims;
  }

  async #mustBeAlive(token, issuer, claims) {
    const answer = await issuer.introspect(token).catch((error) => {
      throw undecided(error);
    });
    if (answer.active !== true || answer.jti !== claims.jti) throw invalidToken("the token is no longer valid");
  }
}

/** In the header only: what stands in a URL is logged. */
function bearer(authorization) {
  if (!authorization) throw noToken();
  const [scheme, token, ...more] = authorization.trim().split(/ +/);
  if (scheme.toLowerCase() !== "bearer") throw noToken();
  if (!token || more.length > 0) throw invalidRequest("the header Authorization is malformed");
  if (token.length > LONGEST_TOKEN) throw invalidToken("the token is malformed");
  return token;
}

const OF_THE_TOKEN = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/** Or of the way to the keys. */
function isOfTheToken(error) {
  return OF_THE_TOKEN.some((kind) => error instanceof kind);
}

function descriptionOf(error) {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `the token's ${error.claim} is not accepted here`;
  return "the token is malformed, or not signed by its issuer";
}

function undecided(error) {
  console.error(`a token could not be checked: ${error.message}`);
  return unavailable();
}
