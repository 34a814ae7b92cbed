import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { transformSync } from 'esbuild'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { setup } from './setup'

const root = fileURLToPath(new URL('..', import.meta.url))
// `npm test` has built it.
const bundle = `${root}miniprogram_dist/index.js`

test('the built package is 20 KB at most', () => {
  expect(statSync(bundle).size).toBeLessThanOrEqual(20 * 1024)
})

test('npm packs the build, its types, README, licence and nothing else', () => {
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }))
  expect(packed.files.map((file: { path: string }) => file.path).sort()).toEqual(['LICENSE', 'README.md', 'miniprogram_dist/index.d.ts', 'miniprogram_dist/index.js', 'package.json'])
}, 60_000)

test('nothing is needed at run time, and the developer tools find the build', () => {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  expect(manifest.dependencies).toBeUndefined()
  expect(manifest).toMatchObject({ name: '@hufu/miniprogram', license: 'Apache-2.0', miniprogram: 'miniprogram_dist', main: 'miniprogram_dist/index.js', types: 'miniprogram_dist/index.d.ts' })
  expect(readFileSync(bundle, 'utf8')).not.toMatch(/\brequire\(/)
})

test('the build is ES2017: to lower it changes nothing', () => {
  const code = readFileSync(bundle, 'utf8')
  const lowered = transformSync(code, { target: 'es2017', minify: true, charset: 'utf8' }).code
  expect(lowered).not.toMatch(/__spread|__objRest|__publicField/)
  expect(code).not.toMatch(/\?\.[a-z(]|\?\?|\bimport\(|\.finally\(|\.flat\(|matchAll|replaceAll|Object\.fromEntries|\bstatic\{/)
})

describe('in a mini-program, where there is wx and little else', () => {
  async function load() {
    const { phone } = setup()
    const touched: string[] = []
    const module = { exports: {} as { init(options: object): { ensureLogin(): Promise<object>; loginWithPassword(account: object): Promise<object> } } }
    const globals = { module, exports: module.exports, wx, setTimeout, clearTimeout, console }
    const scope = new Proxy(globals, {
      has: () => true,
      get(_, name: string) {
        if (name in globals) return globals[name as keyof typeof globals]
        if (typeof name === 'string' && !LANGUAGE.includes(name)) touched.push(name)
        return LANGUAGE.includes(name) ? globalThis[name as keyof typeof globalThis] : undefined
      },
    })
    runInContext('(function(scope, code) { return new Function("scope", "with(scope){" + code + "}")(scope) })', createContext({}))(scope, readFileSync(bundle, 'utf8'))
    return { phone, touched, ...module.exports }
  }

  test('it signs in, silently and by a proof, and reaches for nothing else', async () => {
    const { phone, touched, init } = await load()
    phone.server = ((serve) => sent => (sent.path === '/authorize-challenge' ? { status: 200, data: { authorization_code: 'ac' } } : serve(sent)))(phone.server)
    const hufu = init({ issuer: 'https://id.example.com/t/demo', clientId: 'demo-shop' })
    expect(await hufu.ensureLogin()).toMatchObject({ user: { sub: 'usr_1' } })
    expect(await hufu.loginWithPassword({ username: 'li', password: 'p' })).toMatchObject({ user: { sub: 'usr_1' } })
    expect(touched).toEqual([])
  })
})

/** What ES2017 brings by itself. */
const LANGUAGE = ['Object', 'Array', 'Promise', 'Map', 'Set', 'Proxy', 'Error', 'TypeError', 'JSON', 'Math', 'Date', 'Number', 'String', 'Symbol', 'Uint8Array', 'RegExp', 'encodeURIComponent', 'decodeURIComponent', 'undefined']

test('its types stand by themselves beside miniprogram-api-typings', () => {
  const program = ts.createProgram([`${root}miniprogram_dist/index.d.ts`], { strict: true, noEmit: true, lib: ['lib.es2017.d.ts'], types: ['miniprogram-api-typings'], typeRoots: [`${root}node_modules`] })
  const own = ts.getPreEmitDiagnostics(program).filter(problem => problem.file?.fileName.includes('miniprogram_dist'))
  expect(own.map(problem => ts.flattenDiagnosticMessageText(problem.messageText, ' '))).toEqual([])
}, 120_000)
