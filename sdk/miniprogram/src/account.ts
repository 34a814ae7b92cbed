// The account of who is signed in. Members are named as on the wire: see *Account* in openapi.json.

import { membersOf, type Api, type Method } from './api'
import { authorized } from './authorized'
import type { HufuError } from './error'
import { isCodeRefused, twice } from './patience'
import type { Sessions } from './sessions'
import type { Tokens } from './tokens'
import type { LoginCode } from './wechat'
import type { Answer } from './wire'

export interface Profile {
  sub: string
  created_at: string
  username?: string
  phone_number?: string
  nickname?: string
  picture?: string
  locale?: string
  updated_at?: string
}

/** `null` removes. */
export interface ProfileChange {
  nickname?: string | null
  picture?: string | null
  locale?: string | null
}

export interface Identity {
  id: string
  kind: 'wechat' | 'phone' | 'account'
  created_at: string
  phone_number?: string
  username?: string
  verified_by?: string
  wechat_appid?: string
}

/** A sign-in of the user, here or elsewhere. */
export interface SignIn {
  id: string
  current: boolean
  amr: string[]
  auth_time: string
  expires_at: string
  grants: { client_id: string; scope: string; created_at: string }[]
}

export interface ConsentEntry {
  document: string
  version: string
  action: 'accept' | 'withdraw'
}

/** What to show before the person decides about a scan. */
export interface Scan {
  client_name: string | null
  tenant_name: string
  browser: string | null
  ip: string | null
  same_network: boolean | null
  asked_at: string
  match_code: string
  expires_in: number
}

export type Proof =
  | { wechat: true }
  | { phone: string; otp?: string }
  | { phoneCode: string }
  | { username: string; password: string; create?: boolean }

export interface Linked {
  status: 'linked' | 'already' | 'code_sent'
  identity?: Identity
  expiresIn?: number
  resendAfter?: number
}

export class Account {
  /** An offer to make two users one. */
  private _offer: { authSession: string; wechat: boolean } | undefined

  constructor(
    private readonly _api: Api,
    private readonly _sessions: Sessions,
    private readonly _tokens: Tokens,
    private readonly _code: LoginCode,
  ) {}

  get<T>(path: string): Promise<T> {
    return this._ask('GET', path).then(answer => this._api.members<T>(answer))
  }

  post<T>(path: string, data?: object): Promise<T> {
    return this._ask('POST', path, data).then(answer => this._api.members<T>(answer))
  }

  /** For answers without a body. */
  async act(method: Method, path: string, data?: object): Promise<void> {
    const answer = await this._ask(method, path, data)
    if (answer.statusCode >= 300) throw this._api.refusal(answer)
  }

  async link(proof: Proof): Promise<Linked> {
    const wechat = 'wechat' in proof
    const answer = wechat
      ? await twice(async () => this._accepted(await this._ask('POST', '/account/identities', { js_code: await this._code() }), wechat), isCodeRefused)
      : this._accepted(await this._ask('POST', '/account/identities', members(proof)), wechat)
    if (wechat) this._tokens.knowWechat(true)
    if (answer.statusCode === 202) {
      const sent = this._api.members<{ expires_in: number; resend_after: number }>(answer)
      return { status: 'code_sent', expiresIn: sent.expires_in, resendAfter: sent.resend_after }
    }
    return { status: answer.statusCode === 201 ? 'linked' : 'already', identity: this._api.members<Identity>(answer) }
  }

  /** Without its WeChat identity, wx.login would make a new user: then only the person signs in again. */
  async unlink(id: string): Promise<void> {
    const wechat = (await this.identities()).some(identity => identity.id === id && identity.kind === 'wechat')
    try {
      await this.act('DELETE', `/account/identities/${encodeURIComponent(id)}`)
    } catch (error) {
      // Refused is refused; a lost answer may have been a yes.
      if (!wechat || (error as HufuError).status) throw error
      this._tokens.knowWechat(false)
      throw error
    }
    if (wechat) this._tokens.knowWechat(false)
  }

  identities(): Promise<Identity[]> {
    return this.get<{ identities: Identity[] }>('/account/identities').then(list => list.identities)
  }

  async merge(): Promise<{ sub: string; merged: string }> {
    const { _offer: offer } = this
    if (!offer) throw this._api.fail('nothing_to_merge')
    this._offer = undefined
    const merged = await this.post<{ sub: string; merged: string }>('/account/identities', { auth_session: offer.authSession, merge: true })
    if (offer.wechat) this._tokens.knowWechat(true)
    return merged
  }

  /** Keeps the offer to merge that a refusal may come with. */
  private _accepted(answer: Answer, wechat: boolean): Answer {
    const authSession = membersOf(answer).auth_session
    this._offer = authSession ? { authSession, wechat } : undefined
    if (answer.statusCode >= 300) throw this._api.refusal(answer)
    return answer
  }

  private _ask(method: Method, path: string, data?: object): Promise<Answer> {
    return authorized(this._api.json(method, path, data), this._sessions, this._api, true)
  }
}

function members(proof: Exclude<Proof, { wechat: true }>): object {
  if ('phoneCode' in proof) return { phone_code: proof.phoneCode }
  if ('phone' in proof) return proof
  const { username, password, create } = proof
  return { username, password, prompt: create ? 'create' : undefined }
}
