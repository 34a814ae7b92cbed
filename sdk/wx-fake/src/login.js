// wx.login, wx.checkSession
import { Failure } from './failure.js'

/**
 * @param {import('./app.js').App} app
 * @param {import('./simulator.js').Simulator} simulator
 * @param {{ appid: string, user: string }} phone
 * @param {import('../types/index.js').Clock} clock
 */
export function login(app, simulator, phone, clock) {
  let sessionIsValid = false

  /** @param {{ timeout?: number }} options */
  async function mint({ timeout }) {
    const minted = simulator.call('codes', { appid: phone.appid, user: phone.user })
    const { code } = await (timeout ? within(clock, timeout, minted) : minted)
    sessionIsValid = true
    return { code }
  }

  return {
    wx: {
      login: app.api('login', mint),
      checkSession: app.api('checkSession', () => {
        if (!sessionIsValid) throw new Failure(undefined, 'session time out, need relogin')
      }),
    },
    fake: {
      expireSession() {
        sessionIsValid = false
      },
    },
  }
}

/**
 * @template T
 * @param {import('../types/index.js').Clock} clock
 * @param {number} milliseconds
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function within(clock, milliseconds, work) {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new Failure(5)), milliseconds)
    void work.finally(() => clock.clearTimeout(timer)).then(resolve, reject)
  })
}
