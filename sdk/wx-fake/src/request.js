// wx.request. It has no promise: it returns a task.
import { Connections } from './connections.js'
import { Failure } from './failure.js'
import { encode } from './request-body.js'

const { Response, fetch } = globalThis

const DEFAULT_TIMEOUT = 60_000
// PATCH is not among them.
const METHODS = new Set(['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'])

/**
 * @param {import('./app.js').App} app
 * @param {import('../types/index.js').Clock} clock
 * @param {Required<Pick<import('../types/index.js').WxOptions, 'appid' | 'headerCase'>> & { requestDomains?: string[] }} options
 */
export function request(app, clock, options) {
  let connections = new Connections()
  let offline = false
  /** @type {import('../types/index.js').SentRequest[]} */
  const sent = []
  /** @type {Set<Hold>} */
  const holds = new Set()
  /** @type {{ url: string, answer: import('../types/index.js').Answer }[]} */
  const scripted = []
  app.onKill(() => {
    connections.close()
    connections = new Connections()
  })

  /** @param {any} asked */
  function prepare({ url, method = 'GET', header = {}, data }) {
    const verb = String(method).toUpperCase()
    if (!METHODS.has(verb)) throw new Failure(1001, `parameter error: method ${verb} is not supported`)
    if (!/^https?:\/\/[^/]/.test(url)) throw new Failure(600009, `invalid url "${url}"`)
    const { requestDomains } = options
    if (requestDomains && !requestDomains.some((domain) => url === domain || url.startsWith(`${domain}/`))) throw new Failure(600002)
    app.failAsPlanned('request', url)
    if (offline) throw new Failure(600001, 'errcode:-106 cronet_error_code:-106 error_msg:net::ERR_INTERNET_DISCONNECTED')
    /** @type {Record<string, string>} */
    const headers = { 'content-type': 'application/json' }
    for (const [name, value] of Object.entries(header)) headers[name.toLowerCase()] = String(value)
    headers.referer = `https://servicewechat.com/${options.appid}/devtools/page-frame.html`
    headers['user-agent'] = 'MicroMessenger/8.0.60 MiniProgramEnv/wx-fake'
    return { method: verb, headers, ...encode(verb, url, data, headers) }
  }

  return {
    wx: {
      /** @param {any} asked */
      request(asked) {
        const later = app.callback()
        const listeners = { headers: new Set(), chunk: new Set() }
        const controller = new AbortController()
        let over = false
        let leave = () => {}

        /** The first outcome counts. @param {'success' | 'fail'} outcome @param {any} result */
        function finish(outcome, result) {
          if (over) return
          over = true
          leave()
          later(() => {
            try {
              asked[outcome]?.(result)
            } finally {
              asked.complete?.(result)
            }
          })
        }
        /** @param {unknown} error */
        const fail = (error) => finish('fail', asFailure(error).result('request'))
        /** What the server has begun, it may well finish. @param {Failure} failure */
        function end(failure) {
          fail(failure)
          controller.abort()
        }
        /** @param {Set<any>} heard @param {any} event */
        const tell = (heard, event) => !over && later(() => heard.forEach((/** @type {any} */ listener) => listener(event)))

        /** @param {ReturnType<typeof prepare>} prepared @param {import('../types/index.js').SentRequest} record */
        async function send({ url, method, headers, body }, record) {
          const at = scripted.findIndex((script) => url.includes(script.url))
          const response =
            at >= 0
              ? responseOf(scripted.splice(at, 1)[0].answer)
              : await fetch(url, { method, headers, body, redirect: asked.redirect ?? 'follow', signal: controller.signal })
          record.statusCode = response.status
          const statusCode = response.status
          const cookies = response.headers.getSetCookie()
          const header = Object.fromEntries([...response.headers.entries()].map(([name, value]) => [spell(name, options.headerCase), value]))
          tell(listeners.headers, { statusCode, header, cookies })
          const bytes = await read(response, (data) => asked.enableChunked && tell(listeners.chunk, { data }))
          for (const hold of holds) await hold.pass(url)
          return { statusCode, header, cookies, errMsg: 'request:ok', data: decode(bytes, asked) }
        }

        try {
          const prepared = prepare(asked)
          leave = connections.take(() => {
            const record = { method: prepared.method, url: prepared.url, header: prepared.headers, data: prepared.body }
            sent.push(record)
            const timer = clock.setTimeout(() => end(new Failure(5)), asked.timeout ?? DEFAULT_TIMEOUT)
            const work = app.track(send(prepared, record)).then((result) => finish('success', result), fail)
            void work.then(() => clock.clearTimeout(timer))
          })
        } catch (error) {
          fail(error)
        }

        return {
          abort: () => end(new Failure(undefined, 'abort')),
          ...subscription('HeadersReceived', listeners.headers),
          ...subscription('ChunkReceived', listeners.chunk),
        }
      },
    },
    fake: {
      requests: sent,
      get connections() {
        return { open: connections.open, waiting: connections.waiting, most: connections.most }
      },
      /** @param {boolean} isOffline */
      setOffline(isOffline) {
        offline = isOffline
      },
      /** @param {string} url @param {import('../types/index.js').Answer} answer */
      answerNext(url, answer) {
        scripted.push({ url, answer })
      },
      /** @param {string} url */
      holdAnswers(url) {
        const hold = new Hold(url, () => holds.delete(hold))
        holds.add(hold)
        return { arrived: hold.arrived, release: () => hold.release() }
      },
    },
  }
}

/** Keeps answers from the app until it is released. */
class Hold {
  /** @param {string} url @param {() => void} onRelease */
  constructor(url, onRelease) {
    this.url = url
    this.arrived = new Promise((arrive) => (this.arrive = arrive))
    this.released = new Promise((release) => (this.end = release)).then(onRelease)
  }

  /** @param {string} url */
  async pass(url) {
    if (!url.includes(this.url)) return
    this.arrive?.(undefined)
    await this.released
  }

  release() {
    this.end?.(undefined)
  }
}

/** @param {import('../types/index.js').Answer} answer */
const responseOf = ({ statusCode = 200, header = {}, data }) =>
  new Response(data === undefined ? null : JSON.stringify(data), { status: statusCode, headers: header })

/** @param {string} event @param {Set<any>} listeners */
const subscription = (event, listeners) => ({
  [`on${event}`]: (/** @type {any} */ listener) => void listeners.add(listener),
  [`off${event}`]: (/** @type {any} */ listener) => void (listener ? listeners.delete(listener) : listeners.clear()),
})

/** @param {Response} response @param {(chunk: ArrayBuffer) => void} onChunk */
async function read(response, onChunk) {
  const chunks = []
  for await (const chunk of response.body ?? []) {
    onChunk(Uint8Array.from(chunk).buffer)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** @param {Buffer} bytes @param {{ dataType?: string, responseType?: string }} asked */
function decode(bytes, { dataType = 'json', responseType = 'text' }) {
  if (responseType === 'arraybuffer') return Uint8Array.from(bytes).buffer
  const text = bytes.toString('utf8')
  if (dataType !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Phones differ in how they spell the names of headers. @param {string} name @param {'title' | 'lower'} headerCase */
const spell = (name, headerCase) => (headerCase === 'lower' ? name : name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()))

/** @param {any} error */
function asFailure(error) {
  if (error instanceof Failure) return error
  if (error?.cause?.code === 'ECONNREFUSED') return new Failure(600001)
  return new Failure(600003)
}
