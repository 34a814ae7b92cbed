// A tenant of one test's own on a real Hufu, and a phone at its simulator.

import { randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { installWx, type Wx } from '@hufu/wx-fake'
import { onTestFinished } from 'vitest'
import { createClient, type Hufu, type Options } from '../../src/client'

function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: see "Its own tests" in README.md`)
  return value
}

const base = new URL(setting('HUFU_ISSUER')).origin
const sim = setting('HUFU_SIM')
const operator = readFileSync(setting('HUFU_OPERATOR_TOKEN_FILE'), 'utf8').trim()

async function call(method: string, url: string, body?: object, header: Record<string, string> = {}): Promise<any> {
  const answer = await fetch(url, { method, headers: { 'content-type': 'application/json', ...header }, ...(body && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`)
  return text ? JSON.parse(text) : undefined
}

export const admin = (method: string, path: string, body?: object) => call(method, `${base}/admin/v1/tenants/${path}`, body, { authorization: `Bearer ${operator}` })
export const simulator = (method: string, path: string, body?: object) => call(method, `${sim}/__sim/v1/${path}`, body)

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
export const newPhone = () => `+86138${String(randomInt(1e8)).padStart(8, '0')}`
export const newPassword = () => `teapot violin ${hex(8)}`
export const newName = () => `li${hex(5)}`

export interface World {
  wx: Wx
  hufu: Hufu
  issuer: string
  slug: string
  appid: string
  /** Another start of the mini-program on the same phone. */
  restart(options?: Partial<Options>): Hufu
  /** The mini-program on somebody else's phone, or on another one. */
  onPhoneOf(user: string): Hufu
  /** A fault of WeChat's servers, for this mini-program alone. */
  fault(fault: { action?: unknown; preset?: string; match?: object }): Promise<unknown>
  /** The newest code that came to a phone. */
  otp(phone: string): Promise<string>
  /** Has the server forget an access token, as if its time were over. */
  expire(accessToken: string): Promise<void>
}

export async function world(settings: object = {}): Promise<World> {
  const slug = `sdk-${hex(6)}`
  const appid = `wx${hex(8)}`
  const secret = hex(16)
  await simulator('POST', 'apps', { appid, secret })
  await admin('PUT', slug, { display_name: 'Tea House', settings })
  await admin('PUT', `${slug}/wechat-apps/${appid}`, { kind: 'mini_program', secret })
  await admin('PUT', `${slug}/clients/shop`, {
    token_endpoint_auth_method: 'none',
    grant_types: ['urn:hufu:grant-type:wechat-code', 'refresh_token', 'authorization_code'],
    scope: 'openid offline_access account phone profile',
    first_party: true,
    wechat_appid: appid,
  })
  const key = await simulator('POST', 'sms/accounts', { vendor: 'aliyun', id: `LTAI-${slug}`, sign_names: ['虎符'], templates: [{ id: 'SMS_1', params: ['code'] }] })
  await admin('PUT', `${slug}/sms`, {
    vendor: 'aliyun', access_key_id: key.id, access_key_secret: key.secret, sign_name: '虎符', template_code: 'SMS_1', template_params: { code: 'code' },
  })
  onTestFinished(() => simulator('DELETE', 'faults'))

  const issuer = `${base}/t/${slug}`
  const start = (options: Partial<Options> = {}) => createClient({ issuer, clientId: 'shop', appid, ...options })
  const phone = (user: string, storage?: Map<string, string>) => installWx({ sim, appid, user, ...(storage && { storage }) })
  const it = {
    slug,
    appid,
    issuer,
    wx: phone(`user-${hex(6)}`),
    restart(options?: Partial<Options>) {
      it.wx = phone(it.wx.fake.phone.user, it.wx.fake.storage)
      return (it.hufu = start(options))
    },
    onPhoneOf(user: string) {
      it.wx = phone(user)
      return (it.hufu = start())
    },
    fault: (fault: { match?: object }) => simulator('POST', 'faults', { ...fault, match: { appid, ...fault.match } }),
    async otp(to: string) {
      const messages = await it.wx.fake.readSms({ to })
      return String(messages.at(-1)!.code)
    },
    async expire(token: string) {
      await fetch(`${issuer}/revoke`, { method: 'POST', body: new URLSearchParams({ token, client_id: 'shop' }) })
    },
    hufu: undefined as unknown as Hufu,
  }
  it.hufu = start()
  return it
}

/** An operator signs the user out everywhere. */
export async function endSessions(slug: string, sub: string): Promise<void> {
  const { items } = await admin('GET', `${slug}/users/${sub}/sessions`)
  for (const { id } of items) await admin('DELETE', `${slug}/users/${sub}/sessions/${id}`)
}

/** The requests of the app to the token endpoint, by grant. */
export function grants(wx: Wx): string[] {
  return wx.fake.requests.filter(sent => sent.url.endsWith('/token')).map(sent => new URLSearchParams(String(sent.data)).get('grant_type')!.replace(/.*:/, ''))
}

/** Lets the SDK's waits be over at once; gives how long they would have been, in seconds. */
export function skipWaits(): number[] {
  const waits: number[] = []
  const real = globalThis.setTimeout
  globalThis.setTimeout = ((run: () => void, milliseconds = 0, ...rest: []) => {
    if (milliseconds < 1000 || !new Error().stack!.includes('patience.ts')) return real(run, milliseconds, ...rest)
    waits.push(milliseconds / 1000)
    return real(run, 0)
  }) as typeof setTimeout
  onTestFinished(() => void (globalThis.setTimeout = real))
  return waits
}
