// The example on a phone that is not one: its pages by miniprogram-simulate, its wx by @hufu/wx-fake, and a tenant of the test's own at the
// `hufu dev` that runs (HUFU_ISSUER, HUFU_SIM, HUFU_OPERATOR_TOKEN_FILE).
import { randomBytes, randomInt } from 'node:crypto'
import { createRequire } from 'node:module'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { installWx } from '@hufu/wx-fake'
import { JSDOM } from 'jsdom'
import { Tenant, env } from '../../../tests/clients/node/tenant.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const { window } = new JSDOM('<!doctype html>')
for (const name of ['document', 'Element', 'Node', 'Event', 'CustomEvent', 'HTMLElement', 'MutationObserver']) {
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true })
}
globalThis.window = window

const simulate = require('miniprogram-simulate')
const jComponent = require('j-component')
// What the tests look at: the simulation keeps no attributes of WeChat's own components.
for (const [name, properties] of Object.entries({
  button: { disabled: Boolean, openType: String },
  checkbox: { checked: Boolean },
  input: { value: String, password: Boolean },
})) {
  jComponent.register({ id: name, tagName: `wx-${name}`, properties, template: '<slot/>' })
}

// WeChat finds packages in miniprogram_npm.
const Module = require('node:module')
const resolve = Module._resolveFilename
Module._resolveFilename = function (request, ...rest) {
  return resolve.call(this, request === '@hufu/miniprogram' ? `${root}miniprogram_npm/@hufu/miniprogram/index.js` : request, ...rest)
}

// The simulation has components only; a page is one that knows its query.
globalThis.Page = ({ data, ...methods }) =>
  Component({
    data,
    methods,
    lifetimes: {
      detached() {
        this.onUnload?.()
      },
    },
  })

const sim = env('HUFU_SIM')
export const newUser = () => `user-${randomBytes(6).toString('hex')}`
export const newPhone = () => `138${String(randomInt(1e8)).padStart(8, '0')}`
export const newUsername = () => `u${randomBytes(6).toString('hex')}`
export const PASSWORD = 'teapot violin 42 harbour'
export const E164 = (phone) => `+86${phone}`

/** The simulator's control plane. */
export async function control(path, body) {
  const response = await fetch(`${sim}/__sim/v1/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text && JSON.parse(text)
}

/** A tea house of the test's own: a tenant with a mini-program, SMS and the client `shop`. It is gone after the test file. */
export async function openShop(settings = {}) {
  const tenant = await Tenant.create()
  after(() => tenant.delete())
  const appid = `wx${randomBytes(8).toString('hex')}`
  const secret = randomBytes(16).toString('hex')
  await control('apps', { appid, secret })
  await tenant.admin('PUT', `/wechat-apps/${appid}`, { kind: 'mini_program', secret })
  const account = await control('sms/accounts', {
    vendor: 'aliyun',
    id: `shop-${appid}`,
    sign_names: ['Tea'],
    templates: [{ id: 'SMS_1', params: ['code'] }],
  })
  await tenant.admin('PUT', '/sms', {
    vendor: 'aliyun',
    access_key_id: account.id,
    access_key_secret: account.secret,
    sign_name: 'Tea',
    template_code: 'SMS_1',
    template_params: { code: 'code' },
  })
  await tenant.client('shop', {
    token_endpoint_auth_method: 'none',
    first_party: true,
    grant_types: ['authorization_code', 'refresh_token', 'urn:hufu:grant-type:wechat-code'],
    scope: 'account offline_access openid phone profile wechat',
    wechat_appid: appid,
  })
  await tenant.admin('PATCH', '', { settings: { scan: { appid, page: 'pages/scan/index', check_path: false }, ...settings } })
  return { tenant, issuer: tenant.issuer, appid }
}

/** Starts the app on somebody's phone. */
export function openApp(shop, options = {}) {
  const wx = installWx({ sim, appid: shop.appid, user: newUser(), language: 'en', ...options })
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(root) && !file.startsWith(`${root}node_modules`)) delete require.cache[file]
  }
  Object.assign(require('../config.js'), { issuer: shop.issuer, clientId: 'shop' })
  globalThis.App = ({ onLaunch }) => onLaunch()
  require('../app.js')
  return {
    wx,
    hufu: require('@hufu/miniprogram').default,
    /** @returns {Promise<Screen>} */
    open(page, query, before = ['home']) {
      globalThis.getCurrentPages = () => [...before, page].map((name) => ({ route: `pages/${name}/index` }))
      return Screen.open(wx, page, query)
    },
    /** Where the app went last, and forgets it. */
    went() {
      const { api, url, delta } = wx.fake.screen.navigations.pop() ?? {}
      return api && `${api} ${url ?? delta}`
    },
    async readOtp(phone) {
      return (await wx.fake.readSms({ to: E164(phone) })).at(-1).code
    },
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const open = new Set()
after(() => open.forEach((screen) => screen.close()))

/** What stands in each element, in order. */
const words = (node) =>
  node.nodeType === 3 ? node.data.trim().split(/\s+/).filter(Boolean) : [...node.childNodes].flatMap((child) => words(child))

class Screen {
  static async open(wx, page, query = {}) {
    const id = simulate.load(`${root}pages/${page}/index`, { rootPath: root, compiler: 'official' })
    const screen = new Screen(wx, simulate.render(id))
    open.add(screen)
    screen.component.attach(document.body)
    screen.component.instance.onLoad(query)
    screen.component.instance.onShow?.()
    await screen.settled()
    return screen
  }

  constructor(wx, component) {
    this.wx = wx
    this.component = component
  }

  close() {
    open.delete(this)
    this.component.detach()
  }

  get data() {
    return this.component.data
  }

  /** All that can be read. */
  get text() {
    return words(this.component.dom).join(' ')
  }

  has(selector) {
    return Boolean(this.component.querySelector(selector))
  }

  find(selector) {
    const found = this.component.querySelector(selector)
    if (!found) throw new Error(`${selector} is not on the page: ${this.text}`)
    return found
  }

  isDisabled(selector) {
    return this.find(selector).instance.data.disabled
  }

  /** As a finger does: nothing happens where the button is disabled. */
  async tap(selector) {
    if (!this.find(selector).instance.data.disabled) await this.send(selector, 'tap')
  }

  type(selector, value) {
    return this.send(selector, 'input', { value })
  }

  async send(selector, event, detail) {
    this.find(selector).dispatchEvent(event, { detail })
    await this.settled()
  }

  get consentBox() {
    return this.find('#consent').querySelector('.consent')
  }

  async agree() {
    this.consentBox.dispatchEvent('change', { detail: { value: ['agree'] } })
    await this.settled()
  }

  /** When nothing goes on any more. */
  async settled() {
    for (let quiet = 0; quiet < 5; quiet++) {
      await turn()
      await this.wx.fake.idle()
      if (this.data.busy) quiet = 0
    }
  }
}
