import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { failIn, HufuError } from '../src/error'
import { refusal } from './server'
import { rejection, setup, start } from './setup'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const names = (type: string) => [...read('../src/reasons.ts').split(`type ${type} =`)[1]!.split('export')[0]!.matchAll(/'(\w+)'/g)].map(([, name]) => name!)
const own = names('OwnReason')
const told = names('ServerReason')
const [english, chinese] = read('../README.md').split('\n## 开始') as [string, string]

describe('reasons', () => {
  test('of the server are those of its OpenAPI document', () => {
    const { components } = JSON.parse(read('../../../openapi/openapi.json'))
    expect([...told].sort()).toEqual([...components.schemas.Reason.enum].sort())
  })

  test.each([...own, ...told])('%s stands in the README in both languages', reason => {
    expect(english).toContain(`\`${reason}\``)
    expect(chinese).toContain(`\`${reason}\``)
  })

  test.each(own)('%s is found out somewhere', reason => {
    const sources = ['account', 'api', 'authorized', 'client', 'index', 'logins', 'phone', 'pkce', 'sessions', 'tokens', 'wechat', 'wire'].map(name => read(`../src/${name}.ts`)).join('')
    expect(sources).toContain(`'${reason}'`)
  })

  test.each(own)('%s has a text in each language', reason => {
    expect(failIn('zh-CN')(reason).message).toMatch(/^[一-龥].*。$/)
    expect(failIn('en')(reason).message).toMatch(/^[\x20-\x7e]+\.$/)
  })
})

describe('the README', () => {
  test('has every method, in both languages', () => {
    const { hufu } = setup()
    for (const name of Object.keys(hufu)) {
      const called = name === 'user' ? '`user`' : `${name}(`
      expect(english).toContain(called)
      expect(chinese).toContain(called)
    }
  })
})

describe('the language', () => {
  test.each([
    ['zh_CN', 'zh-CN'],
    ['zh_TW', 'zh-CN'],
    ['en', 'en'],
    ['fr', 'en'],
  ])('of WeChat %s asks the server for %s', async (language, asked) => {
    const { phone } = setup()
    phone.language = language
    await start().ensureLogin()
    expect(phone.sent[0]!.header['accept-language']).toBe(asked)
  })

  test('is Chinese where WeChat does not tell', async () => {
    const { phone } = setup()
    delete (wx as { getAppBaseInfo?: unknown }).getAppBaseInfo
    await start().ensureLogin()
    expect(phone.sent[0]!.header['accept-language']).toBe('zh-CN')
  })

  test('that is set counts, for texts from here and from the server', async () => {
    const { server, phone } = setup()
    const hufu = start({ locale: 'en' })
    server.next('/token', refusal(400, 'access_denied', { reason: 'user_disabled', message: 'from the server' }))
    expect((await rejection(hufu.ensureLogin())).message).toBe('from the server')
    expect(phone.sent[0]!.header['accept-language']).toBe('en')
    expect((await rejection(hufu.loginWithSms({ otp: '1' }))).message).toBe('This sign-in is over. Please begin again.')
  })
})

describe('an error', () => {
  test('is an Error with a stack, and what is known about it', () => {
    const error = failIn('en')('network', { description: 'd', requestId: 'r' })
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(HufuError)
    expect(error).toMatchObject({ name: 'HufuError', reason: 'network', description: 'd', requestId: 'r' })
  })

  test('without a reason has OAuth\'s code there, and a text', async () => {
    const { server, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account', refusal(403, 'insufficient_scope'))
    expect(await rejection(hufu.profile())).toMatchObject({ reason: 'insufficient_scope', error: 'insufficient_scope', status: 403, message: '出错了，请稍后再试。' })
  })

  test.each(['retry-after', 'Retry-After', 'RETRY-AFTER'])('reads the header %s', async name => {
    const { server, hufu } = setup()
    server.next('/token', refusal(429, 'slow_down', { reason: 'wx_rate_limited' }, { [name]: '60' }))
    expect((await rejection(hufu.ensureLogin())).retryAfter).toBe(60)
  })

  test('ignores a Retry-After that is a date', async () => {
    const { server, hufu } = setup()
    server.next('/token', refusal(429, 'slow_down', {}, { 'retry-after': 'Mon, 23 Nov 2026 08:00:00 GMT' }))
    expect((await rejection(hufu.ensureLogin())).retryAfter).toBeUndefined()
  })

  test.each([
    [{ issuer: '', clientId: 'c' }],
    [{ issuer: 'http://id.example.com/t/demo', clientId: 'c' }],
    [{ issuer: 'http://localhost.example.com/t/demo', clientId: 'c' }],
    [{ issuer: 'https://id.example.com/t/demo', clientId: '' }],
  ])('tells at once that %j cannot be set up', options => {
    setup()
    expect(() => start(options)).toThrow(expect.objectContaining({ reason: 'invalid_options' }))
  })

  test.each(['http://127.0.0.1:8080/t/demo', 'http://localhost:8080/t/demo', 'https://id.example.com/t/demo/'])('does not come for %s', issuer => {
    setup()
    start({ issuer })
  })
})
