import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'

const root = new URL('..', import.meta.url)

test('npm pack takes the sources, the types, both READMEs and the license, and nothing else', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json'], { cwd: root })
  const [{ files }] = JSON.parse(stdout)
  const paths = files.map((/** @type {{ path: string }} */ file) => file.path).filter((/** @type {string} */ path) => !/^src\/[\w-]+\.js$/.test(path))
  assert.deepEqual(paths.sort(), ['LICENSE', 'README.md', 'README.zh-CN.md', 'package.json', 'types/index.d.ts'])
})

test('the package needs nothing at run time', async () => {
  const { dependencies } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))
  assert.equal(dependencies, undefined)
})
