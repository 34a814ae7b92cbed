// Puts @hufu/miniprogram of this repository where the WeChat developer tools would build it to.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const sdk = fileURLToPath(new URL('../../../sdk/miniprogram/', import.meta.url))
const target = fileURLToPath(new URL('../miniprogram_npm/@hufu/miniprogram/', import.meta.url))

const npm = (...command) => execFileSync('npm', command, { cwd: sdk, stdio: 'inherit' })
if (!existsSync(`${sdk}node_modules`)) npm('ci')
npm('run', 'build')
rmSync(target, { recursive: true, force: true })
cpSync(`${sdk}miniprogram_dist`, target, { recursive: true })
