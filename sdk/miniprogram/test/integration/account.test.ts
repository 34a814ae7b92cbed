// The account by the SDK at a real Hufu: linking, the account's own API, letting a browser in.

import { describe, expect, test } from 'vitest'
import { rejection } from '../setup'
import { Browser } from './browser'
import { admin, endSessions, newName, newPassword, newPhone, simulator, world } from './world'

describe('linking', () => {
  test('a phone by SMS, a new account, and taking one away again', async () => {
    const { hufu, otp } = await world()
    await hufu.ensureLogin()
    const phone = newPhone()
    expect(await hufu.link({ phone })).toEqual({ status: 'code_sent', expiresIn: 300, resendAfter: 60 })
    expect(await hufu.link({ phone, otp: await otp(phone) })).toMatchObject({ status: 'linked', identity: { kind: 'phone', phone_number: phone } })
    const account = { username: newName(), password: newPassword(), create: true }
    expect(await hufu.link(account)).toMatchObject({ status: 'linked', identity: { kind: 'account', username: account.username } })
    const identities = await hufu.identities()
    expect(identities.map(identity => identity.kind)).toEqual(['wechat', 'phone', 'account'])
    await hufu.unlink(identities[1]!.id)
    expect(await hufu.identities()).toHaveLength(2)
  })

  test('what is there already says so', async () => {
    const { hufu } = await world()
    await hufu.ensureLogin()
    expect((await hufu.link({ wechat: true })).status).toBe('already')
  })

  test('WeChat taken away: a session that is over is login_required, and no new user is made', async () => {
    const it = await world()
    const account = { username: newName(), password: newPassword() }
    const { user } = await it.hufu.ensureLogin()
    await it.hufu.link({ ...account, create: true })
    const identities = await it.hufu.identities()
    await it.hufu.unlink(identities.find(identity => identity.kind === 'wechat')!.id)
    await endSessions(it.slug, user!.sub)
    expect((await rejection(it.hufu.profile())).reason).toBe('login_required')
    expect((await rejection(it.restart().ensureLogin())).reason).toBe('login_required')
    expect((await it.hufu.loginWithPassword(account)).user?.sub).toBe(user!.sub)
    expect((await admin('GET', `${it.slug}/users`)).items).toHaveLength(1)
  })

  test('the last way to sign in cannot be taken away', async () => {
    const { hufu } = await world()
    await hufu.ensureLogin()
    const [only] = await hufu.identities()
    expect((await rejection(hufu.unlink(only!.id))).reason).toBe('last_identity')
  })

  test('the account of another user offers to merge, and merging makes the two one', async () => {
    const it = await world()
    const account = { username: newName(), password: newPassword() }
    const other = await it.hufu.registerWithPassword(account)
    await it.hufu.logout()
    const { user } = await it.hufu.loginWithWechat()
    expect((await rejection(it.hufu.link(account))).reason).toBe('account_taken')
    expect(await it.hufu.merge()).toEqual({ sub: user!.sub, merged: other.user!.sub })
    expect((await rejection(it.hufu.merge())).reason).toBe('nothing_to_merge')
    expect((await it.hufu.loginWithPassword(account)).user?.sub).toBe(user!.sub)
  })

  test('WeChat of another user, merged into a session by password, renews that session from then on', async () => {
    const it = await world()
    await it.hufu.ensureLogin()
    const { user } = await it.hufu.registerWithPassword({ username: newName(), password: newPassword() })
    expect((await rejection(it.hufu.link({ wechat: true }))).reason).toBe('wechat_taken')
    await it.hufu.merge()
    await endSessions(it.slug, user!.sub)
    expect((await it.hufu.profile()).sub).toBe(user!.sub)
  })
})

describe('the account', () => {
  test('tells its sessions, and ends those of other phones', async () => {
    const it = await world()
    const account = { username: newName(), password: newPassword() }
    await it.hufu.registerWithPassword(account)
    const first = { hufu: it.hufu, wx: it.wx }
    await it.onPhoneOf('another phone').loginWithPassword(account)
    const sessions = await it.hufu.sessions()
    expect(sessions.map(session => session.current)).toEqual([true, false])
    await it.hufu.endSession(sessions[1]!.id)
    expect(await it.hufu.sessions()).toHaveLength(1)
    await it.hufu.endSession()
    Object.assign(globalThis, { wx: first.wx })
    expect((await rejection(first.hufu.sessions())).reason).toBe('login_required')
    expect((await rejection(it.hufu.endSession('ses_00000000000000000000000000000000'))).status).toBe(404)
  })

  test('is signed out of: the tokens are dead, and the next start signs nobody in', async () => {
    const it = await world()
    const { accessToken, user } = await it.hufu.ensureLogin()
    await it.hufu.logout()
    const answer = await fetch(`${it.issuer}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } })
    expect(answer.status).toBe(401)
    expect((await rejection(it.restart().ensureLogin())).reason).toBe('signed_out')
    expect(it.wx.fake.requests).toHaveLength(0)
    expect((await it.hufu.loginWithWechat()).user?.sub).toBe(user!.sub)
  })

  test('is signed out of without the network', async () => {
    const it = await world()
    await it.hufu.ensureLogin()
    it.wx.fake.setOffline(true)
    await it.hufu.logout()
    expect(it.hufu.user).toBeNull()
    expect([...it.wx.fake.storage.values()].join()).not.toContain('hufu_rt_')
  })

  test('is closed, and asking to sign in keeps it', async () => {
    const it = await world()
    const { user } = await it.hufu.ensureLogin()
    expect(Date.parse((await it.hufu.closeAccount()).closes_at)).toBeGreaterThan(Date.now())
    expect((await rejection(it.restart().ensureLogin())).reason).toBe('signed_out')
    expect((await it.hufu.loginWithWechat()).user?.sub).toBe(user!.sub)
  })

  test('is closed with a code by SMS', async () => {
    const { hufu, otp } = await world()
    const phone = newPhone()
    await hufu.sendSms({ phone })
    await hufu.loginWithSms({ otp: await otp(phone) })
    const account = { username: newName(), password: newPassword() }
    await hufu.link({ ...account, create: true })
    expect(await hufu.closeAccount(account)).toHaveProperty('closes_at')
    expect(hufu.user).toBeNull()
  })

  test('shows and changes the profile', async () => {
    const { hufu } = await world()
    expect(await hufu.updateProfile({ nickname: '小明', locale: 'zh-CN' })).toMatchObject({ nickname: '小明', locale: 'zh-CN' })
    expect(await hufu.updateProfile({ nickname: null })).not.toHaveProperty('nickname')
    expect(await hufu.profile()).toMatchObject({ locale: 'zh-CN' })
  })

  test('keeps two clients of one mini-program apart', async () => {
    const it = await world()
    await admin('PUT', `${it.slug}/clients/second`, {
      token_endpoint_auth_method: 'none', grant_types: ['urn:hufu:grant-type:wechat-code', 'refresh_token'], scope: 'openid', first_party: true, wechat_appid: it.appid,
    })
    await it.hufu.ensureLogin()
    const second = it.restart({ clientId: 'second' })
    expect(second.user).toBeNull()
    await second.ensureLogin()
    await second.logout()
    expect(it.restart().user).not.toBeNull()
  })

  test('of a client without scope account says so', async () => {
    const { hufu, restart } = await world()
    void hufu
    expect(await rejection(restart({ scope: 'openid' }).profile())).toMatchObject({ reason: 'insufficient_scope', status: 403 })
  })
})

describe('a scan', () => {
  async function shown() {
    const it = await world()
    await admin('PATCH', it.slug, { settings: { scan: { appid: it.appid, page: 'pages/scan/index' } } })
    const redirect = 'https://cafe.example.com/callback'
    await admin('PUT', `${it.slug}/clients/web`, { client_name: 'Café', token_endpoint_auth_method: 'client_secret_basic', redirect_uris: [redirect], scope: 'openid', require_pkce: false })
    const browser = new Browser()
    const query = new URLSearchParams({ response_type: 'code', client_id: 'web', redirect_uri: redirect, scope: 'openid', state: 's' })
    const login = await browser.open(`${it.issuer}/authorize?${query}`)
    await browser.submit(await browser.open(`${login.url}&method=scan`), /\/login\/scan$/)
    const drawn = await simulator('GET', `requests?appid=${it.appid}&path=/wxa/getwxacodeunlimit&secrets=true`)
    const scene: string = drawn.at(-1).body.scene
    await it.wx.fake.scan({ scene })
    return Object.assign(it, { scene: encodeURIComponent(scene) })
  }

  test('is read, shown and confirmed, once', async () => {
    const { hufu, scene } = await shown()
    expect(await hufu.readScan(scene)).toMatchObject({ client_name: 'Café', tenant_name: 'Tea House', match_code: expect.stringMatching(/^\d\d$/), expires_in: expect.any(Number) })
    await hufu.confirmScan(scene, 'confirm')
    expect((await rejection(hufu.confirmScan(scene, 'confirm'))).reason).toBe('scan_decided')
  })

  test('is declined', async () => {
    const { hufu, scene } = await shown()
    await hufu.readScan(scene)
    await hufu.confirmScan(scene, 'deny')
  })

  test('that somebody else has read is scan_taken', async () => {
    const it = await shown()
    await it.hufu.readScan(it.scene)
    expect((await rejection(it.onPhoneOf('somebody else').readScan(it.scene))).reason).toBe('scan_taken')
  })

  test('of a scene that nobody knows is scan_expired', async () => {
    const { hufu } = await world()
    expect((await rejection(hufu.readScan('AAAAAAAAAAAAAAAAAAAAAA'))).reason).toBe('scan_expired')
  })
})
