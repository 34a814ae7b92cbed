import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openApp, openShop } from './support.mjs'

const shop = await openShop()

test('nobody is signed in without a tap, nor with the box unticked', async () => {
  const app = openApp(shop)
  const page = await app.open('login')
  assert.equal(page.find('#consent').querySelector('.box').instance.data.checked, false)
  await page.tap('#wechat')
  assert.match(page.text, /Please tick the box first/)
  assert.deepEqual(app.wx.fake.requests, [])
})

test('one tap signs in by WeChat, and what was agreed to is on record', async () => {
  const app = openApp(shop)
  const page = await app.open('login')
  await page.agree()
  await page.tap('#wechat')
  assert.equal(app.went(), 'navigateBack 1')
  assert.match(app.hufu.user.sub, /^usr_/)
  const { data } = await app.hufu.request({ url: `${shop.issuer}/account/consents` })
  assert.deepEqual(data.consents.map(({ document, version, action }) => `${action} ${document}:${version}`).sort(), [
    'accept privacy:2026-11-01',
    'accept terms:2026-11-01',
  ])
})

test('the way out and the other ways are there', async () => {
  const app = openApp(shop)
  const page = await app.open('login')
  for (const way of ['phone', 'sms', 'password']) {
    await page.tap(`#${way}`)
    assert.equal(app.went(), `navigateTo /pages/${way}/index`)
  }
  await page.tap('#not-now')
  assert.equal(app.went(), 'navigateBack 1')
})

test('a failure of wx.login is said, and the next tap may succeed', async () => {
  const app = openApp(shop)
  const page = await app.open('login')
  await page.agree()
  app.wx.fake.failNext('login', { errno: 5, times: 2 })
  await page.tap('#wechat')
  assert.match(page.text, /Signing in with WeChat did not work/)
  await page.tap('#wechat')
  assert.equal(app.went(), 'navigateBack 1')
})

test('whom WeChat blocks is told so', async () => {
  const app = openApp(shop)
  const page = await app.open('login')
  await page.agree()
  await app.wx.fake.addFault({ match: { path: '/sns/jscode2session', appid: shop.appid, count: 1 }, preset: 'risk_block' })
  await page.tap('#wechat')
  assert.notEqual(page.data.error, '')
  assert.equal(app.hufu.user, null)
})

test('the links open what is agreed to', async () => {
  const app = openApp(shop)
  const page = await app.open('login')
  page.find('#consent').instance.readTerms()
  await page.settled()
  assert.deepEqual(app.wx.fake.screen.modals.at(-1), { title: 'the terms', content: 'Your terms go here.', showCancel: false })
})

test('a tenant that wants a phone gets one on the next page', async () => {
  const strict = await openShop({ require: ['phone'] })
  const app = openApp(strict)
  const login = await app.open('login')
  await login.agree()
  await login.tap('#wechat')
  assert.equal(app.went(), 'redirectTo /pages/phone/index')
  const phone = await app.open('phone')
  await phone.agree()
  const { detail } = await app.wx.fake.tapGetPhoneNumber()
  await phone.send('#get-phone', 'getphonenumber', detail)
  assert.equal(app.went(), 'navigateBack 1')
  const identities = await app.hufu.identities()
  assert.deepEqual(identities.map(({ kind }) => kind).sort(), ['phone', 'wechat'])
})

test('a login goes back to where it began, over all its pages; home, where nothing was open', async () => {
  const app = openApp(shop)
  const page = await app.open('login', {}, ['home', 'account', 'login', 'password'])
  await page.agree()
  await page.tap('#wechat')
  assert.equal(app.went(), 'navigateBack 3')
  await app.open('login', {}, [])
  await page.tap('#not-now')
  assert.equal(app.went(), 'reLaunch /pages/home/index')
})

test('a tenant that wants consent first gets what was ticked with the login', async () => {
  const careful = await openShop({ require_consent_before_exchange: true })
  const app = openApp(careful)
  const page = await app.open('login')
  await page.agree()
  await page.tap('#wechat')
  assert.equal(page.data.error, '')
  assert.equal(app.went(), 'navigateBack 1')
})
