// A wx for Node.js whose logins come from wxsim, the simulator of WeChat that `hufu dev` starts.
import { App } from './app.js'
import { manualClock, systemClock } from './clock.js'
import { device } from './device.js'
import { Failure } from './failure.js'
import { login } from './login.js'
import { phoneNumber } from './phone-number.js'
import { privacy } from './privacy.js'
import { request } from './request.js'
import { screen } from './screen.js'
import { Simulator } from './simulator.js'
import { storage } from './storage.js'
import { visibility } from './visibility.js'

export { manualClock }

/**
 * @param {import('../types/index.js').WxOptions} options
 * @returns {import('../types/index.js').Wx}
 */
export function createWx({
  sim,
  simToken,
  appid,
  user,
  storage: disk = new Map(),
  clock = systemClock,
  privacy: privacyState = 'agreed',
  headerCase = 'title',
  requestDomains,
  envVersion = 'develop',
  version = '',
  language = 'zh_CN',
  platform = 'devtools',
  launch = {},
}) {
  const app = new App()
  const simulator = new Simulator(sim, simToken)
  const phone = { appid, user }
  const gate = privacy(app, privacyState)
  const network = request(app, clock, { appid, headerCase, requestDomains })
  const account = login(app, simulator, phone, clock)
  const shown = screen(app)
  const front = visibility(app)
  const button = phoneNumber(app, simulator, phone, gate.pass)

  const wx = {
    ...account.wx,
    ...network.wx,
    ...storage(app, disk),
    ...gate.wx,
    ...device(app, { appid, envVersion, version, language, platform, launch }),
    ...shown.wx,
    ...front.wx,
    /** @param {string} name only what this fake has */
    canIUse: (name) => name.split('.')[0] in wx,
    fake: Object.defineProperties(
      {
        ...account.fake,
        ...gate.fake,
        ...button.fake,
        ...shown.fake,
        ...front.fake,
        phone,
        storage: disk,
        clock,
        kill: () => app.kill(),
        idle: () => app.idle(),
        /**
         * @param {string} api
         * @param {number | { errno?: number, errMsg?: string, url?: string, times?: number }} how
         */
        failNext(api, how = {}) {
          const { errno, errMsg, url, times = 1 } = typeof how === 'number' ? { errno: how } : how
          for (let i = 0; i < times; i++) app.planFailure(api, new Failure(errno, errMsg), url)
        },
        /** @param {string | { scene: string }} code */
        scan: (code) =>
          simulator.call('scan', typeof code === 'string' ? { url: code, user: phone.user } : { appid, scene: code.scene, user: phone.user }),
        /** @param {{ to?: string, since?: number }} [selection] */
        async readSms({ to = '', since } = {}) {
          const query = new URLSearchParams({ to, ...(since !== undefined && { since: String(since) }) })
          return simulator.call(`sms?${query}`)
        },
        /** @param {object} fault */
        addFault: (fault) => simulator.call('faults', fault),
      },
      Object.getOwnPropertyDescriptors(network.fake),
    ),
  }
  return /** @type {any} */ (wx)
}

/**
 * As createWx, and puts it where a mini-program finds it.
 * @param {import('../types/index.js').WxOptions} options
 */
export function installWx(options) {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'wx')
  const wx = createWx(options)
  Object.defineProperty(globalThis, 'wx', { value: wx, configurable: true, writable: true })
  wx.fake.uninstall = () => {
    if (before) Object.defineProperty(globalThis, 'wx', before)
    else Reflect.deleteProperty(globalThis, 'wx')
  }
  return wx
}
