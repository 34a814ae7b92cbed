// One client of one tenant: all that the parts can do, under the names that callers use.

import {
  Account, type ConsentEntry, type Identity, type Linked, type Profile, type ProfileChange, type Proof, type Scan, type SignIn,
} from './account'
import { createApi, type Form } from './api'
import { authorized, isSafe, type RequestPromise } from './authorized'
import { failIn } from './error'
import { Logins } from './logins'
import { phoneCode, type PhoneEvent } from './phone'
import { Sessions, type Consent, type Session } from './sessions'
import { preferredLocale, type Locale } from './texts'
import { Tokens, type Storage, type User } from './tokens'
import { loginCode } from './wechat'
import type { Answer, Body, RequestOptions } from './wire'

export interface Options {
  /** `https://…/t/{tenant}`; `http` only for 127.0.0.1 and localhost. */
  issuer: string
  clientId: string
  /** Where the mini-program that runs is another one, logins fail with `wrong_appid`. */
  appid?: string
  /** Space-separated; without it all that the client is registered for. */
  scope?: string
  /** The language of `error.message`; without it WeChat's own. */
  locale?: Locale
  /** Milliseconds for one request. */
  timeout?: number
  storage?: Storage
}

export interface UsernameAndPassword {
  username: string
  password: string
}

export interface Hufu {
  /** Claims of the ID token, for showing; nothing is to be decided by them. */
  readonly user: User | null
  /** Signs in without being asked: nothing, a refresh, or wx.login. */
  ensureLogin(options?: Consent): Promise<Session>
  /** Signs in by wx.login because the person asked to. */
  loginWithWechat(options?: Consent): Promise<Session>
  loginWithPassword(account: UsernameAndPassword & Consent): Promise<Session>
  registerWithPassword(account: UsernameAndPassword & Consent): Promise<Session>
  sendSms(phone: { phone: string } & Consent): Promise<{ next: string[] }>
  loginWithSms(code: { otp: string }): Promise<Session>
  /** With the event of a phone button: goes on with a login, links the phone, or signs in. */
  bindPhone(event: PhoneEvent, options?: Consent): Promise<Session>
  /** For `onShow` of a page with a phone button: where nobody is signed in, fetches the code that `bindPhone` will need. */
  preparePhone(): Promise<void>
  /** Forgets the login that is under way. */
  cancelLogin(): void
  /** `wx.request` with the access token. Only to servers that may have it. */
  request<T extends Body = Body>(options: RequestOptions): RequestPromise<Answer<T>>
  link(proof: Proof): Promise<Linked>
  unlink(identityId: string): Promise<void>
  merge(): Promise<{ sub: string; merged: string }>
  profile(): Promise<Profile>
  updateProfile(change: ProfileChange): Promise<Profile>
  setPassword(password: string): Promise<void>
  identities(): Promise<Identity[]>
  sessions(): Promise<SignIn[]>
  /** Without `sid`: all but this one. */
  endSession(sid?: string): Promise<void>
  recordConsent(entry: ConsentEntry): Promise<void>
  readScan(scene: string): Promise<Scan>
  confirmScan(scene: string, decision: 'confirm' | 'deny'): Promise<void>
  exportData(): Promise<WechatMiniprogram.IAnyObject>
  logout(): Promise<void>
  closeAccount(proof?: UsernameAndPassword | { otp: string }): Promise<{ closes_at: string }>
}

/** WeChat's five minutes, less one. */
const CODE_TTL = 240_000

/** As `onLoad` gives it, or decoded before. What is neither is the server's to refuse. */
function decoded(scene: string): string {
  try {
    return decodeURIComponent(scene)
  } catch {
    return scene
  }
}

/** Below one key for each issuer and client. */
export const storageKey = ({ issuer, clientId }: Options) => `hufu:${trimmed(issuer)}#${clientId}`

const trimmed = (issuer: string) => String(issuer).replace(/\/$/, '')

export function createClient(options: Options): Hufu {
  const { clientId, appid, scope, timeout = 10_000, storage = wx } = options
  const locale = options.locale ?? preferredLocale()
  const fail = failIn(locale)
  const issuer = trimmed(options.issuer)
  if (!clientId || !isSafe(issuer)) {
    throw fail('invalid_options', { description: 'init needs clientId, and an issuer that is an https URL' })
  }
  const api = createApi({ issuer, clientId, locale, timeout }, fail)
  const tokens = new Tokens(storage, storageKey(options))
  const code = loginCode(appid, fail, timeout)
  const signedIn = new Sessions(api, tokens, code, scope)
  const logins = new Logins(api, signedIn, code, scope)
  const account = new Account(api, signedIn, tokens, code)
  /** One promise for one code of a phone button: each works once, and is paid for. */
  const phones = new Map<string, Promise<Session>>()
  let prepared: { code?: string; at: number } = { at: 0 }
  wx.onAppShow?.(() => signedIn.refreshSoon())

  async function withPhone(phone_code: string, consent: string | undefined): Promise<Session> {
    if (logins.isUnderWay) return logins.prove({ phone_code, consent, js_code: logins.hasWechat ? undefined : takeCode() }, { goesOn: true })
    if (!tokens.kept) return signedIn.withCode({ js_code: takeCode(), phone_code, consent })
    await account.link({ phoneCode: phone_code })
    return signedIn.ensure()
  }

  /** What preparePhone has fetched. wx.login is not called under the person's finger (it may change the session key). */
  function takeCode(): string {
    const { code, at } = prepared
    prepared = { at: 0 }
    if (code === undefined || Math.abs(Date.now() - at) > CODE_TTL) throw fail('not_prepared', { description: 'call preparePhone in onShow of the page with the button' })
    return code
  }

  /** Nobody is signed in any more, and nobody will be before the person asks for it. */
  function end(): string | undefined {
    const refreshToken = tokens.kept?.refreshToken
    logins.forget()
    tokens.signOut()
    return refreshToken
  }

  return {
    get user() {
      return tokens.kept?.user ?? null
    },
    ensureLogin: consent => signedIn.ensure(consent),
    loginWithWechat: consent => signedIn.withWechat(Object.assign({ asked: true }, consent)),
    loginWithPassword: ({ username, password, consent }) => logins.prove({ username, password, consent: consent?.join(' ') }),
    registerWithPassword: ({ username, password, consent }) =>
      logins.prove({ username, password, prompt: 'create', consent: consent?.join(' ') }),
    sendSms: ({ phone, consent }) => logins.sendCode({ phone, consent: consent?.join(' ') }),
    loginWithSms: ({ otp }) => logins.prove({ otp }, { goesOn: true }),
    async preparePhone() {
      if (!tokens.kept && !logins.hasWechat) prepared = { code: await code(), at: Date.now() }
    },
    async bindPhone(event, options) {
      const button = phoneCode(event, fail)
      const known = phones.get(button) ?? withPhone(button, options?.consent?.join(' '))
      phones.set(button, known)
      try {
        return await known
      } finally {
        phones.delete(button)
      }
    },
    cancelLogin: () => logins.forget(),
    request<T extends Body>(what: RequestOptions) {
      const sent = authorized<T>(Object.assign({ timeout }, what), signedIn, api, false)
      const checked = sent.then(answer => {
        if (answer.statusCode === 401) throw fail('unauthorized', { status: 401 })
        return answer
      })
      return Object.assign(checked, { abort: sent.abort })
    },
    link: proof => account.link(proof),
    unlink: id => account.unlink(id),
    merge: () => account.merge(),
    profile: () => account.get('/account'),
    updateProfile: change => account.post('/account', change),
    setPassword: password => account.act('PUT', '/account/password', { password }),
    identities: () => account.identities(),
    sessions: () => account.get<{ sessions: SignIn[] }>('/account/sessions').then(list => list.sessions),
    endSession: sid => account.act('DELETE', sid === undefined ? '/account/sessions' : `/account/sessions/${encodeURIComponent(sid)}`),
    recordConsent: entry => account.act('POST', '/account/consents', entry),
    readScan: scene => account.post('/scan', { scene: decoded(scene) }),
    confirmScan: (scene, decision) => account.act('POST', '/scan/confirm', { scene: decoded(scene), decision }),
    exportData: () => account.get('/account/export'),
    logout: () => signedIn.revoke(end()),
    async closeAccount(proof) {
      if (proof) await logins.prove(Object.assign<Form, object>({}, proof), { sub: tokens.kept?.user?.sub, goesOn: 'otp' in proof })
      const closed = await account.post<{ closes_at: string }>('/account/close')
      end()
      return closed
    },
  }
}
