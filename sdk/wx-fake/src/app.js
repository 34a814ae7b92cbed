// The running app: whoever calls wx hears of it only while the app that called is alive.
import { Failure } from './failure.js'

const { setImmediate } = globalThis

export class App {
  #life = 0
  /** @type {Set<() => void>} */
  #deathListeners = new Set()
  /** @type {{ api: string, url?: string, failure: Failure }[]} */
  #planned = []
  #underWay = 0
  /** @type {(() => void)[]} */
  #idleWaiters = []

  /** Ends the app as the system does: without a word to it. */
  kill() {
    this.#life++
    for (const listener of this.#deathListeners) listener()
  }

  /** @param {() => void} listener */
  onKill(listener) {
    this.#deathListeners.add(listener)
  }

  /**
   * Calls back later, as WeChat does, and never after the app was killed.
   * @returns {(run: () => void) => void}
   */
  callback() {
    const life = this.#life
    return (run) => setImmediate(() => life === this.#life && run())
  }

  /**
   * The next call fails.
   * @param {string} api
   * @param {Failure} failure
   * @param {string} [url] only a request whose URL has this in it
   */
  planFailure(api, failure, url) {
    this.#planned.push({ api, url, failure })
  }

  /**
   * Throws what was planned for this call, once.
   * @param {string} api
   * @param {string} [url]
   */
  failAsPlanned(api, url = '') {
    const at = this.#planned.findIndex((plan) => plan.api === api && url.includes(plan.url ?? ''))
    if (at >= 0) throw this.#planned.splice(at, 1)[0].failure
  }

  /**
   * Counts work that goes on outside of the app, and may outlive it.
   * @template T
   * @param {Promise<T>} work
   * @returns {Promise<T>}
   */
  async track(work) {
    this.#underWay++
    try {
      return await work
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#idleWaiters.splice(0).forEach((wake) => wake())
    }
  }

  /** @returns {Promise<void>} */
  idle() {
    return this.#underWay === 0 ? Promise.resolve() : new Promise((wake) => this.#idleWaiters.push(wake))
  }

  /**
   * An asynchronous function of wx: with success, fail or complete it calls them, without any it returns a promise.
   * @template O
   * @param {string} api
   * @param {(options: O) => object | void | Promise<object | void>} run its answer without errMsg; throws a Failure
   */
  api(api, run) {
    return (/** @type {any} */ options = {}) => {
      const later = this.callback()
      const outcome = this.track(this.#outcome(api, options, run))
      const { success, fail, complete } = options
      if (success || fail || complete) {
        void outcome.then(({ ok, result }) =>
          later(() => {
            try {
              ;(ok ? success : fail)?.(result)
            } finally {
              complete?.(result)
            }
          }),
        )
        return undefined
      }
      return new Promise((resolve, reject) => {
        void outcome.then(({ ok, result }) => later(() => (ok ? resolve : reject)(result)))
      })
    }
  }

  /**
   * @template O
   * @param {string} api
   * @param {O} options
   * @param {(options: O) => object | void | Promise<object | void>} run
   */
  async #outcome(api, options, run) {
    try {
      this.failAsPlanned(api)
      return { ok: true, result: { errMsg: `${api}:ok`, ...(await run(options)) } }
    } catch (error) {
      const failure = error instanceof Failure ? error : new Failure(4, error instanceof Error ? error.message : String(error))
      return { ok: false, result: failure.result(api) }
    }
  }
}
