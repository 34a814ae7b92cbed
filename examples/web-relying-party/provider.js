// Everything that is said to Hufu, by openid-client. There is nothing of Hufu's own in here: it is OpenID Connect.
import { createRemoteJWKSet } from "jose";
import * as oidc from "openid-client";
import { readLogoutToken } from "./logout-token.js";

/** `offline_access` brings the refresh token; the person sees and agrees to it. */
const SCOPE = "openid profile offline_access";

export class Provider {
  #config;
  #keys;
  #settings;

  constructor(config, settings) {
    const { jwks_uri } = config.serverMetadata();
    this.#config = config;
    this.#keys = createRemoteJWKSet(new URL(jwks_uri));
    this.#settings = settings;
  }

  /** Finds everything from the issuer's URL. */
  static async discover(settings) {
    const authentication = oidc.ClientSecretBasic(settings.clientSecret);
    // ID tokens come straight from the token endpoint; their signatures are checked all the same.
    const execute = [oidc.enableNonRepudiationChecks];
    if (settings.issuer.protocol === "http:") execute.push(oidc.allowInsecureRequests);
    const config = await oidc.discovery(settings.issuer, settings.clientId, undefined, authentication, { execute });
    return new Provider(config, settings);
  }

  /** Where the browser goes to sign in, and what this application must know when it comes back. */
  async begin() {
    const asked = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
    };
    const url = oidc.buildAuthorizationUrl(this.#config, {
      redirect_uri: this.#at("/callback"),
      scope: SCOPE,
      state: asked.state,
      nonce: asked.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(asked.verifier),
      code_challenge_method: "S256",
      ...this.#forTheApi(),
    });
    return { url, asked };
  }

  /** Redeems the code in the query that the browser came back with. State, `iss`, PKCE, nonce and ID token are checked here. */
  async finish(query, asked) {
    const answer = await oidc.authorizationCodeGrant(this.#config, new URL(this.#at("/callback") + query), {
      expectedState: asked.state,
      expectedNonce: asked.nonce,
      pkceCodeVerifier: asked.verifier,
      idTokenExpected: true,
    });
    const { sub, sid } = answer.claims();
    // The first access token is for the issuer, since userinfo is there.
    const user = await oidc.fetchUserInfo(this.#config, answer.access_token, sub);
    const tokens = tokensOf(answer);
    return { sub, sid, user, tokens: this.#settings.resource ? await this.refresh(tokens, sub) : tokens };
  }

  async refresh(tokens, sub) {
    const answer = await oidc.refreshTokenGrant(this.#config, tokens.refresh, this.#forTheApi());
    // OpenID Connect Core section 12.2: a refreshed ID token is about the same person.
    if (answer.claims() && answer.claims().sub !== sub) throw new Error("the refreshed ID token is about somebody else");
    return { ...tokens, ...tokensOf(answer) };
  }

  /** Where the browser goes to sign out at Hufu too (RP-Initiated Logout). */
  signOutUrl(tokens) {
    return oidc.buildEndSessionUrl(this.#config, {
      id_token_hint: tokens.id,
      post_logout_redirect_uri: this.#at("/"),
    });
  }

  /** Which session is over, by a token of the back channel; fails where it is no such token. */
  ended(logoutToken) {
    const { issuer, id_token_signing_alg_values_supported: algorithms } = this.#config.serverMetadata();
    return readLogoutToken(logoutToken, this.#keys, { issuer, audience: this.#settings.clientId, algorithms });
  }

  #at(path) {
    return new URL(path, this.#settings.baseUrl).href;
  }

  #forTheApi() {
    const { resource } = this.#settings;
    return resource ? { resource } : {};
  }
}

/** Whether the refresh token is dead: signed out, disabled, revoked. Anything else may pass. */
export function isOver(error) {
  return error instanceof oidc.ResponseBodyError && error.error === "invalid_grant";
}

/** Whether the person, or Hufu, said no on the way. */
export function isRefusal(error) {
  return error instanceof oidc.AuthorizationResponseError;
}

/** Members that the answer lacks are left out, so that they do not replace what is known. */
function tokensOf(answer) {
  return {
    access: answer.access_token,
    expiresAt: Date.now() + (answer.expires_in ?? 0) * 1000,
    ...(answer.refresh_token && { refresh: answer.refresh_token }),
    ...(answer.id_token && { id: answer.id_token }),
  };
}
