// A model of Hufu's token endpoint for tests without a server: refresh families by generation, as the real one has them.

import type { Outcome, Reply, Sent } from './phone'

export const ISSUER = 'https://id.example.com/t/demo'
export const CLIENT = 'demo-shop'
export const API = 'https://api.example.com/orders'

export const refusal = (status: number, error: string, more: object = {}, header: Record<string, string> = {}): Reply => ({
  status,
  data: { error, error_description: `it was ${error}`, ...more },
  header: { 'X-Request-Id': 'req-1', ...header },
})

export const busy = (seconds: number): Reply =>
  refusal(503, 'temporarily_unavailable', { reason: 'wx_unavailable', message: '微信服务繁忙，请稍后再试。' }, { 'Retry-After': `${seconds}` })

interface Family {
  user: string
  /** The generation of the last token that was used, and which of them. */
  used: number
  spent?: string
  over: boolean
}

export class Server {
  ttl = 900
  user = 'usr_1'
  /** Requests that are answered otherwise, by path. The first that is there is used up. */
  readonly script = new Map<string, ((sent: Sent) => Outcome | Promise<Outcome>)[]>()
  private readonly families = new Map<string, Family>()
  private readonly alive = new Set<string>()
  private readonly codes = new Set<string>()
  private count = 0

  /** The next request to a path is answered like this. */
  next(path: string, ...outcomes: (Outcome | ((sent: Sent) => Outcome | Promise<Outcome>))[]): this {
    const steps = outcomes.map(outcome => (typeof outcome === 'function' ? outcome : () => outcome))
    this.script.set(path, [...(this.script.get(path) ?? []), ...steps])
    return this
  }

  /** Holds the next answer of a path back until the returned function is called; the server has acted by then. */
  hold(path: string): Promise<() => void> {
    return new Promise(arrived =>
      this.next(path, sent => {
        const outcome = this.serve(sent)
        return new Promise<Outcome>(release => arrived(() => release(outcome)))
      }),
    )
  }

  /** The access tokens of now are over, as if their time were. */
  expire(): void {
    this.alive.clear()
  }

  revokeAll(): void {
    this.expire()
    this.families.forEach(family => (family.over = true))
  }

  handle = (sent: Sent): Outcome | Promise<Outcome> => {
    const scripted = this.script.get(sent.path)?.shift()
    return scripted ? scripted(sent) : this.serve(sent)
  }

  tokens(family: string, generation: number): Reply {
    const access_token = `at-${++this.count}`
    this.alive.add(access_token)
    const claims = Buffer.from(JSON.stringify({ sub: this.families.get(family)!.user, amr: ['wechat'], name: '小明' })).toString('base64url')
    return {
      status: 200,
      data: {
        access_token,
        token_type: 'Bearer',
        expires_in: this.ttl,
        refresh_token: `${family}.${generation}.${this.count}`,
        id_token: `e30.${claims}.sig`,
        scope: 'openid offline_access account',
      },
    }
  }

  begin(user = this.user): Reply {
    const family = `rt-${++this.count}`
    this.families.set(family, { user, used: 0, over: false })
    return this.tokens(family, 1)
  }

  private serve(sent: Sent): Outcome {
    switch (sent.path) {
      case '/token':
        return this.token(sent.form)
      case '/revoke': {
        const family = this.families.get(sent.form.token!.split('.')[0]!)
        if (family) family.over = true
        return { status: 200 }
      }
      default:
        if (sent.token && this.alive.has(sent.token)) return { status: 200, data: { ok: true, path: sent.path } }
        return refusal(401, 'invalid_token', {}, { 'www-authenticate': 'Bearer error="invalid_token"' })
    }
  }

  private token(form: Record<string, string>): Outcome {
    if (form.grant_type === 'authorization_code') return this.begin()
    if (form.grant_type === 'refresh_token') return this.refresh(form.refresh_token!)
    if (this.codes.has(form.js_code!)) return refusal(400, 'invalid_grant', { reason: 'wx_code_used', message: '微信登录没有成功，请再试一次。' })
    this.codes.add(form.js_code!)
    return this.begin()
  }

  /** ADR 3: a spent token is good again until one of the next generation was used; then it ends the family. */
  private refresh(token: string): Outcome {
    const [id, number] = token.split('.') as [string, string]
    const family = this.families.get(id)
    const generation = Number(number)
    const replay = family?.spent === token
    if (family && generation <= family.used && !replay) family.over = true
    if (!family || family.over) return refusal(400, 'invalid_grant')
    family.used = generation
    family.spent = token
    return this.tokens(id, generation + 1)
  }
}
