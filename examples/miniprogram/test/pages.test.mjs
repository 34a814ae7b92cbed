import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { openApp, openShop } from './support.mjs'

const shop = await openShop()
const pages = readdirSync(new URL('../pages', import.meta.url))

for (const language of ['zh_CN', 'en']) {
  for (const page of pages) {
    test(`${page} opens in ${language} without a sign-in, asks nobody for anything and lacks no word`, async () => {
      const app = openApp(shop, { language })
      const { text } = await app.open(page, { scene: 'AAAAAAAAAAAAAAAAAAAAAA' })
      assert.match(text, language === 'en' ? /[A-Za-z]{3}/ : /[一-鿿]{2}/)
      assert.doesNotMatch(text, /undefined|null|NaN|\[object/)
      assert.notEqual(app.wx.fake.screen.title, '')
      assert.deepEqual(app.wx.fake.requests, [])
      assert.deepEqual(app.wx.fake.screen.modals, [])
    })
  }
}
