// The SDK at a real Hufu, on a phone of @hufu/wx-fake.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { rejection, times } from '../setup'
import { admin, endSessions, grants, newName, newPassword, newPhone, world } from './world'

const HOUR = 3600_000

/** The phone's clock as the app sees it; the server's is left alone. */
function setClock(shift: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + shift })
}
afterEach(() => void vi.useRealTimers())

describe('signed in silently', () => {
  test('50 requests whose token is over make one refresh, ten of them at a time', async () => {
    const { hufu, wx, issuer, expire } = await world()
    const { accessToken, user } = await hufu.ensureLogin()
    await expire(accessToken)
    const answers = await Promise.all(times(50, () => hufu.request<{ sub: string }>({ url: `${issuer}/userinfo` })))
    expect(answers.map(answer => answer.data.sub)).toEqual(times(50, () => user!.sub))
    expect(grants(wx)).toEqual(['wechat-code', 'refresh_token'])
    expect(wx.fake.connections.most).toBe(10)
  })

  test('50 requests that wait for a refresh that fails are rejected, and the next works', async () => {
    const { hufu, wx, issuer } = await world()
    await hufu.ensureLogin()
    setClock(HOUR)
    wx.fake.failNext('request', { errno: 600001, url: '/token' })
    const errors = await Promise.all(times(50, () => rejection(hufu.request({ url: `${issuer}/userinfo` }))))
    expect(errors.map(error => error.reason)).toEqual(times(50, () => 'network'))
    expect((await hufu.request({ url: `${issuer}/userinfo` })).statusCode).toBe(200)
    expect(grants(wx).filter(grant => grant === 'wechat-code')).toHaveLength(1)
  })

  test('50 pages that want a session at a cold start call wx.login once', async () => {
    const { hufu, wx } = await world()
    const sessions = await Promise.all(times(50, () => hufu.ensureLogin()))
    expect(new Set(sessions.map(session => session.user?.sub)).size).toBe(1)
    expect(grants(wx)).toEqual(['wechat-code'])
  })

  test('the app is killed between a refresh and its answer, and is signed in at the next start', async () => {
    const it = await world()
    const { user } = await it.hufu.ensureLogin()
    setClock(HOUR)
    const held = it.wx.fake.holdAnswers('/token')
    void it.hufu.ensureLogin()
    await held.arrived
    it.wx.fake.kill()
    held.release()
    const next = it.restart()
    expect((await next.ensureLogin()).user).toMatchObject({ sub: user!.sub, sid: user!.sid })
    expect(grants(it.wx)).toEqual(['refresh_token'])
    expect((await next.profile()).sub).toBe(user!.sub)
  })

  test('the app is killed twice in a row, and is still signed in', async () => {
    const it = await world()
    const { user } = await it.hufu.ensureLogin()
    setClock(HOUR)
    for (const _ of times(2, () => 0)) {
      const held = it.wx.fake.holdAnswers('/token')
      void it.hufu.ensureLogin()
      await held.arrived
      it.wx.fake.kill()
      held.release()
      it.restart()
    }
    expect((await it.hufu.ensureLogin()).user?.sid).toBe(user!.sid)
  })

  test('the storage is put back to an older refresh token: the server ends the session, and WeChat signs in unseen', async () => {
    const it = await world()
    const { user } = await it.hufu.ensureLogin()
    const before = new Map(it.wx.fake.storage)
    for (const hours of [1, 2]) {
      setClock(hours * HOUR)
      await it.hufu.ensureLogin()
    }
    it.wx.fake.storage.clear()
    before.forEach((value, key) => it.wx.fake.storage.set(key, value))
    const next = it.restart()
    const again = await next.ensureLogin()
    expect(again.user?.sub).toBe(user!.sub)
    expect(again.user?.sid).not.toBe(user!.sid)
    expect(grants(it.wx)).toEqual(['refresh_token', 'wechat-code'])
  })

  test.each([-HOUR, HOUR])('a clock that is wrong by %i ms from the start costs nothing', async shift => {
    setClock(shift)
    const { hufu, wx } = await world()
    await hufu.ensureLogin()
    await hufu.profile()
    await hufu.profile()
    expect(grants(wx)).toEqual(['wechat-code'])
  })

  test.each([-HOUR, HOUR])('a clock that jumps by %i ms costs a refresh', async shift => {
    const { hufu, wx } = await world()
    await hufu.ensureLogin()
    setClock(shift)
    await hufu.profile()
    await hufu.profile()
    expect(grants(wx)).toEqual(['wechat-code', 'refresh_token'])
  })

  test('an operator ends all sessions: the next request signs in unseen', async () => {
    const { hufu, wx, slug } = await world()
    const { user } = await hufu.ensureLogin()
    await endSessions(slug, user!.sub)
    expect((await hufu.profile()).sub).toBe(user!.sub)
    expect(grants(wx)).toEqual(['wechat-code', 'refresh_token', 'wechat-code'])
  })

  test('an operator disables the user: everything is rejected with user_disabled, and wx.login is left alone', async () => {
    const { hufu, wx, slug } = await world()
    const { user } = await hufu.ensureLogin()
    await admin('PATCH', `${slug}/users/${user!.sub}`, { status: 'disabled' })
    expect((await rejection(hufu.profile())).reason).toBe('user_disabled')
    expect((await rejection(hufu.ensureLogin())).reason).toBe('user_disabled')
    expect(grants(wx)).toEqual(['wechat-code', 'refresh_token', 'wechat-code'])
  })

  test('a storage that is full changes nothing until the next start', async () => {
    const it = await world()
    it.wx.fake.failNext('setStorageSync', { errMsg: 'exceed storage max size 10Mb', times: 2 })
    const { user } = await it.hufu.ensureLogin()
    expect((await it.hufu.profile()).sub).toBe(user!.sub)
    expect((await it.restart().ensureLogin()).user?.sub).toBe(user!.sub)
  })

  test('abort ends a request under way and leaves the others', async () => {
    const { hufu, wx, issuer } = await world()
    await hufu.ensureLogin()
    const held = wx.fake.holdAnswers('/userinfo')
    const [first, second] = times(2, () => hufu.request({ url: `${issuer}/userinfo` })) as [ReturnType<typeof hufu.request>, ReturnType<typeof hufu.request>]
    const error = rejection(first)
    await held.arrived
    first.abort()
    held.release()
    expect((await error).reason).toBe('aborted')
    expect((await second).statusCode).toBe(200)
  })
})

describe('a password', () => {
  test('registers, signs in elsewhere, is changed, and ends the sessions it should', async () => {
    const it = await world()
    const [username, password, better] = [newName(), newPassword(), newPassword()]
    const { user } = await it.hufu.registerWithPassword({ username, password })
    expect((await it.hufu.profile()).username).toBe(username)
    const first = { hufu: it.hufu, wx: it.wx }
    const elsewhere = it.onPhoneOf('somebody else')
    expect((await rejection(elsewhere.loginWithPassword({ username, password: 'wrong' }))).reason).toBe('password_wrong')
    expect((await elsewhere.loginWithPassword({ username, password })).user?.sub).toBe(user!.sub)
    await elsewhere.setPassword(better)
    expect(await elsewhere.sessions()).toHaveLength(1)
    Object.assign(globalThis, { wx: first.wx })
    expect((await rejection(first.hufu.profile())).reason).toBe('login_required')
  })

  test.each([
    ['short', 'password_unacceptable', 'tea'],
    ['common', 'password_unacceptable', 'passwordpassword'],
  ])('that is too %s is refused with %s', async (_, reason, password) => {
    const { hufu } = await world()
    expect(await rejection(hufu.registerWithPassword({ username: newName(), password }))).toMatchObject({ reason, status: 400 })
  })

  test('for a name that somebody has is refused, in the language that was asked for', async () => {
    const it = await world()
    const username = newName()
    await it.hufu.registerWithPassword({ username, password: newPassword() })
    await it.hufu.logout()
    const english = it.restart({ locale: 'en' })
    expect(await rejection(english.registerWithPassword({ username, password: newPassword() }))).toMatchObject({
      reason: 'username_taken',
      message: 'Somebody has this username already. Please choose another.',
    })
  })

  test('tried too often says how long to wait', async () => {
    const { hufu } = await world()
    const username = newName()
    let last = await rejection(hufu.loginWithPassword({ username, password: 'wrong' }))
    for (let tries = 0; last.reason === 'password_wrong' && tries < 10; tries++) last = await rejection(hufu.loginWithPassword({ username, password: 'wrong' }))
    expect(last).toMatchObject({ reason: 'password_throttled', status: 429, retryAfter: expect.any(Number) })
  })
})

describe('a code by SMS', () => {
  test('signs in; mistyped, it may be typed again', async () => {
    const { hufu, otp } = await world()
    const phone = newPhone()
    expect(await hufu.sendSms({ phone })).toEqual({ next: ['otp'] })
    const code = await otp(phone)
    const wrong = code === '000000' ? '111111' : '000000'
    expect((await rejection(hufu.loginWithSms({ otp: wrong }))).reason).toBe('otp_wrong')
    await hufu.loginWithSms({ otp: code })
    expect((await hufu.profile()).phone_number).toBe(phone)
  })

  test('asked for by a double tap is sent once and good', async () => {
    const { hufu, otp } = await world()
    const phone = newPhone()
    const [first, second] = await Promise.allSettled([hufu.sendSms({ phone }), hufu.sendSms({ phone })])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ reason: { reason: 'otp_resend_too_soon', retryAfter: expect.any(Number) } })
    await hufu.loginWithSms({ otp: await otp(phone) })
  })

  test('for what is no phone is refused', async () => {
    const { hufu } = await world()
    expect((await rejection(hufu.sendSms({ phone: '12' }))).reason).toBe('phone_invalid')
  })

  test('a password after it signs in all the same', async () => {
    const { hufu } = await world()
    await hufu.sendSms({ phone: newPhone() })
    await hufu.registerWithPassword({ username: newName(), password: newPassword() })
    expect(hufu.user).not.toBeNull()
  })
})

describe('a tenant that requires a phone', () => {
  const settings = { require: ['phone'] }

  test('gets it by the phone button, and the silent login goes on', async () => {
    const it = await world(settings)
    expect(await rejection(it.hufu.ensureLogin())).toMatchObject({ error: 'insufficient_authorization', reason: 'phone_required', next: ['phone'], status: 403 })
    expect((await rejection(it.hufu.ensureLogin())).reason).toBe('phone_required')
    const { user } = await it.hufu.bindPhone(await it.wx.fake.tapGetPhoneNumber())
    expect(grants(it.wx)).toEqual(['wechat-code', 'authorization_code'])
    expect((await it.hufu.profile()).phone_number).toMatch(/^\+86/)
    it.wx.fake.storage.clear()
    expect((await it.restart().ensureLogin()).user?.sub).toBe(user!.sub)
  })

  test('gets it by SMS', async () => {
    const it = await world(settings)
    const phone = newPhone()
    await rejection(it.hufu.ensureLogin())
    await it.hufu.sendSms({ phone })
    await it.hufu.loginWithSms({ otp: await it.otp(phone) })
    expect((await it.hufu.identities()).map(identity => identity.kind).sort()).toEqual(['phone', 'wechat'])
  })

  test('gets it beside WeChat where the person taps the button first', async () => {
    const { hufu, wx } = await world(settings)
    await hufu.preparePhone()
    await hufu.bindPhone(await wx.fake.tapGetPhoneNumber())
    expect(grants(wx)).toEqual(['wechat-code'])
  })

  test('and whose login is over begins anew with WeChat in it', async () => {
    const it = await world(settings)
    await rejection(it.hufu.ensureLogin())
    // The answer that has the next auth_session is lost, so that the one that is kept is used up.
    const { request } = it.wx
    it.wx.request = option => request({ ...option, success: () => option.fail?.({ errno: 600001, errMsg: 'request:fail' } as never) })
    expect((await rejection(it.hufu.sendSms({ phone: newPhone() }))).reason).toBe('network')
    it.wx.request = request
    const phone = newPhone()
    await it.hufu.sendSms({ phone })
    await it.hufu.loginWithSms({ otp: await it.otp(phone) })
    expect((await it.hufu.identities()).map(identity => identity.kind).sort()).toEqual(['phone', 'wechat'])
  })
})

test('a tenant that wants consent first gets it', async () => {
  const { hufu, wx } = await world({ require_consent_before_exchange: true })
  expect((await rejection(hufu.ensureLogin())).reason).toBe('consent_required')
  expect((await rejection(hufu.ensureLogin())).reason).toBe('consent_required')
  expect(grants(wx)).toHaveLength(1)
  await hufu.ensureLogin({ consent: ['privacy:2026-11-01'] })
  await hufu.recordConsent({ document: 'privacy', version: '2026-11-01', action: 'withdraw' })
  expect(await hufu.exportData()).toMatchObject({ consents: [{ document: 'privacy', action: 'withdraw' }, { document: 'privacy', action: 'accept' }] })
})

test('a tenant that wants two factors gets the second in the same login', async () => {
  const { hufu, wx } = await world({ second_factor: 'always' })
  expect(await rejection(hufu.ensureLogin())).toMatchObject({ reason: 'second_factor_required' })
  await hufu.registerWithPassword({ username: newName(), password: newPassword() })
  expect(hufu.user?.amr).toEqual(expect.arrayContaining(['wechat', 'pwd', 'mfa']))
  expect(grants(wx)).toEqual(['wechat-code', 'authorization_code'])
})

describe('the phone button', () => {
  test.each([
    [{ deny: true }, 'phone_denied'],
    [{ errno: 1400001 }, 'phone_quota'],
    [{ errno: 104 }, 'privacy_not_agreed'],
    [{ errno: 112 }, 'privacy_not_declared'],
  ])('tapped with %j is %s', async (tap, reason) => {
    const { hufu, wx } = await world()
    await hufu.ensureLogin()
    const before = wx.fake.requests.length
    expect((await rejection(hufu.bindPhone(await wx.fake.tapGetPhoneNumber(tap)))).reason).toBe(reason)
    expect(wx.fake.requests).toHaveLength(before)
  })

  test('links, and its code used again is wx_phone_code_invalid', async () => {
    const { hufu, wx } = await world()
    await hufu.ensureLogin()
    const event = await wx.fake.tapGetPhoneNumber()
    await hufu.bindPhone(event)
    expect((await rejection(hufu.bindPhone(event))).reason).toBe('wx_phone_code_invalid')
  })

  test('of a number that somebody else has is phone_taken', async () => {
    const it = await world()
    const phone = newPhone()
    await it.hufu.ensureLogin()
    await it.hufu.bindPhone(await it.wx.fake.tapGetPhoneNumber({ phone }))
    await it.onPhoneOf('somebody else').ensureLogin()
    expect((await rejection(it.hufu.bindPhone(await it.wx.fake.tapGetPhoneNumber({ phone })))).reason).toBe('phone_taken')
  })
})
