import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const at = (path) => new URL(`../${path}`, import.meta.url)
const json = (path) => JSON.parse(readFileSync(at(path), 'utf8'))

test('each page that app.json names is there, and no other', () => {
  const { pages, sitemapLocation } = json('app.json')
  assert.deepEqual([...pages].sort(), readdirSync(at('pages')).map((page) => `pages/${page}/index`).sort())
  for (const page of pages) {
    for (const kind of ['js', 'json', 'wxml']) assert.ok(existsSync(at(`${page}.${kind}`)), `${page}.${kind}`)
    for (const path of Object.values(json(`${page}.json`).usingComponents ?? {})) assert.ok(existsSync(at(`${path.slice(1)}.js`)), path)
  }
  assert.ok(existsSync(at(sitemapLocation)))
})

test('it opens as it is: the appid and client of `hufu dev`, http allowed, the SDK where the tools look for it', () => {
  const { appid, setting, miniprogramRoot } = json('project.config.json')
  assert.equal(appid, 'wxde30000000000001')
  assert.equal(setting.urlCheck, false)
  assert.equal(miniprogramRoot, './')
  assert.match(readFileSync(at('config.js'), 'utf8'), /http:\/\/127\.0\.0\.1:8080\/t\/demo/)
  assert.ok(existsSync(at('miniprogram_npm/@hufu/miniprogram/index.js')))
})

test('WeChat’s compiler takes every style', () => {
  const compiled = require('miniprogram-compiler').wxssToJs(fileURLToPath(at('.')))
  assert.match(compiled, /app\.wxss/)
  assert.match(compiled, /consent/)
})

test('Chinese and English say the same things', () => {
  const texts = require('../texts.js')
  const inLanguage = (language) => {
    globalThis.wx = { getAppBaseInfo: () => ({ language }) }
    return texts()
  }
  const keys = (value, path = '') =>
    typeof value === 'object' ? Object.entries(value).flatMap(([key, inner]) => keys(inner, `${path}.${key}`)) : [path]
  assert.deepEqual(keys(inLanguage('en')), keys(inLanguage('zh_CN')))
})
