import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Browser } from '../../../tests/clients/node/browser.js'
import { PASSWORD, control, newUsername, openApp, openShop } from './support.mjs'

const shop = await openShop()
await shop.tenant.client('web', {
  client_name: 'Tea on the web',
  redirect_uris: ['http://127.0.0.1:3000/callback'],
  grant_types: ['authorization_code'],
  scope: 'openid',
})

/** A browser that shows a code. */
async function showCode() {
  const browser = new Browser(shop.tenant.origin)
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'web',
    redirect_uri: 'http://127.0.0.1:3000/callback',
    scope: 'openid',
    state: 's',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  const login = await browser.open(`${shop.issuer}/authorize?${query}`)
  const tab = await browser.open(`${login.url}&method=scan`)
  const page = await browser.submit(tab, {})
  const drawn = await control(`requests?appid=${shop.appid}&path=/wxa/getwxacodeunlimit&secrets=true`)
  return { scene: drawn.at(-1).body.scene, look: () => browser.open(page.url) }
}

/** What WeChat does with the code: it opens the page with its query. */
async function scan(app, scene) {
  const { page, query } = await app.wx.fake.scan({ scene })
  assert.equal(page, 'pages/scan/index')
  return app.open('scan', Object.fromEntries(new URLSearchParams(query)))
}

async function signedIn() {
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  return app
}

test('the person sees who asks and the number on the screen, confirms, and the browser goes on', async () => {
  const { scene, look } = await showCode()
  const app = await signedIn()
  const page = await scan(app, scene)
  assert.match(page.text, /Sign in to Tea on the web/)
  assert.match(page.text, /127\.0\.0\.0\/24/)
  assert.match(page.text, /Time \d/)
  assert.doesNotMatch(page.text, /look closely/, 'the same network')
  assert.match(page.text, /Is this number on the screen before you\?/)
  const number = page.find('#match-code').dom.textContent
  assert.match((await look()).html, new RegExp(`id="match-code">${number}<`))
  assert.equal(page.data.result, '', 'nothing is confirmed without a tap')
  await page.tap('#confirm')
  assert.match(page.text, /Signed in\. Look at your screen/)
  assert.match((await look()).html, /scan-submit/)
})

test('“it is not me” lets nobody in', async () => {
  const { scene, look } = await showCode()
  const page = await scan(await signedIn(), scene)
  await page.tap('#deny')
  assert.match(page.text, /Declined/)
  assert.equal(page.has('#confirm'), false)
  assert.match((await look()).html, /scan-again/)
})

test('a code that somebody else has scanned cannot be confirmed', async () => {
  const { scene } = await showCode()
  const first = await signedIn()
  await first.hufu.readScan(scene)
  const page = await scan(await signedIn(), scene)
  assert.notEqual(page.data.error, '')
  assert.equal(page.has('#confirm'), false)
})

test('a code that was decided about or never was is over', async () => {
  const { scene } = await showCode()
  const app = await signedIn()
  const page = await scan(app, scene)
  await page.tap('#confirm')
  const again = await app.open('scan', { scene })
  assert.notEqual(again.data.error, '')
  assert.equal(again.has('#confirm'), false)
  const unknown = await app.open('scan', { scene: 'AAAAAAAAAAAAAAAAAAAAAA' })
  assert.notEqual(unknown.data.error, '')
})

test('who is not signed in agrees first, and may leave instead', async () => {
  const { scene } = await showCode()
  const app = openApp(shop)
  const page = await scan(app, scene)
  assert.deepEqual(app.wx.fake.requests, [])
  await page.tap('#not-now')
  assert.equal(app.went(), 'reLaunch /pages/home/index')
  assert.equal(page.isDisabled('#wechat'), true)
  await page.agree()
  await page.tap('#wechat')
  assert.equal(page.has('#match-code'), true)
})

test('who came by a password is asked to sign in with WeChat: only a person of this mini-program may decide', async () => {
  const { scene } = await showCode()
  const app = openApp(shop)
  await app.hufu.registerWithPassword({ username: newUsername(), password: PASSWORD })
  const page = await scan(app, scene)
  assert.equal(page.has('#match-code'), false)
  assert.notEqual(page.data.error, '')
  await page.agree()
  await page.tap('#wechat')
  assert.equal(page.has('#match-code'), true)
})
