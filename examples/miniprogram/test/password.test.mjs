import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PASSWORD, newUsername, openApp, openShop } from './support.mjs'

const shop = await openShop()

async function fill(page, username, password) {
  await page.type('#username', username)
  await page.type('#password', password)
}

/** Somebody with a username, signed out again. */
async function known() {
  const username = newUsername()
  const app = openApp(shop)
  await app.hufu.registerWithPassword({ username, password: PASSWORD })
  return username
}

test('a new person registers', async () => {
  const app = openApp(shop)
  const page = await app.open('password')
  await page.tap('#switch')
  assert.match(page.text, /Register/)
  await page.agree()
  const username = newUsername()
  await fill(page, username, PASSWORD)
  await page.tap('#go')
  assert.equal(app.went(), 'navigateBack 1')
  assert.equal((await app.hufu.profile()).username, username)
})

test('who is known signs in, after a wrong password too', async () => {
  const username = await known()
  const app = openApp(shop)
  const page = await app.open('password')
  assert.equal(page.find('#password').instance.data.password, true)
  await page.agree()
  await fill(page, username, 'not the password at all')
  await page.tap('#go')
  assert.notEqual(page.data.error, '')
  assert.equal(app.hufu.user, null)
  await page.type('#password', PASSWORD)
  await page.tap('#go')
  assert.equal(page.data.error, '')
  assert.equal(app.went(), 'navigateBack 1')
})

test('without the box ticked nothing is sent', async () => {
  const app = openApp(shop)
  const page = await app.open('password')
  await fill(page, newUsername(), PASSWORD)
  await page.tap('#go')
  assert.match(page.text, /Please tick the box first/)
  assert.deepEqual(app.wx.fake.requests, [])
})

test('a name that is taken and a password that is too short are said, in the language of WeChat', async () => {
  const username = await known()
  const app = openApp(shop, { language: 'zh_CN' })
  const page = await app.open('password')
  await page.tap('#switch')
  await page.agree()
  await fill(page, username, PASSWORD)
  await page.tap('#go')
  assert.match(page.data.error, /[一-鿿]/)
  const taken = page.data.error
  await fill(page, newUsername(), 'short')
  await page.tap('#go')
  assert.match(page.data.error, /[一-鿿]/)
  assert.notEqual(page.data.error, taken)
  assert.equal(app.hufu.user, null)
})

test('who is signed in adds a username, without another consent', async () => {
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  const page = await app.open('password')
  assert.equal(app.wx.fake.screen.title, 'Add a username')
  assert.equal(page.has('#consent'), false)
  const username = newUsername()
  await fill(page, username, PASSWORD)
  await page.tap('#go')
  assert.equal(app.went(), 'navigateBack 1')
  assert.equal((await app.hufu.profile()).username, username)
})

test('a username that the person has already: the two accounts become one', async () => {
  const username = await known()
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  const page = await app.open('password')
  await page.tap('#switch')
  await fill(page, username, PASSWORD)
  await page.tap('#go')
  assert.equal(app.wx.fake.screen.modals.at(-1).title, 'Make it one account')
  assert.equal(app.went(), undefined, 'the person said no')
  app.wx.fake.onModal(() => ({ confirm: true }))
  await page.tap('#go')
  assert.equal(app.went(), 'navigateBack 1')
  assert.deepEqual((await app.hufu.identities()).map(({ kind }) => kind).sort(), ['account', 'wechat'])
})

test('cancel leads back', async () => {
  const app = openApp(shop)
  const page = await app.open('password')
  await page.tap('#not-now')
  assert.equal(app.went(), 'navigateBack 1')
})
