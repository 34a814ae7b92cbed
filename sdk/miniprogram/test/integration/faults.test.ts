// Every fault of WeChat's and of the SMS vendor's that a mini-program can feel, as the SDK's caller sees it.

import { describe, expect, test } from 'vitest'
import { rejection } from '../setup'
import { grants, newPhone, simulator, skipWaits, world } from './world'

const LOGIN = '/sns/jscode2session'
const PHONE = '/wxa/business/getuserphonenumber'

describe('while WeChat', () => {
  test.each([
    // What happens, the reason, the status, for how long, and how many codes it takes to know.
    ['busy', 'wx_unavailable', 503, 1, 2],
    ['outage', 'wx_unavailable', 503, 5, 2],
    ['user_minute_limit', 'wx_rate_limited', 429, 60, 1],
    ['daily_quota', 'wx_unavailable', 503, 3600, 1],
    ['risk_block', 'wx_user_blocked', 400, undefined, 1],
    ['secret_rotated', 'wx_app_misconfigured', 503, 60, 1],
  ])('has the bad day %s, ensureLogin is rejected with %s, and asks no more for a while', async (preset, reason, status, retryAfter, codes) => {
    const { hufu, wx, fault } = await world()
    const waits = skipWaits()
    await fault({ preset })
    expect(await rejection(hufu.ensureLogin())).toMatchObject({ reason, status, retryAfter, message: expect.stringMatching(/[一-龥]/), requestId: expect.stringMatching(/^[0-9a-f]{32}$/) })
    expect((await rejection(hufu.ensureLogin())).reason).toBe(reason)
    expect(grants(wx)).toHaveLength(codes)
    expect(waits.map(Math.floor)).toEqual(codes === 2 ? [retryAfter] : [])
    expect(hufu.user).toBeNull()
  })

  test.each([
    ['does not answer', 'stall'],
    ['closes the connection', { close: 'before' }],
    ['uses the code up and says nothing', 'drop_after_commit'],
    ['stops after the headers', { close: 'after_headers' }],
    ['stops in the middle', { close: 'mid_body' }],
    ['answers too late', { delay: { ms: 8000 } }],
    ['drips', { slow_drip: { bytes: 1, ms: 500 } }],
    ['answers with nothing', 'empty_200'],
    ['answers with a page', 'html_200_gbk'],
    ['answers 500', { http: { status: 500 } }],
    ['answers with what is no JSON', 'malformed_json'],
    ['answers with half of it', 'truncated_json'],
    ['answers with far too much', { oversize_body: { bytes: 2_000_000 } }],
  ])('%s once, a new code signs in, after a wait that the server chose', async (_, action) => {
    const { hufu, wx, fault } = await world()
    const waits = skipWaits()
    await fault({ action, match: { path: LOGIN, count: 1 } })
    expect((await hufu.ensureLogin()).user?.sub).toMatch(/^usr_/)
    const codes = wx.fake.requests.map(sent => new URLSearchParams(String(sent.data)).get('js_code'))
    expect(codes).toHaveLength(2)
    expect(new Set(codes).size).toBe(2)
    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeLessThanOrEqual(6)
  }, 30_000)

  test.each([
    ['says that the code was used', { errcode: { n: 40163, msg: 'code been used' } }, 'wx_code_used'],
    ['says that the code is not valid', { errcode: { n: 40029, msg: 'invalid code' } }, 'wx_code_invalid'],
  ])('%s once, a new code signs in; always, it is %s', async (_, action, reason) => {
    const { hufu, wx, fault } = await world()
    await fault({ action, match: { path: LOGIN, count: 1 } })
    await hufu.ensureLogin()
    expect(grants(wx)).toHaveLength(2)
    await fault({ action, match: { path: LOGIN } })
    expect((await rejection(hufu.loginWithWechat())).reason).toBe(reason)
    expect(grants(wx)).toHaveLength(4)
  })

  test.each([
    ['members that nobody knows', 'unknown_fields'],
    ['another content type', 'wrong_content_type'],
    ['control characters', 'control_chars_in_nickname'],
    ['a clock that is wrong', { clock_skew: { seconds: 60 } }],
    ['another session key each time', 'session_key_rotated'],
    ['a code of success that is a text', 'errcode_as_string'],
  ])('answers with %s, nobody notices', async (_, action) => {
    const { hufu, wx, fault } = await world()
    await fault({ action, match: { path: LOGIN } })
    await hufu.ensureLogin()
    expect(grants(wx)).toHaveLength(1)
  })

  test('is away, whoever is signed in stays so: refreshing does not need it', async () => {
    const { hufu, fault, expire, issuer, wx } = await world()
    const { accessToken } = await hufu.ensureLogin()
    await fault({ preset: 'outage' })
    await expire(accessToken)
    expect((await hufu.request({ url: `${issuer}/userinfo` })).statusCode).toBe(200)
    expect(grants(wx)).toEqual(['wechat-code', 'refresh_token'])
  })
})

describe('the phone button, while WeChat', () => {
  test.each([
    ['is busy', { preset: 'busy' }, 'wx_unavailable'],
    ['is away', { preset: 'outage' }, 'wx_unavailable'],
    ['does not know the code', { action: { errcode: { n: 40029, msg: 'invalid code' } }, match: { path: PHONE } }, 'wx_phone_code_invalid'],
    ['limits the calls', { action: { errcode: { n: 45011, msg: 'api minute-quota reach limit' } }, match: { path: PHONE } }, 'wx_rate_limited'],
    ['refuses the app', { action: { errcode: { n: 48001, msg: 'api unauthorized' } }, match: { path: PHONE } }, 'wx_app_misconfigured'],
    ['answers with what is no JSON', { action: 'malformed_json', match: { path: PHONE } }, 'wx_unavailable'],
    ['drops the answer', { action: 'drop_after_commit', match: { path: PHONE } }, 'wx_unavailable'],
  ])('%s, rejects with its reason and leaves the session', async (_, what, reason) => {
    const { hufu, wx, fault } = await world()
    await hufu.ensureLogin()
    const event = await wx.fake.tapGetPhoneNumber()
    await fault(what)
    expect((await rejection(hufu.bindPhone(event))).reason).toBe(reason)
    expect(grants(wx)).toEqual(['wechat-code'])
    expect(hufu.user).not.toBeNull()
  }, 20_000)

  test('rotates its tokens and keys all the time, links the phone', async () => {
    const { hufu, wx, fault } = await world()
    await fault({ preset: 'key_rotation_storm' })
    await hufu.ensureLogin()
    await fault({ preset: 'token_race' })
    await hufu.bindPhone(await wx.fake.tapGetPhoneNumber())
    expect((await hufu.profile()).phone_number).toMatch(/^\+86/)
  })
})

describe('while the SMS vendor', () => {
  const refusing = (code: string, msg = '') => ({ sms_refusal: { code, msg } })

  test.each([
    ['limits the number', refusing('isv.BUSINESS_LIMIT_CONTROL', '触发分钟级流控Permits:1'), 'sms_limited', 60],
    ['knows no such number', refusing('isv.MOBILE_NUMBER_ILLEGAL'), 'phone_invalid', undefined],
    ['may not send there', refusing('isv.BLACK_KEY_CONTROL_LIMIT'), 'phone_unreachable', undefined],
    ['is out of money', refusing('isv.AMOUNT_NOT_ENOUGH'), 'sms_misconfigured', 60],
    ['is broken', refusing('isp.SYSTEM_ERROR'), 'sms_unavailable', expect.anything()],
  ])('%s, sendSms is rejected with its reason', async (_, action, reason, retryAfter) => {
    const { hufu } = await world()
    await smsFault(action)
    expect(await rejection(hufu.sendSms({ phone: newPhone() }))).toMatchObject({ reason, retryAfter, message: expect.stringMatching(/[一-龥]/) })
  })

  test('sends and loses the answer, the code that came is good', async () => {
    const { hufu, otp } = await world()
    const phone = newPhone()
    await smsFault('drop_after_commit')
    expect((await rejection(hufu.sendSms({ phone }))).reason).toBe('sms_unavailable')
    expect((await hufu.loginWithSms({ otp: await otp(phone) })).user?.sub).toMatch(/^usr_/)
  })
})

describe('while the phone', () => {
  test('is offline, everything is rejected with network, and works when it is back', async () => {
    const { hufu, wx, issuer } = await world()
    wx.fake.setOffline(true)
    expect((await rejection(hufu.ensureLogin())).reason).toMatch(/^(network|wx_login_failed)$/)
    wx.fake.setOffline(false)
    await hufu.ensureLogin()
    wx.fake.setOffline(true)
    expect((await rejection(hufu.request({ url: `${issuer}/userinfo` }))).reason).toBe('network')
    wx.fake.setOffline(false)
    expect((await hufu.request({ url: `${issuer}/userinfo` })).statusCode).toBe(200)
  })

  test.each([
    [5, 'timeout'],
    [600001, 'network'],
    [600002, 'domain_not_allowed'],
  ])('fails wx.request by %i, the reason is %s', async (errno, reason) => {
    const { hufu, wx } = await world()
    wx.fake.failNext('request', errno)
    expect((await rejection(hufu.ensureLogin())).reason).toBe(reason)
    await hufu.ensureLogin()
  })

  test('fails wx.login once, nobody notices', async () => {
    const { hufu, wx } = await world()
    wx.fake.failNext('login', 5)
    await hufu.ensureLogin()
    expect(grants(wx)).toHaveLength(1)
  })

  test('has no random generator, a proof is not sent', async () => {
    const { hufu, wx } = await world()
    wx.fake.failNext('getRandomValues', 5)
    expect((await rejection(hufu.sendSms({ phone: newPhone() }))).reason).toBe('random_unavailable')
    expect(wx.fake.requests).toHaveLength(0)
  })
})

/** Once, at the vendor that all tests of this file use one after the other. */
async function smsFault(action: unknown): Promise<void> {
  await simulator('POST', 'faults', { action, match: { path: '/__sim/sms/aliyun/*', count: 1 } })
}
