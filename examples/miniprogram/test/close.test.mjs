import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PASSWORD, newPhone, newUsername, openApp, openShop } from './support.mjs'

const shop = await openShop()

const understand = (page) => page.send('#understood', 'change', { value: ['yes'] })

test('the consequences are said, and without understanding them nothing happens', async () => {
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  const page = await app.open('close')
  assert.match(page.text, /You are signed out everywhere at once.*This cannot be undone/)
  assert.equal(page.isDisabled('#close'), true)
  assert.equal(page.find('.box').instance.data.checked, false)
  await page.tap('#keep')
  assert.equal(app.went(), 'navigateBack 1')
  assert.notEqual(app.hufu.user, null)
})

test('the account is closed, the person told until when, and not signed in again unasked', async () => {
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  const page = await app.open('close')
  await understand(page)
  await page.tap('#close')
  assert.match(page.text, /Your account will be deleted at: \d{4}-/)
  assert.equal(app.hufu.user, null)
  await page.tap('#done')
  assert.equal(app.went(), 'reLaunch /pages/home/index')
  const home = await app.open('home')
  await home.tap('#order-puer')
  assert.equal(app.went(), 'navigateTo /pages/login/index')
})

test('a sign-in during the cooling-off keeps the account', async () => {
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  const { sub } = app.hufu.user
  const page = await app.open('close')
  await understand(page)
  await page.tap('#close')
  const login = await app.open('login')
  await login.agree()
  await login.tap('#wechat')
  assert.equal(app.hufu.user.sub, sub)
})

const TOO_LONG_AGO = {
  statusCode: 401,
  header: { 'www-authenticate': 'Bearer error="insufficient_user_authentication"' },
  data: { error: 'insufficient_user_authentication', reason: 'reauthentication_required' },
}

test('whose sign-in is too old shows the password first; a wrong one closes nothing', async () => {
  const app = openApp(shop)
  await app.hufu.registerWithPassword({ username: newUsername(), password: PASSWORD })
  const page = await app.open('close')
  await understand(page)
  app.wx.fake.answerNext('/account/close', TOO_LONG_AGO)
  await page.tap('#close')
  assert.match(page.text, /First show that it is you/)
  await page.type('#password', 'not the password at all')
  await page.tap('#close')
  assert.notEqual(page.data.error, '')
  assert.equal(page.data.closesAt, '')
  await page.type('#password', PASSWORD)
  await page.tap('#close')
  assert.match(page.text, /Your account will be deleted at/)
})

test('who has a phone only is asked for a code, and told when another one has to wait', async () => {
  const phone = newPhone()
  const app = openApp(shop)
  await app.hufu.sendSms({ phone })
  await app.hufu.loginWithSms({ otp: await app.readOtp(phone) })
  const page = await app.open('close')
  await understand(page)
  app.wx.fake.answerNext('/account/close', TOO_LONG_AGO)
  await page.tap('#close')
  assert.equal(page.has('#password'), false)
  await page.tap('#send')
  assert.match(page.text, /A code was sent just now/)
  await page.type('#otp', '123456')
  await page.tap('#close')
  assert.equal(page.data.closesAt, '')
  assert.notEqual(app.hufu.user, null)
})

test('where the session ended meanwhile the page says so', async () => {
  const app = openApp(shop)
  await app.hufu.registerWithPassword({ username: newUsername(), password: PASSWORD })
  const page = await app.open('close')
  await understand(page)
  const [{ id }] = await app.hufu.sessions()
  await shop.tenant.admin('DELETE', `/users/${app.hufu.user.sub}/sessions/${id}`)
  await page.tap('#close')
  assert.match(page.text, /Please sign in to go on/)
})

test('without a network the account stays, and the page says why', async () => {
  const app = openApp(shop)
  await app.hufu.registerWithPassword({ username: newUsername(), password: PASSWORD })
  const page = await app.open('close')
  await understand(page)
  app.wx.fake.setOffline(true)
  await page.tap('#close')
  assert.match(page.text, /There is no connection/)
  assert.notEqual(app.hufu.user, null)
})
