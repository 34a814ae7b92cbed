import assert from 'node:assert/strict'
import { test } from 'node:test'
import { E164, PASSWORD, newPhone, newUsername, openApp, openShop } from './support.mjs'

const shop = await openShop()

async function signedIn(options) {
  const app = openApp(shop, options)
  await app.hufu.loginWithWechat()
  return { app, page: await app.open('account') }
}

test('who is not signed in is offered to, and nothing is asked of the server', async () => {
  const app = openApp(shop)
  const page = await app.open('account')
  assert.match(page.text, /You are not signed in/)
  assert.deepEqual(app.wx.fake.requests, [])
  await page.tap('#sign-in')
  assert.equal(app.went(), 'navigateTo /pages/login/index')
})

test('it shows how the person signs in and where, and offers what is missing', async () => {
  const { app, page } = await signedIn()
  assert.match(page.text, /Ways to sign in WeChat Remove Add a phone number Add a username/)
  assert.match(page.text, /Here/)
  await page.tap('#link-phone')
  assert.equal(app.went(), 'navigateTo /pages/phone/index')
  await page.tap('#link-account')
  assert.equal(app.went(), 'navigateTo /pages/password/index')
})

test('WeChat is linked to an account that began with a password', async () => {
  const app = openApp(shop)
  await app.hufu.registerWithPassword({ username: newUsername(), password: PASSWORD })
  const page = await app.open('account')
  await page.tap('#link-wechat')
  assert.equal(page.data.error, '')
  assert.equal(page.has('#link-wechat'), false)
  assert.equal(page.has('#unlink-wechat'), true)
})

test('a WeChat account that is another user’s: the two become one', async () => {
  const { app: first } = await signedIn()
  await first.hufu.logout()
  const app = openApp(shop, { user: first.wx.fake.phone.user })
  await app.hufu.registerWithPassword({ username: newUsername(), password: PASSWORD })
  const page = await app.open('account')
  app.wx.fake.onModal(() => ({ confirm: true }))
  await page.tap('#link-wechat')
  assert.equal(app.wx.fake.screen.modals.at(-1).title, 'Make it one account')
  assert.equal(page.has('#unlink-wechat'), true)
  assert.equal(page.has('#unlink-account'), true)
})

test('a way to sign in is removed after a question, but not the last one', async () => {
  const { app, page } = await signedIn()
  await app.hufu.bindPhone(await app.wx.fake.tapGetPhoneNumber({ phone: E164(newPhone()) }))
  await page.component.instance.onShow()
  await page.settled()
  await page.tap('#unlink-phone')
  assert.equal(page.has('#unlink-phone'), true, 'the person said no')
  app.wx.fake.onModal(() => ({ confirm: true }))
  await page.tap('#unlink-phone')
  assert.equal(page.has('#unlink-phone'), false)
  await page.tap('#unlink-wechat')
  assert.notEqual(page.data.error, '')
  assert.equal(page.has('#unlink-wechat'), true)
})

test('other devices are signed out, this one stays', async () => {
  const { app: elsewhere } = await signedIn()
  const { page } = await signedIn({ user: elsewhere.wx.fake.phone.user })
  assert.equal(page.data.sessions.length, 2)
  await page.tap('#end-others')
  assert.equal(page.data.sessions.length, 1)
  assert.equal(page.data.sessions[0].current, true)
})

test('one other device is signed out', async () => {
  const { app: elsewhere } = await signedIn()
  const { page } = await signedIn({ user: elsewhere.wx.fake.phone.user })
  await page.tap('.end')
  assert.equal(page.data.sessions.length, 1)
})

test('whose sign-in is too old is asked to sign in again', async () => {
  const app = openApp(shop)
  await app.hufu.registerWithPassword({ username: newUsername(), password: PASSWORD })
  const page = await app.open('account')
  app.wx.fake.answerNext('/account/identities', {
    statusCode: 401,
    data: { error: 'insufficient_user_authentication', reason: 'reauthentication_required' },
  })
  await page.tap('#link-wechat')
  assert.equal(app.went(), 'navigateTo /pages/login/index')
})

test('the nickname is changed', async () => {
  const { app, page } = await signedIn()
  await page.type('#nickname', '小明')
  await page.tap('#save')
  assert.equal(page.data.error, '')
  assert.equal(app.wx.fake.screen.toasts.at(-1).title, 'Saved')
  assert.equal((await app.hufu.profile()).nickname, '小明')
})

test('all that is kept of the person is handed out', async () => {
  const { app, page } = await signedIn()
  await page.tap('#export')
  const data = JSON.parse(app.wx.fake.screen.clipboard)
  assert.equal(JSON.stringify(data).includes(app.hufu.user.sub), true)
})

test('signed out means signed out: nobody is signed in again without asking', async () => {
  const { app, page } = await signedIn()
  await page.tap('#logout')
  assert.match(page.text, /You are not signed in/)
  const again = openApp(shop, { user: app.wx.fake.phone.user, storage: app.wx.fake.storage })
  assert.match((await again.open('account')).text, /You are not signed in/)
  assert.deepEqual(again.wx.fake.requests, [])
})

test('without a network the page says so', async () => {
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  app.wx.fake.setOffline(true)
  assert.match((await app.open('account')).text, /There is no connection/)
})

test('closing has a page of its own', async () => {
  const { app, page } = await signedIn()
  await page.tap('#close')
  assert.equal(app.went(), 'navigateTo /pages/close/index')
})
