import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../src/index.js'
import { bodyOf, newWx, outcome, serve, signal } from './support.js'

/** Answers with what it got. @param {import('node:test').TestContext} t */
const mirror = (t) =>
  serve(t, async (request, response) => {
    const { method, url, headers } = request
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method, url, headers, body: await bodyOf(request) }))
  })

test('an object is JSON by default, a form where the header says so, a query in a GET', async (t) => {
  const url = await mirror(t)
  const wx = newWx()
  const data = { a: 1, 名: '茶 & x' }
  const json = await outcome(wx.request, { url, method: 'POST', data })
  assert.equal(json.data.body, '{"a":1,"名":"茶 & x"}')
  assert.equal(json.data.headers['content-type'], 'application/json')
  const form = await outcome(wx.request, { url, method: 'POST', data, header: { 'Content-Type': 'application/x-www-form-urlencoded' } })
  assert.equal(form.data.body, 'a=1&%E5%90%8D=%E8%8C%B6%20%26%20x')
  const query = await outcome(wx.request, { url: `${url}/?b=2#top`, data })
  assert.equal(query.data.url, '/?b=2&a=1&%E5%90%8D=%E8%8C%B6%20%26%20x')
  const text = await outcome(wx.request, { url, method: 'PUT', data: 'as it is' })
  assert.equal(text.data.body, 'as it is')
})

test('the Referer is of WeChat, whatever the app says', async (t) => {
  const { data } = await outcome(newWx().request, { url: await mirror(t), header: { Referer: 'https://example.com/' } })
  assert.match(data.headers.referer, /^https:\/\/servicewechat\.com\/wxde30000000000001\//)
})

test('an answer is parsed as JSON where it is JSON, unless the app wants text or bytes', async (t) => {
  const url = await serve(t, (request, response) => void response.end(request.url === '/json' ? '{"a":1}' : 'no json'))
  const { request } = newWx()
  assert.deepEqual((await outcome(request, { url: `${url}/json` })).data, { a: 1 })
  assert.equal((await outcome(request, { url: `${url}/json`, dataType: 'text' })).data, '{"a":1}')
  assert.equal((await outcome(request, { url: `${url}/text` })).data, 'no json')
  const { data } = await outcome(request, { url: `${url}/json`, responseType: 'arraybuffer' })
  assert.equal(Buffer.from(data).toString(), '{"a":1}')
})

test('an error of the server is a success of the request, with headers, cookies and an empty body as text', async (t) => {
  const url = await serve(t, (_, response) => {
    response.writeHead(503, { 'retry-after': '7', 'set-cookie': ['a=1', 'b=2'] }).end()
  })
  const result = await outcome(newWx().request, { url })
  assert.equal(result.ok, true)
  assert.equal(result.errMsg, 'request:ok')
  assert.equal(result.statusCode, 503)
  assert.equal(result.header['Retry-After'], '7')
  assert.deepEqual(result.cookies, ['a=1', 'b=2'])
  assert.equal(result.data, '')
  const lower = await outcome(newWx({ headerCase: 'lower' }).request, { url })
  assert.equal(lower.header['retry-after'], '7')
})

test('ten are under way, the others wait for their turn', async (t) => {
  /** @type {import('node:http').ServerResponse[]} */
  const open = []
  const arrived = [signal(), signal()]
  const url = await serve(t, (_, response) => {
    open.push(response)
    if (open.length === 10) arrived[0].give()
    if (open.length === 11) arrived[1].give()
  })
  const wx = newWx()
  const all = Array.from({ length: 12 }, () => outcome(wx.request, { url }))
  await arrived[0].given
  assert.deepEqual(wx.fake.connections, { open: 10, waiting: 2, most: 10 })
  assert.equal(wx.fake.requests.length, 10)
  open[0].end()
  await arrived[1].given
  assert.deepEqual(wx.fake.connections, { open: 10, waiting: 1, most: 10 })
  for (const response of open.slice(1)) response.end()
  await all[9]
})

test('abort fails a request under way and one that waits, and does nothing to one that is over', async (t) => {
  const arrived = signal()
  let count = 0
  const url = await serve(t, (request, response) => {
    if (request.url === '/quick') response.end()
    else if (++count === 10) arrived.give()
  })
  const wx = newWx()
  /** @type {{ task: WechatMiniprogram.RequestTask, result: Promise<any> }[]} */
  const started = Array.from({ length: 11 }, () => start(wx, { url }))
  await arrived.given
  started[10].task.abort()
  assert.deepEqual(await started[10].result, { ok: false, errMsg: 'request:fail abort' })
  assert.equal(wx.fake.connections.waiting, 0)
  started[0].task.abort()
  assert.deepEqual(await started[0].result, { ok: false, errMsg: 'request:fail abort' })
  assert.equal(wx.fake.connections.open, 9)
  const quick = start(wx, { url: `${url}/quick` })
  assert.equal((await quick.result).ok, true)
  quick.task.abort()
  assert.equal((await quick.result).ok, true)
  for (const { task } of started) task.abort()
})

test('headers are heard before the answer, chunks where they are asked for', async (t) => {
  const url = await serve(t, (_, response) => void response.writeHead(201, { 'x-a': 'b' }).end('body'))
  /** @type {string[]} */
  const heard = []
  await new Promise((complete) => {
    const task = newWx().request({ url, enableChunked: true, success: () => heard.push('success'), complete })
    const unwanted = () => heard.push('unwanted')
    task.onHeadersReceived(unwanted)
    task.offHeadersReceived(unwanted)
    task.onHeadersReceived((/** @type {any} */ { statusCode, header }) => heard.push(`headers ${statusCode} ${header['X-A']}`))
    task.onChunkReceived(({ data }) => heard.push(`chunk ${Buffer.from(data)}`))
  })
  assert.deepEqual(heard, ['headers 201 b', 'chunk body', 'success'])
})

test('a request without an answer times out by the clock, after a minute where the app says nothing', async (t) => {
  const clock = manualClock()
  const arrived = [signal(), signal()]
  let count = 0
  const url = await serve(t, () => arrived[count++].give())
  const wx = newWx({ clock })
  const short = outcome(wx.request, { url, timeout: 100 })
  await arrived[0].given
  const long = outcome(wx.request, { url })
  await arrived[1].given
  clock.advance(100)
  assert.deepEqual(await short, { ok: false, errno: 5, errMsg: 'request:fail timeout' })
  assert.equal(wx.fake.connections.open, 1)
  clock.advance(59_900)
  assert.equal((await long).errno, 5)
})

test('an answer that is held arrives when it is released, or never', async (t) => {
  const clock = manualClock()
  const url = await serve(t, (_, response) => void response.end('"here"'))
  const wx = newWx({ clock })
  const hold = wx.fake.holdAnswers('/token')
  const held = outcome(wx.request, { url: `${url}/token` })
  assert.equal((await outcome(wx.request, { url: `${url}/other` })).data, 'here')
  await hold.arrived
  assert.equal(wx.fake.requests[0].statusCode, 200, 'the server has answered')
  hold.release()
  assert.equal((await held).data, 'here')

  const lost = wx.fake.holdAnswers('/token')
  const waiting = outcome(wx.request, { url: `${url}/token` })
  await lost.arrived
  clock.advance(60_000)
  assert.equal((await waiting).errno, 5)
  lost.release()
})

test('no server, no network, no connection that lasts', async (t) => {
  const wx = newWx()
  const gone = await serve(t, (request) => void request.socket.destroy())
  assert.equal((await outcome(wx.request, { url: gone })).errno, 600003)
  const refused = await outcome(wx.request, { url: 'http://127.0.0.1:9' })
  assert.equal(refused.ok, false)
  wx.fake.setOffline(true)
  const offline = await outcome(wx.request, { url: gone })
  assert.equal(offline.errno, 600001)
  assert.match(offline.errMsg, /ERR_INTERNET_DISCONNECTED/)
})

test('what WeChat refuses is not sent: PATCH, a path without a host, a domain that is not listed', async () => {
  const wx = newWx({ requestDomains: ['https://id.example.com'] })
  const url = 'https://id.example.com/'
  assert.equal((await outcome(wx.request, { url, method: 'PATCH' })).errno, 1001)
  assert.equal((await outcome(wx.request, { url: '/token' })).errno, 600009)
  assert.deepEqual(await outcome(wx.request, { url: 'https://id.example.com.evil.example/' }), {
    ok: false,
    errno: 600002,
    errMsg: 'request:fail url not in domain list',
  })
  assert.deepEqual(wx.fake.requests, [])
})

test('failNext may single out a URL', async (t) => {
  const url = await mirror(t)
  const wx = newWx()
  wx.fake.failNext('request', { errno: 600001, url: '/token' })
  assert.equal((await outcome(wx.request, { url: `${url}/other` })).ok, true)
  assert.equal((await outcome(wx.request, { url: `${url}/token` })).errno, 600001)
  assert.equal((await outcome(wx.request, { url: `${url}/token` })).ok, true)
})

test('an answer can be given in place of the server, once', async (t) => {
  const url = await mirror(t)
  const wx = newWx()
  wx.fake.answerNext('/account', { statusCode: 429, header: { 'retry-after': '7' }, data: { error: 'slow_down' } })
  assert.equal((await outcome(wx.request, { url })).statusCode, 200)
  const answered = await outcome(wx.request, { url: `${url}/account` })
  assert.deepEqual([answered.statusCode, answered.header['Retry-After'], answered.data], [429, '7', { error: 'slow_down' }])
  assert.equal((await outcome(wx.request, { url: `${url}/account` })).statusCode, 200)
})

test('a killed app hears nothing more of what it sent; what waited is not sent; its storage stays', async (t) => {
  let arrivals = 0
  const arrived = signal()
  /** @type {import('node:http').ServerResponse[]} */
  const open = []
  const url = await serve(t, (request, response) => {
    if (request.url === '/after') return void response.end('"alive"')
    open.push(response)
    if (++arrivals === 10) arrived.give()
  })
  const wx = newWx()
  wx.setStorageSync('kept', 1)
  /** @type {any[]} */
  const heard = []
  for (let i = 0; i < 11; i++) wx.request({ url, complete: (result) => heard.push(result) })
  await arrived.given
  void Promise.resolve(wx.login()).then((result) => heard.push(result))
  wx.fake.kill()
  for (const response of open) response.end()
  await wx.fake.idle()
  assert.equal((await outcome(wx.request, { url: `${url}/after` })).data, 'alive', 'the app that was started anew')
  assert.deepEqual(heard, [])
  assert.equal(arrivals, 10)
  assert.equal(wx.getStorageSync('kept'), 1)
})

/** @param {import('../types/index.js').Wx} wx @param {any} options */
function start(wx, options) {
  /** @type {any} */
  let task
  const result = outcome((asked) => (task = wx.request(asked)), options)
  return { task, result }
}
