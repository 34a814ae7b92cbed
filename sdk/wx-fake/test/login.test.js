import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWx, installWx, manualClock } from '../src/index.js'
import { demoAppid, issuer, newAppid, newPhone, newUser, newWx, outcome, serve, signal, sim } from './support.js'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

test('a code of wx.login opens the user at Hufu', async () => {
  const wx = newWx()
  const { code, errMsg } = await wx.login()
  assert.equal(errMsg, 'login:ok')
  const { statusCode, data } = await outcome(wx.request, {
    url: `${issuer}/token`,
    method: 'POST',
    header: form,
    data: { grant_type: 'urn:hufu:grant-type:wechat-code', client_id: 'demo-shop', js_code: code },
  })
  assert.equal(statusCode, 200)
  assert.equal(data.token_type, 'Bearer')
})

test('each wx.login gives another code', async () => {
  const wx = newWx()
  const [one, two] = await Promise.all([wx.login(), wx.login()])
  assert.notEqual(one.code, two.code)
})

test('with a callback there is no promise, and complete follows success', async () => {
  const wx = newWx()
  /** @type {string[]} */
  const heard = []
  await new Promise((/** @type {(value?: any) => void} */ done) => {
    const returned = wx.login({
      success: ({ code }) => heard.push(`success ${code.length}`),
      fail: () => heard.push('fail'),
      complete: ({ errMsg }) => done(heard.push(`complete ${errMsg}`)),
    })
    assert.equal(returned, undefined)
    assert.deepEqual(heard, [], 'callbacks come later, even where the answer is known')
  })
  assert.deepEqual(heard, ['success 32', 'complete login:ok'])
})

test('an appid that nobody registered fails', async () => {
  const wx = newWx({ appid: 'wx0000000000000bad' })
  await assert.rejects(
    /** @type {Promise<any>} */ (wx.login()),
    ({ errno, errMsg }) => errno === 4 && errMsg.startsWith('login:fail the simulator refused codes: ') && errMsg.includes('unknown_app'),
  )
})

test('failNext fails the next call only, as often as it is told', async () => {
  const wx = newWx()
  wx.fake.failNext('login', 5)
  assert.deepEqual(await outcome(wx.login), { ok: false, errno: 5, errMsg: 'login:fail timeout' })
  wx.fake.failNext('login', { errMsg: 'system error', times: 2 })
  assert.deepEqual(await outcome(wx.login), { ok: false, errMsg: 'login:fail system error' })
  assert.equal((await outcome(wx.login)).ok, false)
  assert.equal((await outcome(wx.login)).ok, true)
})

test('wx.login takes a timeout', async (t) => {
  const clock = manualClock()
  const asked = signal()
  const silent = await serve(t, () => asked.give())
  const wx = newWx({ sim: silent, clock })
  const result = outcome(wx.login, { timeout: 3000 })
  await asked.given
  clock.advance(3000)
  assert.deepEqual(await result, { ok: false, errno: 5, errMsg: 'login:fail timeout' })
})

test('wx.checkSession follows wx.login', async () => {
  const wx = newWx()
  assert.equal((await outcome(wx.checkSession)).errMsg, 'checkSession:fail session time out, need relogin')
  await wx.login()
  assert.equal((await outcome(wx.checkSession)).ok, true)
  wx.fake.expireSession()
  assert.equal((await outcome(wx.checkSession)).ok, false)
})

test('the button gives a phone code that Hufu takes, and no other', async () => {
  const phone = newPhone()
  const user = newUser()
  const wx = newWx({ user })
  const { code: js_code } = await wx.login()
  const event = await wx.fake.tapGetPhoneNumber({ phone })
  assert.equal(event.type, 'getphonenumber')
  assert.equal(event.detail.errMsg, 'getPhoneNumber:ok')
  const { statusCode } = await outcome(wx.request, {
    url: `${issuer}/token`,
    method: 'POST',
    header: form,
    data: { grant_type: 'urn:hufu:grant-type:wechat-code', client_id: 'demo-shop', js_code, phone_code: event.detail.code },
  })
  assert.equal(statusCode, 200)
})

test('the button can be denied, run out of quota, or lack the agreement to the privacy guide', async () => {
  const wx = newWx()
  assert.deepEqual((await wx.fake.tapGetPhoneNumber({ deny: true })).detail, { errMsg: 'getPhoneNumber:fail user deny' })
  assert.equal((await wx.fake.tapGetPhoneNumber({ errno: 1400001 })).detail.errno, 1400001)
  assert.deepEqual((await wx.fake.tapGetPhoneNumber({ errno: 104 })).detail, {
    errMsg: 'getPhoneNumber:fail privacy permission is not authorized',
    errno: 104,
  })
})

test('a phone may change hands', async () => {
  const wx = newWx({ appid: await newAppid() })
  await wx.login()
  wx.fake.phone.user = newUser()
  assert.equal((await wx.login()).errMsg, 'login:ok')
})

test('the SMS inbox and the faults of the simulator are at hand', async (t) => {
  const seen = /** @type {string[]} */ ([])
  const control = await serve(t, (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['x-wxsim-token']}`)
    response.setHeader('content-type', 'application/json').end('[]')
  })
  const wx = newWx({ sim: `${control}/`, simToken: 'secret' })
  assert.deepEqual(await wx.fake.readSms({ to: '+8613800138000' }), [])
  await wx.fake.addFault({ preset: 'busy' })
  assert.deepEqual(seen, ['GET /__sim/v1/sms?to=%2B8613800138000 secret', 'POST /__sim/v1/faults secret'])
  assert.ok(Array.isArray(await newWx().fake.readSms()))
})

test('a code that nobody made cannot be scanned', async () => {
  await assert.rejects(newWx().fake.scan({ scene: 'nobody' }), /unknown_scene/)
})

test('installWx puts wx on globalThis and takes it away again', () => {
  const wx = installWx({ sim, appid: demoAppid, user: 'alice' })
  assert.equal(Reflect.get(globalThis, 'wx'), wx)
  wx.fake.uninstall?.()
  assert.equal('wx' in globalThis, false)
})

test('createWx leaves globalThis alone', () => {
  createWx({ sim, appid: demoAppid, user: 'alice' })
  assert.equal('wx' in globalThis, false)
})

