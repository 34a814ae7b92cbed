// A login by proofs, step by step (OAuth 2.0 for First-Party Applications). Remembers the one that is under way.

import { membersOf, type Api, type Form } from './api'
import { makePkce, type Pkce } from './pkce'
import type { Session, Sessions } from './sessions'
import type { LoginCode } from './wechat'
import type { Answer } from './wire'

interface UnderWay {
  /** Good for one step; each answer may bring another. */
  authSession: string
  /** Of the first step here: a login that began at the token endpoint has none yet. */
  pkce?: Pkce
  /** Whether WeChat's word is among the proofs. */
  wechat: boolean
}

export class Logins {
  private _underWay: UnderWay | undefined
  /** Steps take turns, since each uses up the auth_session of the one before. */
  private _last: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly _api: Api,
    private readonly _sessions: Sessions,
    private readonly _code: LoginCode,
    private readonly _scope: string | undefined,
  ) {
    _sessions.onUnfinished = answer => this._goOnFrom(answer)
  }

  get isUnderWay(): boolean {
    return this._underWay !== undefined
  }

  get hasWechat(): boolean {
    return !!this._underWay?.wechat
  }

  forget(): void {
    this._underWay = undefined
    this._sessions.gate.open()
  }

  /** Proves something and is signed in, or is told what is missing. `sub`: the only user that it may be. */
  prove(proof: Form, { sub, goesOn = false }: { sub?: string | undefined; goesOn?: boolean } = {}): Promise<Session> {
    return this._inTurn(async () => {
      const since = this._sessions.moment()
      const { answer, pkce, wechat } = await this._step(proof, goesOn)
      const { authorization_code: code } = this._api.members<{ authorization_code?: string }>(answer)
      const tokens = await this._api.post('/token', { grant_type: 'authorization_code', code, code_verifier: pkce.verifier })
      return this._sessions.adopt(tokens, { wechat, since, asked: true, sub })
    })
  }

  /** Has a code sent. */
  sendCode(proof: Form): Promise<{ next: string[] }> {
    return this._inTurn(async () => {
      const { answer } = await this._step(proof, false)
      const { error, next } = membersOf(answer)
      if (error === 'insufficient_authorization' && next?.includes('otp')) return { next }
      throw this._api.refusal(answer)
    })
  }

  private _goOnFrom(answer: Answer): void {
    const { error, auth_session: authSession } = membersOf(answer)
    if (error === 'insufficient_authorization' && authSession) this._underWay = { authSession, wechat: true }
  }

  /** `goesOn`: the proof means something only to the login that is under way. */
  private async _step(proof: Form, goesOn: boolean): Promise<{ answer: Answer; pkce: Pkce; wechat: boolean }> {
    const before = this._underWay
    if (goesOn && !before) throw this._api.fail('no_login')
    const pkce = before?.pkce ?? (await makePkce(this._api.fail))
    const wechat = !!before?.wechat || proof.js_code !== undefined
    const login = {
      response_type: 'code',
      scope: this._scope,
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
      auth_session: before?.authSession,
    }
    const answer = await this._api.post('/authorize-challenge', Object.assign(login, proof))
    const { error, auth_session: authSession } = membersOf(answer)
    if (authSession) this._underWay = { authSession, pkce, wechat }
    else if (before) this._underWay = answer.statusCode === 200 || error === 'invalid_session' ? undefined : Object.assign(before, { pkce })
    if (error !== 'invalid_session' || !before) return { answer, pkce, wechat }

    // The login that was under way is over. What a person types twice in a row anyway begins another one by itself.
    this._sessions.gate.open()
    if (goesOn) throw this._api.fail('no_login', { error, status: answer.statusCode })
    return this._step(before.wechat ? Object.assign({}, proof, { js_code: await this._code() }) : proof, false)
  }

  private _inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this._last.then(step, step)
    this._last = turn
    return turn
  }
}
