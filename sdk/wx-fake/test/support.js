import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createWx } from '../src/index.js'

/** @param {string} name */
function setting(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: start \`hufu dev\` and see README.md`)
  return value
}

export const sim = setting('HUFU_SIM')
export const issuer = setting('HUFU_ISSUER')
export const demoAppid = 'wxde30000000000001'

/** A mini-program of this test's own. */
export async function newAppid() {
  const appid = `wx${randomBytes(8).toString('hex')}`
  const response = await fetch(`${sim}/__sim/v1/apps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ appid, secret: randomBytes(16).toString('hex') }),
  })
  if (!response.ok) throw new Error(await response.text())
  return appid
}

export const newUser = () => `user-${randomBytes(6).toString('hex')}`
export const newPhone = () => `+86137${String(randomInt(1e8)).padStart(8, '0')}`

/** @param {Partial<import('../types/index.js').WxOptions>} [options] */
export const newWx = (options = {}) => createWx({ sim, appid: demoAppid, user: newUser(), ...options })

/** The outcome of a call with callbacks. @param {(options: any) => any} api */
export const outcome = (api, options = {}) =>
  new Promise((resolve) => {
    api({
      ...options,
      success: (/** @type {any} */ result) => resolve({ ok: true, ...result }),
      fail: (/** @type {any} */ result) => resolve({ ok: false, ...result }),
    })
  })

/**
 * A server that answers as the test says.
 * @param {import('node:test').TestContext} t
 * @param {import('node:http').RequestListener} listener
 */
export async function serve(t, listener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  return `http://127.0.0.1:${address.port}`
}

/** @param {import('node:http').IncomingMessage} request */
export async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Something that the test waits for. */
export function signal() {
  let give = () => {}
  const given = new Promise((/** @type {(value?: any) => void} */ resolve) => (give = resolve))
  return { give, given }
}
