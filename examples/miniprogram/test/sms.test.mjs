import assert from 'node:assert/strict'
import { test } from 'node:test'
import { E164, newPhone, openApp, openShop } from './support.mjs'

const shop = await openShop()

async function sent(app, phone) {
  const page = await app.open('sms')
  if (page.has('#consent')) await page.agree()
  await page.type('#phone', phone)
  await page.tap('#send')
  return page
}

test('a phone and a code sign in, after a mistyped code too', async () => {
  const app = openApp(shop)
  const phone = newPhone()
  const page = await sent(app, phone)
  assert.equal(page.data.error, '')
  await page.type('#otp', '000000')
  const otp = await app.readOtp(phone)
  await page.type('#otp', otp === '111111' ? '222222' : '111111')
  await page.tap('#go')
  assert.notEqual(page.data.error, '')
  assert.equal(app.hufu.user, null)
  await page.type('#otp', otp)
  await page.tap('#go')
  assert.equal(app.went(), 'navigateBack 1')
  assert.equal((await app.hufu.profile()).phone_number, E164(phone))
})

test('another code has to wait, and the page says how long', async () => {
  const app = openApp(shop)
  const page = await sent(app, newPhone())
  const [, seconds] = /(\d+) s until another/.exec(page.text) ?? assert.fail(page.text)
  assert.ok(seconds > 0 && seconds <= 60, seconds)
  assert.equal(page.isDisabled('#send'), true)
  // Who leaves and comes back is told by the server.
  const again = await app.open('sms')
  await again.agree()
  await again.type('#phone', page.data.phone)
  await again.tap('#send')
  assert.notEqual(again.data.error, '')
  assert.ok(again.data.wait > 0 && again.data.wait <= 60, `${again.data.wait} s`)
})

test('what is no number is said, and nothing is sent without the box ticked', async () => {
  const app = openApp(shop)
  const page = await app.open('sms')
  await page.type('#phone', '12')
  await page.tap('#send')
  assert.match(page.text, /Please tick the box first/)
  assert.deepEqual(app.wx.fake.requests, [])
  await page.agree()
  await page.tap('#send')
  assert.notEqual(page.data.error, '')
  assert.equal(page.has('#otp'), false)
})

test('who is signed in adds the phone', async () => {
  const app = openApp(shop)
  await app.hufu.loginWithWechat()
  const phone = newPhone()
  const page = await sent(app, phone)
  assert.equal(page.data.error, '')
  await page.type('#otp', await app.readOtp(phone))
  await page.tap('#go')
  assert.equal(app.went(), 'navigateBack 1')
  assert.equal((await app.hufu.profile()).phone_number, E164(phone))
})

test('cancel leads back, and the code is of no use any more', async () => {
  const app = openApp(shop)
  const page = await sent(app, newPhone())
  await page.tap('#not-now')
  assert.equal(app.went(), 'navigateBack 1')
  await page.type('#otp', '123456')
  await page.tap('#go')
  assert.match(page.text, /This sign-in is over/)
})
