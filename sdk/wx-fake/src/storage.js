// Storage: ten megabytes for an app, one for a key. It outlives the app.
import { Failure } from './failure.js'

const KEY_LIMIT = 1024 * 1024
const APP_LIMIT = 10 * 1024 * 1024

/**
 * @param {import('./app.js').App} app
 * @param {Map<string, string>} disk JSON by key
 */
export function storage(app, disk) {
  const bytes = () => [...disk].reduce((sum, [key, json]) => sum + size(key) + size(json), 0)

  /** @param {string} key @param {unknown} data */
  function set(key, data) {
    if (typeof key !== 'string' || key === '') throw new Failure(1001, 'parameter error: parameter.key should be a String')
    const json = JSON.stringify(data ?? '')
    if (json === undefined) throw new Failure(1001, 'parameter error: the data cannot be stored')
    if (size(json) > KEY_LIMIT) throw new Failure(undefined, 'entry size limit reached')
    const before = disk.get(key)
    const growth = size(json) - (before === undefined ? -size(key) : size(before))
    if (bytes() + growth > APP_LIMIT) throw new Failure(undefined, 'exceed storage max size 10Mb')
    disk.set(key, json)
  }

  /** @param {string} key */
  const get = (key) => JSON.parse(/** @type {string} */ (disk.get(key)))
  const info = () => ({ keys: [...disk.keys()], currentSize: Math.ceil(bytes() / 1024), limitSize: APP_LIMIT / 1024 })

  /**
   * A synchronous function throws what an asynchronous one would give to `fail`.
   * @template T
   * @param {string} api
   * @param {() => T} run
   * @returns {T}
   */
  function sync(api, run) {
    try {
      app.failAsPlanned(api)
      return run()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const result = error.result(api)
      throw Object.assign(new Error(result.errMsg), result)
    }
  }

  return {
    setStorage: app.api('setStorage', (/** @type {{ key: string, data: unknown }} */ { key, data }) => set(key, data)),
    getStorage: app.api('getStorage', (/** @type {{ key: string }} */ { key }) => {
      if (!disk.has(key)) throw new Failure(undefined, 'data not found')
      return { data: get(key) }
    }),
    removeStorage: app.api('removeStorage', (/** @type {{ key: string }} */ { key }) => void disk.delete(key)),
    clearStorage: app.api('clearStorage', () => disk.clear()),
    getStorageInfo: app.api('getStorageInfo', info),
    /** @param {string} key @param {unknown} data */
    setStorageSync: (key, data) => sync('setStorageSync', () => set(key, data)),
    /** @param {string} key */
    getStorageSync: (key) => sync('getStorageSync', () => (disk.has(key) ? get(key) : '')),
    /** @param {string} key */
    removeStorageSync: (key) => sync('removeStorageSync', () => void disk.delete(key)),
    clearStorageSync: () => sync('clearStorageSync', () => disk.clear()),
    getStorageInfoSync: () => sync('getStorageInfoSync', info),
  }
}

/** @param {string} text */
const size = (text) => Buffer.byteLength(text)
