// Being signed in without being asked: refreshing, and wx.login. Whatever wants the same thing at the same time shares one promise.

import { membersOf, type Api, type Form } from './api'
import { HufuError } from './error'
import { Gate, isBusyForAMoment, isCodeRefused, twice } from './patience'
import { claims, secondsLeft, type Kept, type TokenAnswer, type Tokens, type User } from './tokens'
import type { LoginCode } from './wechat'
import type { Answer } from './wire'

export interface Session {
  accessToken: string
  /** Seconds. */
  expiresIn: number
  scope: string
  user: User | null
}

export interface Consent {
  /** The documents that the person accepted: `name:version`. */
  consent?: string[] | undefined
}

export interface Adoption {
  wechat: boolean
  /** What the tokens' counters were when the login began. */
  since: Moment
  /** Somebody asked for this login: it is not given up for one that went on by itself. */
  asked?: boolean
  /** The only user that it may be. */
  sub?: string | undefined
}

interface Moment {
  endings: number
  turns: number
}

/** With fewer seconds left, a token may be over when it arrives. */
const MARGIN = 30
/** For so many milliseconds nothing is done about a token that was new and refused all the same. */
const FUTILE = 60_000
/** With fewer seconds left when the app is shown, it is refreshed in the background. */
const SOON = 120

const WECHAT_CODE = 'urn:hufu:grant-type:wechat-code'

export class Sessions {
  readonly gate = new Gate()
  /** What to do with an answer that says that more is needed to sign in. */
  onUnfinished: (answer: Answer) => void = () => {}
  private _refused: { token: string; at: number } | undefined
  private _refreshing: { kept: Kept; session: Promise<Session | undefined> } | undefined
  private _signingIn: { endings: number; session: Promise<Session> } | undefined

  constructor(
    private readonly _api: Api,
    private readonly _tokens: Tokens,
    private readonly _code: LoginCode,
    private readonly _scope: string | undefined,
  ) {}

  moment(): Moment {
    return { endings: this._tokens.endings, turns: this._tokens.turns }
  }

  async ensure(options: Consent = {}): Promise<Session> {
    const { kept } = this._tokens
    if (kept && secondsLeft(kept) > MARGIN) return session(kept)
    try {
      return await this._renew(options)
    } catch (error) {
      // Refreshed early, in vain: the token is still good for a moment.
      if (kept && kept === this._tokens.kept && secondsLeft(kept) > 0) return session(kept)
      throw error
    }
  }

  /** A server refuses a token that is as new as can be: another would fare no better. */
  giveUp(token: string): void {
    this._refused = { token, at: Date.now() }
  }

  /** A server refused this token: gives another. */
  async after401(token: string): Promise<Session> {
    const { kept } = this._tokens
    this._checkFutile(token)
    return kept && kept.accessToken !== token ? session(kept) : this._renew({})
  }

  /** A server wants a sign-in of just now: gives a token of one, where that needs nobody. */
  async reauthenticate(token: string): Promise<Session> {
    const { kept } = this._tokens
    if (kept && kept.accessToken !== token) return session(kept)
    this._checkFutile(token)
    if (!kept?.wechat || !kept.user) throw this._api.fail('reauthentication_required', { status: 401 })
    const { sub } = kept.user
    const renewed = await this.withWechat({ sub })
    // It may have joined a sign-in that somebody else asked for.
    if (renewed.user?.sub !== sub) throw this._api.fail('other_user')
    return renewed
  }

  /** Signs in by wx.login. One at a time: whoever comes later gets the same. */
  async withWechat(options: Consent & { asked?: boolean; sub?: string } = {}): Promise<Session> {
    const { endings } = this._tokens
    if (this._signingIn?.endings !== endings) {
      const flight = { endings, session: this._exchange(options) }
      this._signingIn = flight
      return whenOver(flight.session, () => {
        if (this._signingIn === flight) this._signingIn = undefined
      })
    }
    try {
      return await this._signingIn.session
    } catch (error) {
      if (!lacksConsent(error, options)) throw error
      return this.withWechat(options)
    }
  }

  /** When the app comes to the front. Never by wx.login: that is counted, and nobody is waiting. */
  refreshSoon(): void {
    const { kept } = this._tokens
    if (kept?.refreshToken && secondsLeft(kept) < SOON && !this.gate.closed) this._refresh(kept).catch(error => this.gate.close(error))
  }

  /** Takes tokens as who is signed in, unless something that counts more has happened since. */
  adopt(answer: Answer, { wechat, since, asked, sub }: Adoption, before?: Kept): Session {
    const tokens = this._api.members<TokenAnswer>(answer)
    if (typeof tokens.access_token !== 'string' || !(tokens.expires_in > 0)) throw this._api.fail('bad_answer', { status: answer.statusCode })
    const { _tokens: current } = this
    if (sub !== undefined && claims(tokens.id_token)?.sub !== sub) {
      void this.revoke(tokens.refresh_token)
      throw this._api.fail('other_user')
    }
    if (asked ? since.endings !== current.endings : since.turns !== current.turns) {
      void this.revoke(tokens.refresh_token)
      if (current.kept) return session(current.kept)
      throw this._api.fail('signed_out')
    }
    const earlier = current.kept
    const kept = current.keep(tokens, wechat, before)
    if (asked) current.turns++
    // Two sign-ins at once would both be in the person's list of sessions.
    if (!before && earlier) void this.revoke(earlier.refreshToken)
    this.gate.open()
    return session(kept)
  }

  /** Ends a grant, as well as can be. */
  async revoke(refreshToken: string | undefined): Promise<void> {
    if (!refreshToken) return
    try {
      await this._api.post('/revoke', { token: refreshToken, token_type_hint: 'refresh_token' })
    } catch {
      // It ends by itself when nobody uses it.
    }
  }

  private _checkFutile(token: string): void {
    const { _refused: refused } = this
    if (refused?.token === token && Math.abs(Date.now() - refused.at) < FUTILE) throw this._api.fail('unauthorized', { status: 401 })
  }

  /** What it waits for is shared: the refresh, and the sign-in. */
  private async _renew(options: Consent): Promise<Session> {
    const { closed } = this.gate
    if (closed && !lacksConsent(closed, options)) throw closed
    try {
      const { kept } = this._tokens
      const refreshed = kept && (await this._refresh(kept))
      if (refreshed) return refreshed
      if (this._tokens.kept) return session(this._tokens.kept)
      if (this._tokens.ended) throw this._api.fail(this._tokens.ended)
      return await this.withWechat(options)
    } catch (error) {
      this.gate.close(error)
      throw error
    }
  }

  /** Nothing, where the grant is over. A lost answer does no harm: the token that stays in the storage is good until its successor is used. */
  private _refresh(kept: Kept): Promise<Session | undefined> {
    if (this._refreshing?.kept === kept) return this._refreshing.session
    const flight = { kept, session: this._refreshOnce(kept) }
    this._refreshing = flight
    return whenOver(flight.session, () => {
      if (this._refreshing === flight) this._refreshing = undefined
    })
  }

  private async _refreshOnce(kept: Kept): Promise<Session | undefined> {
    const since = this.moment()
    if (!kept.refreshToken) return this._tokens.drop()
    return twice(async () => {
      if (since.turns !== this._tokens.turns) return undefined
      const answer = await this._api.post('/token', { grant_type: 'refresh_token', refresh_token: kept.refreshToken })
      if (membersOf(answer).error === 'invalid_grant') {
        if (since.turns === this._tokens.turns) this._tokens.drop()
        return undefined
      }
      this.onUnfinished(answer)
      return this.adopt(answer, { wechat: kept.wechat, since }, kept)
    }, isBusyForAMoment)
  }

  /** Once, with a code that is there: for a button that must not wait for wx.login. */
  withCode(form: Form): Promise<Session> {
    return this._trade(form, { wechat: true, since: this.moment(), asked: true })
  }

  private _exchange({ consent, asked = false, sub }: Consent & { asked?: boolean; sub?: string }): Promise<Session> {
    const since = this.moment()
    return twice(
      async () => {
        if (since.endings !== this._tokens.endings) throw this._api.fail('signed_out')
        const form = { js_code: await this._code(), consent: consent?.join(' ') }
        return this._trade(form, { wechat: true, since, asked: asked || sub !== undefined, sub })
      },
      error => isBusyForAMoment(error) || isCodeRefused(error),
    )
  }

  private async _trade(form: Form, adoption: Adoption): Promise<Session> {
    const answer = await this._api.post('/token', Object.assign({ grant_type: WECHAT_CODE, scope: this._scope }, form))
    this.onUnfinished(answer)
    return this.adopt(answer, adoption)
  }
}

export function session(kept: Kept): Session {
  return { accessToken: kept.accessToken, expiresIn: Math.floor(secondsLeft(kept)), scope: kept.scope, user: kept.user }
}

/** Whether the refusal is about consent that the caller has. */
function lacksConsent(error: unknown, { consent }: Consent): boolean {
  return error instanceof HufuError && error.reason === 'consent_required' && !!consent?.length
}

/** `finally`, which is younger than ES2017. */
function whenOver<T>(promise: Promise<T>, done: () => void): Promise<T> {
  return promise.then(
    value => {
      done()
      return value
    },
    error => {
      done()
      throw error
    },
  )
}
