import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { busy, CLIENT, refusal } from './server'
import { order, rejection, setup, start, times } from './setup'

const used = refusal(400, 'invalid_grant', { reason: 'wx_code_used', message: '微信登录没有成功，请再试一次。' })
const denied = refusal(400, 'access_denied', { reason: 'wx_user_blocked', message: '微信暂时不允许您登录，请换一种登录方式。' })

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-23T08:00:00Z') }))
afterEach(() => void vi.useRealTimers())

describe('ensureLogin', () => {
  test('signs in with one code of wx.login and tells who it is', async () => {
    const { phone, hufu } = setup()
    expect(hufu.user).toBeNull()
    const session = await hufu.ensureLogin()
    expect(session).toMatchObject({ accessToken: expect.stringMatching(/^at-/), expiresIn: 900, user: { sub: 'usr_1', name: '小明' } })
    expect(hufu.user).toMatchObject({ sub: 'usr_1' })
    const [token] = phone.sent
    expect(token).toMatchObject({ method: 'POST', header: { 'content-type': 'application/x-www-form-urlencoded', 'accept-language': 'zh-CN' } })
    expect(token!.form).toEqual({ grant_type: 'urn:hufu:grant-type:wechat-code', client_id: CLIENT, js_code: 'code-1' })
  })

  test('asked 50 times at once calls wx.login once', async () => {
    const { phone, hufu } = setup()
    const sessions = await Promise.all(times(50, () => hufu.ensureLogin()))
    expect(new Set(sessions.map(session => session.accessToken)).size).toBe(1)
    expect(phone.logins).toBe(1)
    expect(phone.sent).toHaveLength(1)
  })

  test('asked again, or by a request, does nothing', async () => {
    const { phone, hufu } = setup()
    await hufu.ensureLogin()
    await hufu.ensureLogin()
    await order(hufu)
    expect(phone.sent.map(sent => sent.path)).toEqual(['/token', '/orders'])
  })

  test('tries once more with a new code where the code was used', async () => {
    const { server, phone, hufu } = setup()
    server.next('/token', used)
    await hufu.ensureLogin()
    expect(phone.to('/token').map(sent => sent.form.js_code)).toEqual(['code-1', 'code-2'])
  })

  test('does not try a third time', async () => {
    const { server, phone, hufu } = setup()
    server.next('/token', used, used)
    expect(await rejection(hufu.ensureLogin())).toMatchObject({ reason: 'wx_code_used', error: 'invalid_grant', status: 400, requestId: 'req-1' })
    expect(phone.logins).toBe(2)
  })

  test('tries wx.login once more where it failed', async () => {
    const { phone, hufu } = setup()
    phone.failingLogins = 1
    await hufu.ensureLogin()
    expect(phone.logins).toBe(2)
    expect(phone.sent).toHaveLength(1)
  })

  test('gives up where wx.login fails twice, and can be asked again', async () => {
    const { phone, hufu } = setup()
    phone.failingLogins = 2
    expect(await rejection(hufu.ensureLogin())).toMatchObject({ reason: 'wx_login_failed', description: 'login:fail timeout' })
    await hufu.ensureLogin()
    expect(phone.logins).toBe(3)
  })

  test('does not try again where the person may not sign in, and leaves the server alone for a minute', async () => {
    const { server, phone, hufu } = setup()
    server.next('/token', denied)
    const errors = await Promise.all(times(5, () => rejection(hufu.ensureLogin())))
    expect(errors.map(error => error.reason)).toEqual(times(5, () => 'wx_user_blocked'))
    expect((await rejection(order(hufu))).reason).toBe('wx_user_blocked')
    expect(phone.logins).toBe(1)
    vi.setSystemTime(Date.now() + 61_000)
    await hufu.ensureLogin()
    expect(phone.logins).toBe(2)
  })

  test('waits with a new code where WeChat is busy for a moment', async () => {
    const { server, phone, hufu } = setup()
    server.next('/token', busy(1))
    const session = hufu.ensureLogin()
    await vi.advanceTimersByTimeAsync(999)
    expect(phone.logins).toBe(1)
    await vi.advanceTimersByTimeAsync(300)
    await session
    expect(phone.to('/token').map(sent => sent.form.js_code)).toEqual(['code-1', 'code-2'])
  })

  test('never takes more than two codes, whatever goes wrong', async () => {
    const { server, phone, hufu } = setup()
    server.next('/token', busy(1), used)
    const error = rejection(hufu.ensureLogin())
    await vi.advanceTimersByTimeAsync(2000)
    expect((await error).reason).toBe('wx_code_used')
    expect(phone.logins).toBe(2)
  })

  test.each([429, 503])('after %i stays away for as long as the server says', async status => {
    const { server, phone, hufu } = setup()
    server.next('/token', refusal(status, 'slow_down', { reason: 'wx_rate_limited', message: '操作太频繁，请稍后再试。' }, { 'retry-after': '60' }))
    expect(await rejection(hufu.ensureLogin())).toMatchObject({ status, reason: 'wx_rate_limited', retryAfter: 60, message: '操作太频繁，请稍后再试。' })
    vi.setSystemTime(Date.now() + 59_000)
    expect(await rejection(hufu.ensureLogin())).toMatchObject({ reason: 'wx_rate_limited', retryAfter: 1 })
    expect(phone.logins).toBe(1)
    vi.setSystemTime(Date.now() + 1000)
    await hufu.ensureLogin()
    expect(phone.logins).toBe(2)
  })

  test('is not shut out by a clock that is put back', async () => {
    const { server, hufu } = setup()
    server.next('/token', busy(3600))
    await rejection(hufu.ensureLogin())
    vi.setSystemTime(Date.now() - 3600_000)
    await hufu.ensureLogin()
  })

  test.each([
    ['a page', { status: 200, data: '<html>' }, 'bad_answer'],
    ['nothing', { status: 200 }, 'bad_answer'],
    ['an array', { status: 200, data: [] }, 'bad_answer'],
    ['a page of a gateway', { status: 502, data: '<html>' }, 'server_error'],
    ['a page that is not there', { status: 404, data: '<html>' }, 'bad_answer'],
    ['no network', { fail: 'request:fail net::ERR_INTERNET_DISCONNECTED' }, 'network'],
    ['silence', { fail: 'request:fail timeout' }, 'timeout'],
    ['a host that is not allowed', { fail: 'request:fail url not in domain list' }, 'domain_not_allowed'],
  ])('rejects where the answer is %s, and works afterwards', async (_, outcome, reason) => {
    const { server, phone, hufu } = setup()
    server.next('/token', outcome)
    expect((await rejection(hufu.ensureLogin())).reason).toBe(reason)
    expect(phone.logins).toBe(1)
    await hufu.ensureLogin()
  })

  test('names the mistake where another mini-program runs than was set up', async () => {
    const { phone } = setup()
    phone.appid = 'touristappid'
    expect(await rejection(start({ appid: 'wxde30000000000001' }).ensureLogin())).toMatchObject({ reason: 'wrong_appid' })
    expect(phone.logins).toBe(0)
  })

  test('asks for the scope that was set up', async () => {
    const { phone } = setup()
    await start({ scope: 'openid' }).ensureLogin()
    expect(phone.sent[0]!.form.scope).toBe('openid')
  })
})

describe('consent', () => {
  const required = refusal(400, 'access_denied', { reason: 'consent_required', message: '请先阅读并同意用户协议和隐私政策。' })

  test('is sent with the login', async () => {
    const { phone, hufu } = setup()
    await hufu.ensureLogin({ consent: ['privacy:2026-11-01', 'terms:3'] })
    expect(phone.sent[0]!.form.consent).toBe('privacy:2026-11-01 terms:3')
  })

  test('that is missing is not asked about over and over, and what has it goes through at once', async () => {
    const { server, phone, hufu } = setup()
    server.next('/token', required)
    await rejection(hufu.ensureLogin())
    expect((await rejection(hufu.ensureLogin())).reason).toBe('consent_required')
    expect(phone.logins).toBe(1)
    await hufu.ensureLogin({ consent: ['privacy:1'] })
    expect(phone.logins).toBe(2)
  })

  test('given while a login without it is under way counts', async () => {
    const { server, hufu } = setup()
    server.next('/token', required)
    const without = rejection(hufu.ensureLogin())
    await hufu.ensureLogin({ consent: ['privacy:1'] })
    expect((await without).reason).toBe('consent_required')
  })
})

describe('a login that wants more', () => {
  const more = refusal(403, 'insufficient_authorization', { reason: 'phone_required', message: '请验证手机号以继续。', auth_session: 'as-1', next: ['phone'] })

  test('says what, and wx.login is left alone while the person has not proved it', async () => {
    const { server, phone, hufu } = setup()
    server.next('/token', more)
    expect(await rejection(hufu.ensureLogin())).toMatchObject({ error: 'insufficient_authorization', reason: 'phone_required', next: ['phone'] })
    expect((await rejection(order(hufu))).next).toEqual(['phone'])
    expect(phone.logins).toBe(1)
  })

  test('can be cancelled', async () => {
    const { server, phone, hufu } = setup()
    server.next('/token', more)
    await rejection(hufu.ensureLogin())
    hufu.cancelLogin()
    await hufu.ensureLogin()
    expect(phone.logins).toBe(2)
  })
})

describe('signing out', () => {
  test('revokes, clears, and nobody is signed in again until asked, at the next start neither', async () => {
    const { phone, hufu } = setup()
    await hufu.ensureLogin()
    await hufu.logout()
    expect(phone.to('/revoke')).toHaveLength(1)
    expect(hufu.user).toBeNull()
    expect([...phone.stored.values()].join()).not.toMatch(/at-|rt-/)
    expect((await rejection(order(hufu))).reason).toBe('signed_out')
    const next = start()
    expect((await rejection(next.ensureLogin())).reason).toBe('signed_out')
    expect(phone.logins).toBe(1)
    expect((await next.loginWithWechat()).user?.sub).toBe('usr_1')
    await start().ensureLogin()
    expect(phone.logins).toBe(2)
  })

  test('without the network clears all the same', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/revoke', { fail: 'request:fail' })
    await hufu.logout()
    expect(hufu.user).toBeNull()
    expect([...phone.stored.values()].join()).not.toMatch(/at-|rt-/)
  })

  test('while a silent login is under way wins, and the tokens that come are revoked', async () => {
    const { server, phone, hufu } = setup()
    const held = server.hold('/token')
    const login = rejection(hufu.ensureLogin())
    const release = await held
    await hufu.logout()
    release()
    expect((await login).reason).toBe('signed_out')
    await vi.advanceTimersByTimeAsync(0)
    expect(phone.to('/revoke')).toHaveLength(1)
    expect(hufu.user).toBeNull()
  })

  test('does not reach into the login that is asked for next', async () => {
    const { server, phone, hufu } = setup()
    const held = server.hold('/token')
    const login = rejection(hufu.ensureLogin())
    const release = await held
    await hufu.logout()
    const asked = hufu.loginWithWechat()
    release()
    await login
    expect((await asked).user?.sub).toBe('usr_1')
    expect(phone.logins).toBe(2)
  })
})

test('loginWithWechat twice at once, as by a double tap, is one', async () => {
  const { phone, hufu } = setup()
  await Promise.all([hufu.loginWithWechat(), hufu.loginWithWechat(), hufu.ensureLogin()])
  expect(phone.logins).toBe(1)
})

test('a login that takes the place of another ends that one', async () => {
  const { phone, hufu } = setup()
  await hufu.ensureLogin()
  const { refreshToken } = JSON.parse([...phone.stored.values()][0] as string).kept
  await hufu.loginWithWechat()
  await vi.advanceTimersByTimeAsync(0)
  expect(phone.to('/revoke').map(sent => sent.form.token)).toEqual([refreshToken])
})
