import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { API, refusal } from './server'
import { order, rejection, setup, start, times } from './setup'

const stepUp = refusal(401, 'insufficient_user_authentication', { reason: 'reauthentication_required', message: '为了您的账号安全，请重新登录后再操作。' })

describe('request', () => {
  test('sends what wx.request takes, with the access token', async () => {
    const { phone, hufu } = setup()
    const { accessToken } = await hufu.ensureLogin()
    await hufu.request({ url: API, method: 'POST', data: { tea: 1 }, header: { 'X-Shop': '7' } })
    expect(phone.to('/orders')[0]).toMatchObject({ method: 'POST', data: { tea: 1 }, header: { 'x-shop': '7', authorization: `Bearer ${accessToken}` } })
  })

  test.each([204, 403, 404, 500])('resolves with an answer of %i, as wx.request does', async status => {
    const { server, hufu } = setup()
    server.next('/orders', { status, data: 'x' })
    expect(await order(hufu)).toMatchObject({ statusCode: status, data: 'x' })
  })

  test('rejects with what kept the answer away', async () => {
    const { server, hufu } = setup()
    server.next('/orders', { fail: 'request:fail timeout' })
    expect(await rejection(order(hufu))).toMatchObject({ reason: 'timeout', description: 'request:fail timeout' })
  })

  test('that is always answered 401 is sent twice and not more, with one refresh', async () => {
    const { server, phone, hufu } = setup()
    const no = refusal(401, 'invalid_token')
    server.next('/orders', ...times(20, () => no))
    const errors = await Promise.all(times(10, () => rejection(order(hufu))))
    expect(errors.map(error => error.reason)).toEqual(times(10, () => 'unauthorized'))
    expect(phone.to('/orders')).toHaveLength(20)
    expect(phone.to('/token').filter(sent => sent.form.grant_type === 'refresh_token')).toHaveLength(1)
  })

  test('to an API that refuses every token costs one refresh, and one more after a minute', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { server, phone, hufu } = setup()
    const refreshes = () => phone.to('/token').filter(sent => sent.form.grant_type === 'refresh_token').length
    server.next('/orders', ...times(30, () => refusal(401, 'invalid_token')))
    for (const _ of times(10, () => 0)) expect((await rejection(order(hufu))).reason).toBe('unauthorized')
    expect(refreshes()).toBe(1)
    expect(phone.to('/orders')).toHaveLength(11)
    vi.setSystemTime(Date.now() + 61_000)
    await rejection(order(hufu))
    expect(refreshes()).toBe(2)
  })

  test.each([
    ['in the header', { status: 401, data: '', header: { 'WWW-Authenticate': 'Bearer error="insufficient_user_authentication", max_age=300' } }],
    ['in the body', stepUp],
  ])('whose 401 asks for a sign-in of just now %s says so: who asks the person is the page', async (_, reply) => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/orders', reply)
    expect(await rejection(order(hufu))).toMatchObject({ reason: 'reauthentication_required', status: 401 })
    expect(phone.sent.map(sent => sent.path)).toEqual(['/token', '/orders'])
    expect(phone.logins).toBe(1)
  })

  test.each(['http://api.example.com/orders', 'http://127.0.0.1.example.com/orders', 'ftp://api.example.com', '/orders', 'HTTP://LOCALHOST.example.com/'])(
    'to %s takes no access token there',
    async url => {
      const { phone, hufu } = setup()
      expect((await rejection(hufu.request({ url }))).reason).toBe('invalid_options')
      expect(phone.sent).toHaveLength(0)
    },
  )

  test('to the developer\'s own machine needs no https', async () => {
    const { hufu } = setup()
    expect((await hufu.request({ url: 'http://localhost:3000/orders' })).statusCode).toBe(200)
  })
})

describe('the account, which wants a sign-in of just now', () => {
  test('gets one by WeChat for all that wait', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.next('/account', ...times(5, () => stepUp))
    await Promise.all(times(5, () => hufu.profile()))
    expect(phone.logins).toBe(2)
  })

  test('never changes who is signed in', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.user = 'usr_2'
    server.next('/account', stepUp)
    expect((await rejection(hufu.profile())).reason).toBe('other_user')
    expect(hufu.user?.sub).toBe('usr_1')
    expect((await order(hufu)).statusCode).toBe(200)
    expect(phone.to('/revoke')).toHaveLength(1)
  })

  test('in a session by password leaves it to the person', async () => {
    const { server, phone, hufu } = setup()
    server.next('/authorize-challenge', { status: 200, data: { authorization_code: 'ac' } })
    await hufu.loginWithPassword({ username: 'li', password: 'p' })
    server.next('/account', stepUp)
    expect(await rejection(hufu.profile())).toMatchObject({ reason: 'reauthentication_required', status: 401 })
    expect(phone.logins).toBe(0)
  })
})

describe('abort', () => {
  test('while the request is under way aborts it', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    const held = server.hold('/orders')
    const request = order(hufu)
    const error = rejection(request)
    const release = await held
    request.abort()
    release()
    expect((await error).reason).toBe('aborted')
    expect(phone.to('/orders')[0]!.aborted).toBe(true)
  })

  test('while the refresh is waited for sends nothing, and leaves the refresh to the others', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    server.expire()
    const held = server.hold('/token')
    const requests = times(3, () => order(hufu))
    const error = rejection(requests[1]!)
    const release = await held
    requests[1]!.abort()
    expect((await error).reason).toBe('aborted')
    release()
    expect((await requests[0]!).statusCode).toBe(200)
    expect((await requests[2]!).statusCode).toBe(200)
    expect(phone.to('/orders')).toHaveLength(5)
  })

  test('before anything was sent sends nothing', async () => {
    const { phone, hufu } = setup()
    const request = order(hufu)
    const error = rejection(request)
    request.abort()
    expect((await error).reason).toBe('aborted')
    await hufu.ensureLogin()
    expect(phone.to('/orders')).toHaveLength(0)
  })

  test('after the answer changes nothing', async () => {
    const { hufu } = setup()
    const request = order(hufu)
    const answer = await request
    request.abort()
    expect(await request).toBe(answer)
  })
})

describe('storage', () => {
  test('keeps a session over starts', async () => {
    const { phone, hufu } = setup()
    const { accessToken } = await hufu.ensureLogin()
    expect((await start().ensureLogin()).accessToken).toBe(accessToken)
    expect(phone.logins).toBe(1)
  })

  test('that is full keeps nobody from signing in, and the next start signs in anew', async () => {
    const { phone, hufu } = setup()
    phone.storageFault = new Error('setStorageSync:fail exceed storage max size 10Mb')
    await hufu.ensureLogin()
    expect((await order(hufu)).statusCode).toBe(200)
    phone.storageFault = undefined
    await start().ensureLogin()
    expect(phone.logins).toBe(2)
  })

  test('that becomes full keeps no token that is of no use any more', async () => {
    const { server, phone, hufu } = setup()
    await hufu.ensureLogin()
    phone.storageFault = new Error('full')
    server.expire()
    await order(hufu)
    expect(phone.stored.size).toBe(0)
  })

  test.each([
    ['no JSON', 'hello'],
    ['an object', { kept: 1 }],
    ['null', 'null'],
    ['a number', 7],
    ['JSON of another shape', '{"kept":{"accessToken":7}}'],
    ['half a record', '{"kept":{"accessToken":"at'],
  ])('that holds %s is as good as empty', async (_, rubbish) => {
    const { phone, hufu } = setup()
    await hufu.ensureLogin()
    for (const key of phone.stored.keys()) phone.stored.set(key, rubbish)
    const next = start()
    expect(next.user).toBeNull()
    await next.ensureLogin()
    expect(phone.logins).toBe(2)
  })

  test('does not mix two clients, nor two issuers', async () => {
    const { phone } = setup()
    await start({ clientId: 'one' }).ensureLogin()
    await start({ clientId: 'two' }).ensureLogin()
    await start({ clientId: 'one', issuer: 'https://id.example.com/t/other' }).ensureLogin()
    expect(phone.logins).toBe(3)
    expect(phone.stored.size).toBe(3)
    await start({ clientId: 'one' }).logout()
    expect(start({ clientId: 'two' }).user).not.toBeNull()
    expect(start({ clientId: 'one' }).user).toBeNull()
  })

  test('may be the caller\'s own', async () => {
    const { phone } = setup()
    const own = new Map<string, unknown>()
    const storage = { getStorageSync: (key: string) => own.get(key), setStorageSync: (key: string, value: string) => void own.set(key, value), removeStorageSync: (key: string) => void own.delete(key) }
    await start({ storage }).ensureLogin()
    expect(own.size).toBe(1)
    expect(phone.stored.size).toBe(0)
  })
})
