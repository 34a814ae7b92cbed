import assert from 'node:assert/strict'
import { test } from 'node:test'
import { E164, PASSWORD, newPhone, newUsername, openApp, openShop } from './support.mjs'

const shop = await openShop()

/** Somebody who is signed in, before the button. */
async function atTheButton(options) {
  const app = openApp(shop, options)
  await app.hufu.loginWithWechat()
  return { app, page: await app.open('phone') }
}

async function share(app, page, tap) {
  const { detail } = await app.wx.fake.tapGetPhoneNumber(tap)
  await page.send('#get-phone', 'getphonenumber', detail)
}

test('the phone number of WeChat is linked to who is signed in', async () => {
  const { app, page } = await atTheButton()
  const phone = newPhone()
  await share(app, page, { phone: E164(phone) })
  assert.equal(app.went(), 'navigateBack 1')
  assert.equal((await app.hufu.profile()).phone_number, E164(phone))
})

test('who declines is not asked again, and is offered another way', async () => {
  const { app, page } = await atTheButton()
  assert.equal(page.has('#sms'), false)
  await share(app, page, { deny: true })
  assert.match(page.text, /You did not share your phone number/)
  await page.tap('#sms')
  assert.equal(app.went(), 'redirectTo /pages/sms/index')
  await page.tap('#skip')
  assert.equal(app.went(), 'navigateBack 1')
})

test('where the quota is used up, SMS is offered', async () => {
  const { app, page } = await atTheButton()
  await share(app, page, { errno: 1400001 })
  assert.match(page.text, /could not be read/)
  assert.equal(page.has('#sms'), true)
})

test('the privacy guide comes first, by the same button, and can be declined', async () => {
  const { app, page } = await atTheButton({ privacy: 'refused' })
  assert.equal(page.find('#get-phone').instance.data.openType, 'getPhoneNumber|agreePrivacyAuthorization')
  assert.match(page.text, /《小程序隐私保护指引》/)
  await share(app, page)
  assert.match(page.text, /accept the privacy terms first/)
  const { detail } = app.wx.fake.tapAgreePrivacy()
  await page.send('#get-phone', 'agreeprivacyauthorization', detail)
  assert.equal(page.find('#get-phone').instance.data.openType, 'getPhoneNumber')
  await share(app, page)
  assert.equal(app.went(), 'navigateBack 1')
})

test('a number that is another user’s: the two become one where the person says so', async () => {
  const phone = newPhone()
  const first = await atTheButton()
  await share(first.app, first.page, { phone: E164(phone) })

  const app = openApp(shop)
  await app.hufu.registerWithPassword({ username: newUsername(), password: PASSWORD })
  await app.hufu.link({ wechat: true })
  const page = await app.open('phone')
  await share(app, page, { phone: E164(phone) })
  assert.equal(app.wx.fake.screen.modals.at(-1).title, 'Make it one account')
  assert.equal(app.went(), undefined, 'the person said no')
})

test('without a sign-in the button waits for the box to be ticked, and then signs in', async () => {
  const app = openApp(shop)
  const page = await app.open('phone')
  assert.equal(page.isDisabled('#get-phone'), true)
  await page.agree()
  assert.equal(page.isDisabled('#get-phone'), false)
  const phone = newPhone()
  await share(app, page, { phone: E164(phone) })
  assert.equal(app.went(), 'navigateBack 1')
  assert.equal((await app.hufu.profile()).phone_number, E164(phone))
  const { data } = await app.hufu.request({ url: `${shop.issuer}/account/consents` })
  assert.equal(data.consents.length, 2)
})

test('the button rests while one is under way: a second event is not paid for twice', async () => {
  const { app, page } = await atTheButton()
  const { detail } = await app.wx.fake.tapGetPhoneNumber({ phone: E164(newPhone()) })
  const before = app.wx.fake.requests.length
  page.component.instance.bind({ detail })
  assert.equal(page.isDisabled('#get-phone'), true)
  page.component.instance.bind({ detail })
  await page.settled()
  const links = app.wx.fake.requests.slice(before).filter(({ method, url }) => method === 'POST' && url.endsWith('/account/identities'))
  assert.equal(links.length, 1)
})
