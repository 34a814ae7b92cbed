import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { busy, refusal } from './server'
import { order, rejection, setup, start, times } from './setup'

const HOUR = 3600_000

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-23T08:00:00Z') }))
afterEach(() => void vi.useRealTimers())

async function signedIn() {
  const world = setup()
  await world.hufu.ensureLogin()
  world.phone.sent.length = 0
  return world
}

const refreshes = (phone: { to(path: string): { form: Record<string, string> }[] }) =>
  phone.to('/token').filter(sent => sent.form.grant_type === 'refresh_token').length

describe('50 requests at expiry', () => {
  test('by the clock make one refresh', async () => {
    const { server, phone, hufu } = await signedIn()
    server.expire()
    vi.setSystemTime(Date.now() + HOUR)
    const answers = await Promise.all(times(50, () => order(hufu)))
    expect(answers.map(answer => answer.statusCode)).toEqual(times(50, () => 200))
    expect(refreshes(phone)).toBe(1)
    expect(phone.to('/orders')).toHaveLength(50)
    expect(phone.logins).toBe(1)
  })

  test('by 50 answers of 401 make one refresh, and each is sent once more', async () => {
    const { server, phone, hufu } = await signedIn()
    server.expire()
    const answers = await Promise.all(times(50, () => order(hufu)))
    expect(answers.map(answer => answer.statusCode)).toEqual(times(50, () => 200))
    expect(refreshes(phone)).toBe(1)
    expect(phone.to('/orders')).toHaveLength(100)
  })

  test('of which one gets its 401 after the refresh make no second one', async () => {
    const { server, phone, hufu } = await signedIn()
    const late = server.hold('/orders')
    server.expire()
    const slow = order(hufu)
    const release = await late
    await order(hufu)
    release()
    expect((await slow).statusCode).toBe(200)
    expect(refreshes(phone)).toBe(1)
  })

  test('are all rejected when the refresh fails, and the next one works', async () => {
    const { server, phone, hufu } = await signedIn()
    server.expire()
    server.next('/token', { fail: 'request:fail net::ERR_CONNECTION_RESET' })
    const errors = await Promise.all(times(50, () => rejection(order(hufu))))
    expect(errors.map(error => error.reason)).toEqual(times(50, () => 'network'))
    expect(refreshes(phone)).toBe(1)
    expect((await order(hufu)).statusCode).toBe(200)
    expect((await hufu.ensureLogin()).user?.sub).toBe('usr_1')
    expect(phone.logins).toBe(1)
  })

  test('sign in anew once, unseen, when the session is over', async () => {
    const { server, phone, hufu } = await signedIn()
    server.revokeAll()
    const answers = await Promise.all(times(50, () => order(hufu)))
    expect(answers.every(answer => answer.statusCode === 200)).toBe(true)
    expect(refreshes(phone)).toBe(1)
    expect(phone.logins).toBe(2)
  })
})

describe('an answer to a refresh that is lost', () => {
  test('because the process was killed does not sign out', async () => {
    const { server, phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    const held = server.hold('/token')
    void hufu.ensureLogin()
    await held
    const next = start()
    expect(next.user?.sub).toBe('usr_1')
    expect((await next.ensureLogin()).user?.sub).toBe('usr_1')
    expect(phone.logins).toBe(1)
    expect((await order(next)).statusCode).toBe(200)
  })

  test('and was acted on by another process leads to a sign-in that nobody sees', async () => {
    const { phone, hufu } = await signedIn()
    const before = new Map(phone.stored)
    for (const _ of times(2, () => 0)) {
      vi.setSystemTime(Date.now() + HOUR)
      await hufu.ensureLogin()
    }
    // The storage of before: its token's successor has been used, so the server takes this for a theft.
    phone.stored = before
    const next = start()
    expect((await next.ensureLogin()).user?.sub).toBe('usr_1')
    expect(phone.logins).toBe(2)
  })

  test('because the network failed is asked for again with the same token', async () => {
    const { server, phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    server.next('/token', { fail: 'request:fail timeout' })
    expect((await rejection(hufu.ensureLogin())).reason).toBe('timeout')
    await hufu.ensureLogin()
    const [first, second] = phone.to('/token')
    expect(second!.form.refresh_token).toBe(first!.form.refresh_token)
    expect(phone.logins).toBe(1)
  })
})

describe('a clock', () => {
  test('that jumps an hour ahead costs a refresh and nothing else', async () => {
    const { phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    expect((await order(hufu)).statusCode).toBe(200)
    expect((await order(hufu)).statusCode).toBe(200)
    expect(refreshes(phone)).toBe(1)
    expect(phone.logins).toBe(1)
  })

  test('that jumps an hour back costs a refresh and nothing else', async () => {
    const { phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() - HOUR)
    expect((await order(hufu)).statusCode).toBe(200)
    expect((await order(hufu)).statusCode).toBe(200)
    expect(refreshes(phone)).toBe(1)
    expect(phone.logins).toBe(1)
  })

  test.each([-HOUR, HOUR])('that was always wrong by %i ms changes nothing', async wrong => {
    vi.setSystemTime(Date.now() + wrong)
    const { phone, hufu } = await signedIn()
    await order(hufu)
    expect(phone.sent.map(sent => sent.path)).toEqual(['/orders'])
  })

  test('that stood still while the token ran out is healed by the 401', async () => {
    const { server, phone, hufu } = await signedIn()
    server.expire()
    expect((await order(hufu)).statusCode).toBe(200)
    expect(refreshes(phone)).toBe(1)
  })
})

describe('a refresh', () => {
  test('keeps the new refresh token, and uses it the next time', async () => {
    const { phone, hufu } = await signedIn()
    for (const _ of times(3, () => 0)) {
      vi.setSystemTime(Date.now() + HOUR)
      await hufu.ensureLogin()
    }
    const used = phone.to('/token').map(sent => sent.form.refresh_token)
    expect(new Set(used).size).toBe(3)
    expect(phone.logins).toBe(1)
  })

  test('in the last seconds of a token that fails leaves the token to be used', async () => {
    const { server, hufu } = await signedIn()
    const { accessToken } = await hufu.ensureLogin()
    vi.setSystemTime(Date.now() + 880_000)
    server.next('/token', { fail: 'request:fail' })
    expect((await hufu.ensureLogin()).accessToken).toBe(accessToken)
  })

  test('that is answered 503 waits as long as the server says, once', async () => {
    const { server, phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    server.next('/token', busy(2))
    const session = hufu.ensureLogin()
    await vi.advanceTimersByTimeAsync(1999)
    expect(refreshes(phone)).toBe(1)
    await vi.advanceTimersByTimeAsync(500)
    expect((await session).user?.sub).toBe('usr_1')
    expect(refreshes(phone)).toBe(2)
  })

  test('that is answered 503 for longer fails, and is not tried before the time is over', async () => {
    const { server, phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    server.next('/token', busy(60))
    expect(await rejection(hufu.ensureLogin())).toMatchObject({ reason: 'wx_unavailable', status: 503, retryAfter: 60 })
    vi.setSystemTime(Date.now() + 20_000)
    expect(await rejection(order(hufu))).toMatchObject({ reason: 'wx_unavailable', retryAfter: 40 })
    expect(refreshes(phone)).toBe(1)
    vi.setSystemTime(Date.now() + 41_000)
    expect((await order(hufu)).statusCode).toBe(200)
    expect(phone.logins).toBe(1)
  })

  test.each([
    ['a page', { status: 200, data: '<html>网络认证</html>' }, 'bad_answer'],
    ['nothing', { status: 200, data: '' }, 'bad_answer'],
    ['JSON of something else', { status: 200, data: { ok: true } }, 'bad_answer'],
    ['a page of a gateway', { status: 502, data: '<html>502 Bad Gateway</html>' }, 'server_error'],
  ])('that is answered with %s keeps the session', async (_, reply, reason) => {
    const { server, phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    server.next('/token', reply)
    expect((await rejection(hufu.ensureLogin())).reason).toBe(reason)
    expect((await hufu.ensureLogin()).user?.sub).toBe('usr_1')
    expect(phone.logins).toBe(1)
  })

  test('happens in the background when the app is shown with a token that is nearly over', async () => {
    const { phone, hufu } = await signedIn()
    phone.show()
    await vi.advanceTimersByTimeAsync(0)
    expect(refreshes(phone)).toBe(0)
    vi.setSystemTime(Date.now() + 800_000)
    phone.show()
    await vi.advanceTimersByTimeAsync(0)
    expect(refreshes(phone)).toBe(1)
    await hufu.ensureLogin()
    expect(refreshes(phone)).toBe(1)
  })

  test('in the background is the one that a request at the same moment waits for', async () => {
    const { server, phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + 880_000)
    const held = server.hold('/token')
    phone.show()
    const release = await held
    const request = order(hufu)
    release()
    expect((await request).statusCode).toBe(200)
    expect(refreshes(phone)).toBe(1)
  })

  test('that waits for a second try gives it up when the person signs out', async () => {
    const { server, phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    server.next('/token', busy(2))
    const error = rejection(hufu.ensureLogin())
    await vi.advanceTimersByTimeAsync(1000)
    await hufu.logout()
    await vi.advanceTimersByTimeAsync(2000)
    expect((await error).reason).toBe('signed_out')
    expect(refreshes(phone)).toBe(1)
  })

  test('that was refused does not end a session that began in the meantime', async () => {
    const { server, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    let refuse = () => {}
    server.next('/token', () => new Promise(resolve => (refuse = () => resolve(refusal(400, 'invalid_grant')))))
    const refreshing = hufu.ensureLogin()
    await vi.advanceTimersByTimeAsync(0)
    server.user = 'usr_2'
    server.next('/authorize-challenge', { status: 200, data: { authorization_code: 'ac' } })
    await hufu.loginWithPassword({ username: 'li', password: 'p' })
    refuse()
    expect((await refreshing).user?.sub).toBe('usr_2')
    expect(hufu.user?.sub).toBe('usr_2')
  })

  test('in the background never calls wx.login, and its failure disturbs nobody', async () => {
    const { server, phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + 800_000)
    server.next('/token', { fail: 'request:fail' })
    phone.show()
    await vi.advanceTimersByTimeAsync(0)
    server.revokeAll()
    phone.show()
    await vi.advanceTimersByTimeAsync(0)
    expect(phone.logins).toBe(1)
    expect((await hufu.ensureLogin()).user?.sub).toBe('usr_1')
    expect(phone.logins).toBe(2)
  })

  test('that comes back after the person signed out changes nothing', async () => {
    const { server, phone, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    const held = server.hold('/token')
    const refreshing = rejection(hufu.ensureLogin())
    const release = await held
    await hufu.logout()
    release()
    expect((await refreshing).reason).toBe('signed_out')
    expect(hufu.user).toBeNull()
    expect((await rejection(start().ensureLogin())).reason).toBe('signed_out')
    expect(phone.logins).toBe(1)
  })

  test('of a session that did not begin with WeChat never ends in another user', async () => {
    const { server, phone, hufu } = setup()
    server.next('/authorize-challenge', { status: 200, data: { authorization_code: 'ac' } })
    server.user = 'usr_password'
    await hufu.loginWithPassword({ username: 'li', password: 'p' })
    server.revokeAll()
    expect((await rejection(order(hufu))).reason).toBe('login_required')
    expect((await rejection(start().ensureLogin())).reason).toBe('login_required')
    expect(phone.logins).toBe(0)
    server.user = 'usr_1'
    expect((await hufu.loginWithWechat()).user?.sub).toBe('usr_1')
  })

  test('that wants more of the person says what', async () => {
    const { server, hufu } = await signedIn()
    vi.setSystemTime(Date.now() + HOUR)
    server.next('/token', refusal(403, 'insufficient_authorization', { reason: 'phone_required', auth_session: 'as', next: ['phone'] }))
    expect(await rejection(hufu.ensureLogin())).toMatchObject({ reason: 'phone_required', next: ['phone'] })
  })
})
