import { beforeEach, expect, test, vi } from 'vitest'
import { CLIENT, ISSUER } from './server'
import { setup } from './setup'

beforeEach(() => vi.resetModules())

const load = () => import('../src/index')

test('before init, the default client says that it is not set up', async () => {
  setup()
  const { default: hufu, HufuError } = await load()
  expect(() => hufu.ensureLogin()).toThrow(HufuError)
  expect(await hufu).toBe(hufu)
  expect(Object.prototype.toString.call(hufu)).toBe('[object Object]')
  expect(() => hufu.user).toThrow(expect.objectContaining({ reason: 'not_initialised' }))
})

test('after init, the default client is the one that init gave', async () => {
  setup()
  const { default: hufu, init } = await load()
  const client = init({ issuer: ISSUER, clientId: CLIENT })
  await hufu.ensureLogin()
  expect(hufu.user).toBe(client.user)
  expect(client.user?.sub).toBe('usr_1')
})

test('init twice for one issuer and client gives one client: no two can refresh against one another', async () => {
  const { phone } = setup()
  const { init } = await load()
  const one = init({ issuer: ISSUER, clientId: CLIENT })
  const two = init({ issuer: `${ISSUER}/`, clientId: CLIENT })
  expect(two).toBe(one)
  await Promise.all([one.ensureLogin(), two.ensureLogin()])
  expect(phone.logins).toBe(1)
  expect(init({ issuer: ISSUER, clientId: 'other' })).not.toBe(one)
})

test('methods can be taken off the client', async () => {
  setup()
  const { init } = await load()
  const { ensureLogin, request } = init({ issuer: ISSUER, clientId: CLIENT })
  await ensureLogin()
  expect((await request({ url: 'https://api.example.com/orders' })).statusCode).toBe(200)
})
