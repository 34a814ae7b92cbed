// The phone that the app runs on.
import { randomBytes } from 'node:crypto'
import { Failure } from './failure.js'

const RANDOM_LIMIT = 1048576

/**
 * @param {import('./app.js').App} app
 * @param {Required<Pick<import('../types/index.js').WxOptions, 'appid' | 'envVersion' | 'version' | 'language' | 'platform' | 'launch'>>} options
 */
export function device(app, { appid, envVersion, version, language, platform, launch }) {
  const base = {
    SDKVersion: '3.10.0',
    enableDebug: false,
    fontSizeScaleFactor: 1,
    fontSizeSetting: 16,
    host: { appId: 'wechat', env: 'WeChat', version: 671105855 },
    language,
    version: '8.0.60',
  }
  const hardware = { brand: 'wx-fake', model: 'wx-fake', platform, system: `${platform} 15`, benchmarkLevel: 30 }
  const window = {
    pixelRatio: 2,
    screenWidth: 375,
    screenHeight: 812,
    windowWidth: 375,
    windowHeight: 724,
    statusBarHeight: 44,
    screenTop: 88,
    safeArea: { left: 0, right: 375, top: 44, bottom: 778, width: 375, height: 734 },
  }
  const everything = () => ({ ...base, ...hardware, ...window })

  const getRandomValues = app.api('getRandomValues', (/** @type {{ length: number }} */ { length }) => {
    if (!Number.isInteger(length) || length < 1 || length > RANDOM_LIMIT) throw new Failure(1001)
    return { randomValues: Uint8Array.from(randomBytes(length)).buffer }
  })

  return {
    getAccountInfoSync: () => ({ miniProgram: { appId: appid, envVersion, version } }),
    getAppBaseInfo: () => ({ ...base }),
    getDeviceInfo: () => ({ ...hardware }),
    getWindowInfo: () => ({ ...window }),
    getSystemInfo: app.api('getSystemInfo', everything),
    getSystemInfoAsync: app.api('getSystemInfoAsync', everything),
    getSystemInfoSync: everything,
    getLaunchOptionsSync: () => ({ path: '', query: {}, scene: 1001, ...launch }),
    getEnterOptionsSync: () => ({ path: '', query: {}, scene: 1001, ...launch }),
    getRandomValues,
    getUserCryptoManager: () => ({ getRandomValues }),
    /** @param {string} text */
    base64ToArrayBuffer: (text) => Uint8Array.from(Buffer.from(text, 'base64')).buffer,
    /** @param {ArrayBuffer} buffer */
    arrayBufferToBase64: (buffer) => Buffer.from(buffer).toString('base64'),
    /** @param {() => void} run */
    nextTick: (run) => app.callback()(run),
  }
}
