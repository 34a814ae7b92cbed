// What a request for a resource is refused with (RFC 6750, section 3).

export class Refusal extends Error {
  constructor(status, error, description, parameters = {}) {
    super(description);
    this.status = status;
    this.error = error;
    this.parameters = parameters;
  }

  /** The challenge; nothing where no token would help. */
  get challenge() {
    if (this.status === 503) return undefined;
    const parameters = {
      realm: "hufu-example",
      ...(this.error && { error: this.error, error_description: this.message }),
      ...this.parameters,
    };
    const written = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
    return `Bearer ${written.join(", ")}`;
  }
}

/** No token at all: then no error is told either (section 3.1). */
export const noToken = () => new Refusal(401);
export const invalidRequest = (description) => new Refusal(400, "invalid_request", description);
export const invalidToken = (description) => new Refusal(401, "invalid_token", description);
export const insufficientScope = (scope) =>
  new Refusal(403, "insufficient_scope", "the token does not go that far", { scope });
/** Nothing was found out about the token, so nobody should be sent to sign in again. */
export const unavailable = () => new Refusal(503, "temporarily_unavailable", "the token cannot be checked now");
