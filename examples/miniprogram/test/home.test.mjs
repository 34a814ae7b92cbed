import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PASSWORD, newUsername, openApp, openShop } from './support.mjs'

const shop = await openShop()

test('everything can be looked at without a sign-in, and nothing is sent', async () => {
  const app = openApp(shop)
  const page = await app.open('home')
  assert.match(page.text, /Look around: no sign-in needed\. Longjing ¥68/)
  assert.equal(app.wx.fake.screen.title, 'Hufu Tea House')
  assert.deepEqual(app.wx.fake.requests, [])
})

test('an order needs a sign-in, and then is made with the access token', async () => {
  const app = openApp(shop)
  const page = await app.open('home')
  await page.tap('#order-puer')
  assert.equal(app.went(), 'navigateTo /pages/login/index')
  await app.hufu.loginWithWechat()
  await page.tap('#order-puer')
  assert.equal(app.wx.fake.screen.toasts.at(-1).title, 'Ordered')
  assert.match(app.wx.fake.requests.at(-1).header.authorization, /^Bearer /)
})

test('without a network an order says so, and can be tried again', async () => {
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  const page = await app.open('home')
  app.wx.fake.setOffline(true)
  await page.tap('#order-puer')
  assert.match(page.text, /There is no connection/)
  app.wx.fake.setOffline(false)
  await page.tap('#order-puer')
  assert.doesNotMatch(page.text, /There is no connection/)
})

test('who was signed in stays so when the app starts again', async () => {
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  const again = openApp(shop, { user: app.wx.fake.phone.user, storage: app.wx.fake.storage })
  const page = await again.open('home')
  await page.tap('#order-puer')
  assert.equal(again.wx.fake.screen.toasts.at(-1).title, 'Ordered')
})

test('a session that an operator ended leads to the sign-in', async () => {
  const app = openApp(shop)
  await app.hufu.registerWithPassword({ username: newUsername(), password: PASSWORD })
  const [{ id }] = await app.hufu.sessions()
  await shop.tenant.admin('DELETE', `/users/${app.hufu.user.sub}/sessions/${id}`)
  const page = await app.open('home')
  await page.tap('#order-puer')
  assert.equal(app.went(), 'navigateTo /pages/login/index')
})

test('it speaks Chinese where WeChat does', async () => {
  const page = await openApp(shop, { language: 'zh_CN' }).open('home')
  assert.match(page.text, /随便看看，无需登录。 西湖龙井/)
})
