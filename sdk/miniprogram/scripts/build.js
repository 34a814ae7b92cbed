// Builds miniprogram_dist: one minified CommonJS file of ES2017, and one with its types.
'use strict'

const { buildSync } = require('esbuild')
const { generateDtsBundle } = require('dts-bundle-generator')
const { mkdirSync, rmSync, statSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const LARGEST = 20 * 1024

const root = join(__dirname, '..')
const out = join(root, 'miniprogram_dist')
rmSync(out, { recursive: true, force: true })
mkdirSync(out)

buildSync({
  absWorkingDir: root,
  entryPoints: ['src/index.ts'],
  outfile: join(out, 'index.js'),
  bundle: true,
  minify: true,
  // Members that are private to a class get short names.
  mangleProps: /^_/,
  reserveProps: /^__/,
  charset: 'utf8',
  format: 'cjs',
  platform: 'neutral',
  target: 'es2017',
})

const [types] = generateDtsBundle(
  [{ filePath: join(root, 'src/index.ts'), output: { noBanner: true, exportReferencedTypes: false } }],
  { preferredConfigPath: join(root, 'tsconfig.json') },
)
writeFileSync(join(out, 'index.d.ts'), types)

const { size } = statSync(join(out, 'index.js'))
console.log(`miniprogram_dist/index.js: ${size} bytes`)
if (size > LARGEST) {
  console.error(`that is more than ${LARGEST}`)
  process.exitCode = 1
}
