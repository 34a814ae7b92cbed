import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { manualClock } from '../src/index.js'
import { newWx, outcome } from './support.js'

const megabyte = 1024 * 1024

test('storage keeps copies, and an absent key is an empty string', async () => {
  const wx = newWx()
  const value = { list: [1, { deep: true }] }
  wx.setStorageSync('a', value)
  value.list.push(2)
  assert.deepEqual(wx.getStorageSync('a'), { list: [1, { deep: true }] })
  assert.equal(wx.getStorageSync('b'), '')
  assert.deepEqual(await outcome(wx.getStorage, { key: 'b' }), { ok: false, errMsg: 'getStorage:fail data not found' })
  await wx.setStorage({ key: 'c', data: 'text' })
  assert.equal((await outcome(wx.getStorage, { key: 'c' })).data, 'text')
  assert.deepEqual(wx.getStorageInfoSync().keys, ['a', 'c'])
  wx.removeStorageSync('a')
  await wx.removeStorage({ key: 'c' })
  assert.deepEqual((await outcome(wx.getStorageInfo)).keys, [])
})

test('a key holds one megabyte, an app ten', async () => {
  const wx = newWx()
  const full = 'x'.repeat(megabyte - 2)
  wx.setStorageSync('0', full)
  assert.throws(() => wx.setStorageSync('0', `${full}x`), /setStorageSync:fail entry size limit reached/)
  assert.equal(wx.getStorageSync('0'), full, 'what was there stays')
  for (let i = 1; i < 9; i++) wx.setStorageSync(String(i), full)
  const { ok, errMsg } = await outcome(wx.setStorage, { key: '9', data: full })
  assert.equal(ok, false)
  assert.equal(errMsg, 'setStorage:fail exceed storage max size 10Mb')
  wx.setStorageSync('0', full)
  assert.equal(wx.getStorageInfoSync().limitSize, 10240)
  wx.clearStorageSync()
  wx.setStorageSync('9', full)
})

test('storage can fail, and be handed to another app', () => {
  const wx = newWx()
  wx.fake.failNext('setStorageSync', { errMsg: 'disk is full' })
  assert.throws(() => wx.setStorageSync('a', 1), /setStorageSync:fail disk is full/)
  wx.setStorageSync('a', 1)
  assert.equal(newWx({ storage: wx.fake.storage }).getStorageSync('a'), 1)
  assert.equal(newWx().getStorageSync('a'), '')
})

test('privacy: WeChat asks where the app does not, and the person may say no', async () => {
  const willing = newWx({ privacy: 'needed' })
  assert.equal((await outcome(willing.getPrivacySetting)).needAuthorization, true)
  assert.equal((await outcome(willing.requirePrivacyAuthorize)).ok, true)
  assert.equal((await outcome(willing.getPrivacySetting)).needAuthorization, false)
  const refusing = newWx({ privacy: 'refused' })
  assert.equal((await refusing.fake.tapGetPhoneNumber()).detail.errno, 104)
  assert.deepEqual(await outcome(refusing.requirePrivacyAuthorize), {
    ok: false,
    errno: 104,
    errMsg: 'requirePrivacyAuthorize:fail privacy permission is not authorized',
  })
})

test('privacy: an app that listens decides, and an agreement needs a tap on the button', async () => {
  const wx = newWx({ privacy: 'refused' })
  /** @type {any} */
  let asked
  wx.onNeedPrivacyAuthorization((resolve, info) => {
    asked = info
    resolve({ event: 'disagree' })
  })
  assert.equal((await wx.fake.tapGetPhoneNumber()).detail.errno, 104)
  assert.deepEqual(asked, { referrer: 'button.getPhoneNumber' })
  wx.onNeedPrivacyAuthorization((resolve) => resolve({ event: 'agree', buttonId: 'never-tapped' }))
  assert.equal((await wx.fake.tapGetPhoneNumber()).detail.errno, 104)
  wx.onNeedPrivacyAuthorization((resolve) => {
    wx.fake.tapAgreePrivacy('yes')
    resolve({ event: 'agree', buttonId: 'yes' })
  })
  assert.equal((await wx.fake.tapGetPhoneNumber()).detail.errMsg, 'getPhoneNumber:ok')
})

test('privacy: a tap on the button is enough for what follows', async () => {
  const wx = newWx({ privacy: 'refused' })
  assert.equal(wx.fake.tapAgreePrivacy().type, 'agreeprivacyauthorization')
  assert.equal((await outcome(wx.requirePrivacyAuthorize)).ok, true)
})

test('random values are as many as asked for, and not the same twice', async () => {
  const wx = newWx()
  const [one, two] = await Promise.all([wx.getRandomValues({ length: 32 }), wx.getRandomValues({ length: 32 })])
  assert.equal(one.randomValues.byteLength, 32)
  assert.notDeepEqual(new Uint8Array(one.randomValues), new Uint8Array(two.randomValues))
  assert.equal((await outcome(wx.getRandomValues, { length: 0 })).errno, 1001)
  assert.equal((await outcome(wx.getUserCryptoManager().getRandomValues, { length: 5 })).randomValues.byteLength, 5)
})

test('the app knows itself, its language and its launch', async () => {
  const wx = newWx({ language: 'en', platform: 'ios', launch: { path: 'pages/scan/index', query: { scene: 'x' }, scene: 1047 } })
  assert.deepEqual(wx.getAccountInfoSync().miniProgram, { appId: 'wxde30000000000001', envVersion: 'develop', version: '' })
  assert.equal(wx.getAppBaseInfo().language, 'en')
  assert.equal(wx.getDeviceInfo().platform, 'ios')
  assert.equal(wx.getSystemInfoSync().language, 'en')
  assert.equal((await outcome(wx.getSystemInfo)).windowWidth, wx.getWindowInfo().windowWidth)
  assert.deepEqual(wx.getLaunchOptionsSync().query, { scene: 'x' })
  assert.equal(wx.canIUse('getRandomValues'), true)
  assert.equal(wx.canIUse('scanCode'), false)
  assert.equal(wx.arrayBufferToBase64(wx.base64ToArrayBuffer('aHVmdQ==')), 'aHVmdQ==')
})

test('what the app shows is seen, and the person answers; with "cancel" where the test says nothing', async () => {
  const wx = newWx()
  assert.equal((await outcome(wx.showModal, { title: 'Close?' })).cancel, true)
  wx.fake.onModal(({ title }) => ({ confirm: title === 'Close?', content: 'why' }))
  assert.deepEqual(await outcome(wx.showModal, { title: 'Close?' }), {
    ok: true,
    errMsg: 'showModal:ok',
    confirm: true,
    cancel: false,
    content: 'why',
  })
  await wx.showToast({ title: 'Done' })
  await wx.navigateTo({ url: '/pages/account/index' })
  await wx.navigateBack({ delta: 1 })
  await wx.showLoading({ title: '…' })
  const { modals, toasts, navigations, loading } = wx.fake.screen
  assert.deepEqual(modals, [{ title: 'Close?' }, { title: 'Close?' }])
  assert.deepEqual(toasts, [{ title: 'Done' }])
  assert.deepEqual(navigations, [
    { api: 'navigateTo', url: '/pages/account/index' },
    { api: 'navigateBack', delta: 1 },
  ])
  assert.equal(loading, true)
})

test('a button of a modal has room for four characters', async () => {
  const wx = newWx()
  assert.equal((await outcome(wx.showModal, { title: 'Close?', confirmText: '确认注销' })).ok, true)
  assert.equal((await outcome(wx.showModal, { title: 'Close?', cancelText: 'Cancel' })).errno, 1001)
})

test('the app hears when it comes to the front, until it is killed', () => {
  const wx = newWx()
  /** @type {string[]} */
  const heard = []
  wx.onAppShow(({ path }) => heard.push(`show ${path}`))
  wx.onAppHide(() => heard.push('hide'))
  wx.fake.show({ path: 'pages/scan/index' })
  wx.fake.hide()
  wx.fake.kill()
  wx.fake.show()
  assert.deepEqual(heard, ['show pages/scan/index', 'hide'])
})

test('a manual clock runs what is due, in order, also what was added on the way', () => {
  const clock = manualClock(1000)
  /** @type {string[]} */
  const ran = []
  const cancelled = clock.setTimeout(() => ran.push('cancelled'), 1)
  clock.clearTimeout(cancelled)
  clock.setTimeout(() => ran.push(`late ${clock.now()}`), 20)
  clock.setTimeout(() => {
    ran.push(`early ${clock.now()}`)
    clock.setTimeout(() => ran.push(`nested ${clock.now()}`), 5)
  }, 10)
  clock.setTimeout(() => ran.push('not yet'), 31)
  clock.advance(30)
  assert.deepEqual(ran, ['early 1010', 'nested 1015', 'late 1020'])
  assert.equal(clock.now(), 1030)
})

test('every function that the types promise is there', async () => {
  const types = await readFile(new URL('../types/index.d.ts', import.meta.url), 'utf8')
  const union = types.slice(types.indexOf('export type WxApi'), types.indexOf('export type Wx ='))
  const names = [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name)
  const wx = newWx()
  assert.deepEqual(Object.keys(wx).sort(), [...names, 'fake'].sort())
})
