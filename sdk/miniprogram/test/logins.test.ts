import { createHash } from 'node:crypto'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Reply } from './phone'
import { CLIENT, refusal } from './server'
import { order, rejection, setup, start } from './setup'

const STEP = '/authorize-challenge'
const done: Reply = { status: 200, data: { authorization_code: 'ac-1' } }
const more = (auth_session: string, ...next: string[]) => refusal(400, 'insufficient_authorization', { auth_session, next })
const wrongOtp = refusal(400, 'invalid_grant', { reason: 'otp_wrong', message: '验证码不正确，请重新输入。' })
const over = refusal(400, 'invalid_session')
const tap = (code: string) => ({ detail: { code, errMsg: 'getPhoneNumber:ok' } })

describe('a password', () => {
  test('becomes tokens by a code and its verifier', async () => {
    const { server, phone, hufu } = setup()
    server.next(STEP, done)
    expect((await hufu.loginWithPassword({ username: 'li', password: '茶 & violin', consent: ['privacy:1'] })).user?.sub).toBe('usr_1')
    const step = phone.to(STEP)[0]!.form
    expect(step).toMatchObject({ response_type: 'code', client_id: CLIENT, username: 'li', password: '茶 & violin', consent: 'privacy:1', code_challenge_method: 'S256' })
    expect(step).not.toHaveProperty('prompt')
    const redeemed = phone.to('/token')[0]!.form
    expect(redeemed).toMatchObject({ grant_type: 'authorization_code', code: 'ac-1', client_id: CLIENT })
    expect(redeemed.code_verifier).toMatch(/^[\w-]{43}$/)
    expect(createHash('sha256').update(redeemed.code_verifier!).digest('base64url')).toBe(step.code_challenge)
    expect(phone.logins).toBe(0)
  })

  test('that is new is said to be', async () => {
    const { server, phone, hufu } = setup()
    server.next(STEP, done)
    await hufu.registerWithPassword({ username: 'li', password: 'p' })
    expect(phone.to(STEP)[0]!.form.prompt).toBe('create')
  })

  test('that is wrong is the server\'s to explain', async () => {
    const { server, hufu } = setup()
    server.next(STEP, refusal(400, 'invalid_grant', { reason: 'password_wrong', message: '用户名或密码不正确。' }))
    expect(await rejection(hufu.loginWithPassword({ username: 'li', password: 'p' }))).toMatchObject({
      name: 'HufuError', reason: 'password_wrong', message: '用户名或密码不正确。', error: 'invalid_grant', status: 400, description: 'it was invalid_grant',
    })
  })

  test('takes the place of who was signed in, whose session ends', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.user = 'usr_2'
    server.next(STEP, done)
    await hufu.loginWithPassword({ username: 'li', password: 'p' })
    expect(hufu.user?.sub).toBe('usr_2')
    expect((await order(hufu)).statusCode).toBe(200)
    expect(phone.to('/revoke')).toHaveLength(1)
  })

  test('counts more than a silent login that comes later', async () => {
    const { server, hufu } = setup()
    const held = server.hold('/token')
    const silent = hufu.ensureLogin()
    const release = await held
    server.user = 'usr_2'
    server.next(STEP, done)
    await hufu.loginWithPassword({ username: 'li', password: 'p' })
    release()
    expect((await silent).user?.sub).toBe('usr_2')
    expect(hufu.user?.sub).toBe('usr_2')
  })

  test('that is answered after the person signed out signs nobody in', async () => {
    const { server, hufu } = setup()
    server.next(STEP, done)
    const held = server.hold('/token')
    const login = rejection(hufu.loginWithPassword({ username: 'li', password: 'p' }))
    const release = await held
    await hufu.logout()
    release()
    expect((await login).reason).toBe('signed_out')
    expect(hufu.user).toBeNull()
  })

  test('whose tokens are lost on the way is the person\'s to try again: a code is never sent twice', async () => {
    const { server, phone, hufu } = setup()
    server.next(STEP, done).next('/token', { fail: 'request:fail' })
    expect((await rejection(hufu.loginWithPassword({ username: 'li', password: 'p' }))).reason).toBe('network')
    expect(phone.to('/token')).toHaveLength(1)
    server.next(STEP, done)
    await hufu.loginWithPassword({ username: 'li', password: 'p' })
  })

  test.each([
    ['missing', () => delete (wx as { getRandomValues?: unknown }).getRandomValues],
    ['failing', () => ((wx as { getRandomValues: unknown }).getRandomValues = ({ fail }: { fail(e: object): void }) => fail({ errMsg: 'getRandomValues:fail' }))],
    ['giving too little', () => ((wx as { getRandomValues: unknown }).getRandomValues = ({ success }: { success(e: object): void }) => success({ randomValues: new ArrayBuffer(0) }))],
  ])('is not sent where WeChat\'s random generator is %s', async (_, spoil) => {
    const { phone, hufu } = setup()
    spoil()
    expect((await rejection(hufu.loginWithPassword({ username: 'li', password: 'p' }))).reason).toBe('random_unavailable')
    expect(phone.sent).toHaveLength(0)
    await hufu.ensureLogin()
  })
})

describe('a code by SMS', () => {
  test('goes on with the session of its first step, and may be mistyped', async () => {
    const { server, phone, hufu } = setup()
    server.next(STEP, more('as-1', 'otp'), wrongOtp, done)
    expect(await hufu.sendSms({ phone: '138 0013 8000' })).toEqual({ next: ['otp'] })
    expect(await rejection(hufu.loginWithSms({ otp: '000000' }))).toMatchObject({ reason: 'otp_wrong' })
    await hufu.loginWithSms({ otp: '123456' })
    const [first, second, third] = phone.to(STEP).map(sent => sent.form)
    expect(first).toMatchObject({ phone: '138 0013 8000' })
    expect(first).not.toHaveProperty('auth_session')
    expect(second).toMatchObject({ auth_session: 'as-1', otp: '000000' })
    expect(third).toMatchObject({ auth_session: 'as-1', otp: '123456', code_challenge: first!.code_challenge })
  })

  test('asked for twice by a double tap takes turns: the second step has the session of the first', async () => {
    const { server, phone, hufu } = setup()
    server.next(STEP, more('as-1', 'otp'), refusal(429, 'slow_down', { reason: 'otp_resend_too_soon', message: '…', auth_session: 'as-2', next: [] }, { 'Retry-After': '60' }), done)
    const [first, second] = await Promise.allSettled([hufu.sendSms({ phone: '1' }), hufu.sendSms({ phone: '1' })])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ reason: { reason: 'otp_resend_too_soon', retryAfter: 60 } })
    await hufu.loginWithSms({ otp: '1' })
    expect(phone.to(STEP).map(sent => sent.form.auth_session)).toEqual([undefined, 'as-1', 'as-2'])
  })

  test('without a login that it belongs to is not sent', async () => {
    const { phone, hufu } = setup()
    expect((await rejection(hufu.loginWithSms({ otp: '1' }))).reason).toBe('no_login')
    expect(phone.sent).toHaveLength(0)
  })

  test('is not sent for a login that was under way when the person signed out', async () => {
    const { server, hufu } = setup()
    server.next(STEP, more('as-1', 'otp'))
    await hufu.sendSms({ phone: '1' })
    await hufu.logout()
    expect((await rejection(hufu.loginWithSms({ otp: '1' }))).reason).toBe('no_login')
  })

  test('for a login that is over says so, and the next begins anew', async () => {
    const { server, phone, hufu } = setup()
    server.next(STEP, more('as-1', 'otp'), over, more('as-2', 'otp'))
    await hufu.sendSms({ phone: '1' })
    expect(await rejection(hufu.loginWithSms({ otp: '1' }))).toMatchObject({ reason: 'no_login', error: 'invalid_session' })
    await hufu.sendSms({ phone: '1' })
    expect(phone.to(STEP)[2]!.form).not.toHaveProperty('auth_session')
  })

  test('after a login that was given up begins anew', async () => {
    const { server, phone, hufu } = setup()
    server.next(STEP, more('as-1', 'otp'), done)
    await hufu.sendSms({ phone: '1' })
    hufu.cancelLogin()
    await hufu.loginWithPassword({ username: 'li', password: 'p' })
    expect(phone.to(STEP)[1]!.form).not.toHaveProperty('auth_session')
  })
})

describe('a login that wants a phone', () => {
  const phoneRequired = refusal(403, 'insufficient_authorization', { reason: 'phone_required', message: '请验证手机号以继续。', auth_session: 'as-1', next: ['phone'] })

  async function wanting() {
    const world = setup()
    world.server.next('/token', phoneRequired)
    await rejection(world.hufu.ensureLogin())
    return world
  }

  test('goes on with the phone button, and is then one that WeChat can renew', async () => {
    const { server, phone, hufu } = await wanting()
    server.next(STEP, done)
    expect((await hufu.bindPhone(tap('pc'))).user?.sub).toBe('usr_1')
    expect(phone.to(STEP)[0]!.form).toMatchObject({ auth_session: 'as-1', phone_code: 'pc' })
    expect(phone.logins).toBe(1)
    server.revokeAll()
    await hufu.ensureLogin().then(() => order(hufu))
    expect(phone.logins).toBe(2)
  })

  test('goes on with a code by SMS', async () => {
    const { server, phone, hufu } = await wanting()
    server.next(STEP, more('as-2', 'otp'), done)
    await hufu.sendSms({ phone: '1' })
    await hufu.loginWithSms({ otp: '1' })
    expect(phone.to(STEP).map(sent => sent.form.auth_session)).toEqual(['as-1', 'as-2'])
  })

  test('and has lasted too long begins anew with WeChat and the phone together', async () => {
    const { server, phone, hufu } = await wanting()
    server.next(STEP, over, more('as-9', 'otp'))
    await hufu.sendSms({ phone: '1' })
    expect(phone.to(STEP)[1]!.form).toMatchObject({ phone: '1', js_code: 'code-2' })
    expect(phone.to(STEP)[1]!.form).not.toHaveProperty('auth_session')
  })
})

describe('the phone button', () => {
  test.each([
    ['declined', { errMsg: 'getPhoneNumber:fail user deny' }, 'phone_denied'],
    ['cancelled', { errMsg: 'getPhoneNumber:fail:user cancel' }, 'phone_denied'],
    ['out of quota', { errMsg: 'getPhoneNumber:fail', errno: 1400001 }, 'phone_quota'],
    ['without the privacy contract', { errMsg: 'getPhoneNumber:fail privacy permission is not authorized', errno: 104 }, 'privacy_not_agreed'],
    ['not declared to WeChat', { errMsg: 'getPhoneNumber:fail api scope is not declared in the privacy agreement', errno: 112 }, 'privacy_not_declared'],
    ['of an app that may not', { errMsg: 'getPhoneNumber:fail no permission', errno: 102 }, 'phone_failed'],
  ])('%s is an error of its own, and nothing is sent', async (_, detail, reason) => {
    const { phone, hufu } = setup()
    const error = await rejection(hufu.bindPhone({ detail }))
    expect(error).toMatchObject({ reason, description: detail.errMsg })
    expect(error.message).toMatch(/[一-龥].*。$/)
    expect(phone.sent).toHaveLength(0)
    expect(phone.logins).toBe(0)
  })

  test('links the phone to who is signed in, without wx.login', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account/identities', { status: 201, data: { id: 'idn', kind: 'phone' } })
    expect((await hufu.bindPhone(tap('pc'))).user?.sub).toBe('usr_1')
    expect(phone.to('/account/identities')[0]).toMatchObject({ method: 'POST', data: { phone_code: 'pc' } })
    expect(phone.logins).toBe(1)
  })

  test('signs in with WeChat and the phone at once where nobody is signed in, after a sign-out too', async () => {
    const { phone, hufu } = setup()
    await hufu.ensureLogin()
    await hufu.logout()
    await hufu.preparePhone()
    await hufu.bindPhone(tap('pc'), { consent: ['privacy:1', 'terms:2'] })
    expect(phone.to('/token')[1]!.form).toMatchObject({ js_code: 'code-2', phone_code: 'pc', consent: 'privacy:1 terms:2' })
    expect(hufu.user?.sub).toBe('usr_1')
    expect(phone.logins).toBe(2)
  })

  test('never calls wx.login under the person\'s finger: a page that has not prepared is told to', async () => {
    const { phone, hufu } = setup()
    expect((await rejection(hufu.bindPhone(tap('pc')))).reason).toBe('not_prepared')
    expect(phone.logins).toBe(0)
    expect(phone.sent).toHaveLength(0)
  })

  test('takes no code that is older than WeChat lets pass, and each only once', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { server, hufu } = setup()
    await hufu.preparePhone()
    vi.setSystemTime(Date.now() + 241_000)
    expect((await rejection(hufu.bindPhone(tap('pc')))).reason).toBe('not_prepared')
    await hufu.preparePhone()
    server.next('/token', { fail: 'request:fail' })
    expect((await rejection(hufu.bindPhone(tap('pc')))).reason).toBe('network')
    expect((await rejection(hufu.bindPhone(tap('pc')))).reason).toBe('not_prepared')
  })

  test('is prepared for nothing where somebody is signed in, or WeChat is in the login already', async () => {
    const { server, phone, hufu } = setup()
    server.next('/token', refusal(403, 'insufficient_authorization', { reason: 'phone_required', auth_session: 'as-1', next: ['phone'] }))
    await rejection(hufu.ensureLogin())
    await hufu.preparePhone()
    server.next(STEP, done)
    await hufu.bindPhone(tap('pc'))
    await hufu.preparePhone()
    expect(phone.logins).toBe(1)
  })

  test('whose code did not count is the person\'s to tap again: nothing is tried by itself', async () => {
    const { server, phone, hufu } = setup()
    await hufu.preparePhone()
    server.next('/token', refusal(400, 'invalid_grant', { reason: 'wx_phone_code_invalid', message: '没有取得手机号，请再点一次按钮。' }))
    expect((await rejection(hufu.bindPhone(tap('pc')))).reason).toBe('wx_phone_code_invalid')
    expect(phone.logins).toBe(1)
    expect(phone.to('/token')).toHaveLength(1)
  })

  test('tapped twice sends its code once', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account/identities', { status: 201, data: { id: 'idn' } })
    await Promise.all([hufu.bindPhone(tap('pc')), hufu.bindPhone(tap('pc'))])
    expect(phone.to('/account/identities')).toHaveLength(1)
  })
})

describe('the account', () => {
  const fresh = refusal(401, 'insufficient_user_authentication', { reason: 'reauthentication_required', message: '…' })

  test('linking WeChat makes a session by password one that WeChat can renew', async () => {
    const { server, phone, hufu } = setup()
    server.next(STEP, done)
    await hufu.loginWithPassword({ username: 'li', password: 'p' })
    server.next('/account/identities', { status: 201, data: { id: 'idn', kind: 'wechat' } })
    expect(await hufu.link({ wechat: true })).toEqual({ status: 'linked', identity: { id: 'idn', kind: 'wechat' } })
    server.revokeAll()
    await order(start())
    expect(phone.logins).toBe(2)
  })

  test('linking WeChat tries once more with a new code', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account/identities', refusal(400, 'invalid_grant', { reason: 'wx_code_used', message: '…' }), { status: 200, data: {} })
    expect((await hufu.link({ wechat: true })).status).toBe('already')
    expect(phone.to('/account/identities').map(sent => sent.data)).toEqual([{ js_code: 'code-2' }, { js_code: 'code-3' }])
  })

  test('an offer to merge is taken up once', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    expect((await rejection(hufu.merge())).reason).toBe('nothing_to_merge')
    server.next('/account/identities', refusal(400, 'access_denied', { reason: 'account_taken', message: '…', auth_session: 'as-m', next: ['merge'] }), { status: 200, data: { sub: 'usr_1', merged: 'usr_2' } })
    expect((await rejection(hufu.link({ username: 'li', password: 'p' }))).reason).toBe('account_taken')
    expect(await hufu.merge()).toEqual({ sub: 'usr_1', merged: 'usr_2' })
    expect(phone.to('/account/identities')[1]!.data).toEqual({ auth_session: 'as-m', merge: true })
    expect((await rejection(hufu.merge())).reason).toBe('nothing_to_merge')
  })

  test('what needs a sign-in of just now gets one by WeChat and is done', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account/identities', { status: 200, data: { identities: [{ id: 'idn', kind: 'phone' }] } })
    server.next('/account/identities/idn', fresh, { status: 204 })
    await hufu.unlink('idn')
    expect(phone.logins).toBe(2)
    server.revokeAll()
    await order(hufu)
    expect(phone.logins).toBe(3)
  })

  test.each([
    ['unlinked', { status: 204 }, 'login_required'],
    ['perhaps unlinked, since the answer is lost', { fail: 'request:fail' }, 'login_required'],
    ['not unlinked, since it is the last', refusal(400, 'access_denied', { reason: 'last_identity' }), undefined],
  ])('with WeChat %s, what comes after the session is %3$s: a new user is never made', async (_, outcome, reason) => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account/identities', { status: 200, data: { identities: [{ id: 'idn', kind: 'wechat' }] } })
    server.next('/account/identities/idn', outcome)
    await hufu.unlink('idn').catch(() => {})
    server.revokeAll()
    const after = order(hufu)
    if (reason) expect((await rejection(after)).reason).toBe(reason)
    else await after
    expect(phone.logins).toBe(reason ? 1 : 2)
  })

  test('a server that never has enough costs one wx.login a minute', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account', fresh, fresh, fresh, fresh, fresh)
    expect((await rejection(hufu.profile())).reason).toBe('reauthentication_required')
    expect((await rejection(hufu.profile())).reason).toBe('unauthorized')
    expect((await rejection(hufu.profile())).reason).toBe('unauthorized')
    expect(phone.logins).toBe(2)
    vi.setSystemTime(Date.now() + 61_000)
    await hufu.profile()
    expect(phone.logins).toBe(3)
  })

  test('closing ends the session here, and the next start signs nobody in', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account/close', { status: 200, data: { closes_at: '2026-12-08T08:00:00Z' } })
    expect(await hufu.closeAccount()).toEqual({ closes_at: '2026-12-08T08:00:00Z' })
    expect((await rejection(start().ensureLogin())).reason).toBe('signed_out')
    expect(phone.logins).toBe(1)
  })

  test('closing with the password of somebody else closes nothing and leaves the session', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.user = 'usr_2'
    server.next(STEP, done)
    expect((await rejection(hufu.closeAccount({ username: 'li', password: 'p' }))).reason).toBe('other_user')
    expect(phone.to('/account/close')).toHaveLength(0)
    expect(hufu.user?.sub).toBe('usr_1')
  })

  test('closing that fails leaves the session', async () => {
    const { server, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account/close', { fail: 'request:fail' })
    await rejection(hufu.closeAccount())
    expect(hufu.user?.sub).toBe('usr_1')
  })

  test('a scan is read and decided by the scene as the page gets it', async () => {
    const { server, phone, hufu } = setup()
    server.next('/scan', { status: 200, data: { match_code: '47' } }).next('/scan/confirm', { status: 204 })
    expect(await hufu.readScan('abc%2D1')).toEqual({ match_code: '47' })
    await hufu.confirmScan('abc%2D1', 'deny')
    expect(phone.to('/scan')[0]!.data).toEqual({ scene: 'abc-1' })
    server.next('/scan', refusal(400, 'invalid_request', { reason: 'scan_expired' }))
    expect((await rejection(hufu.readScan('100%'))).reason).toBe('scan_expired')
    expect(phone.to('/scan')[1]!.data).toEqual({ scene: '100%' })
    expect(phone.to('/scan/confirm')[0]!.data).toEqual({ scene: 'abc-1', decision: 'deny' })
  })
})
