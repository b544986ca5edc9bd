/** Chromium for tests of the page: that of the machine, or Debian's, installed where that may be done. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome']

const find = (): string | undefined =>
  process.env.CHROMIUM ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file))

/** As root on Debian it is installed once, which takes a minute; anywhere else it has to be there. */
async function install(): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 64 * 1024 * 1024 }
  try {
    await promisify(execFile)('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-liberation'], options)
  } catch {
    execFileSync('apt-get', ['update'], { ...options, stdio: 'ignore' })
    await promisify(execFile)('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-liberation'], options)
  }
}

export type Chromium = { readonly browser: Browser } | { readonly missing: string }

/** A browser without any settings of a user's, that asks nobody for anything by itself. */
export async function startChromium(): Promise<Chromium> {
  if (find() === undefined) await install().catch(() => {})
  const executablePath = find()
  if (executablePath === undefined) return { missing: 'Chromium is not installed' }
  const quiet = ['quic', 'background-networking', 'component-update', 'sync'].map((feature) => `--disable-${feature}`)
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet]
  try {
    return { browser: await chromium.launch({ executablePath, args }) }
  } catch (cause) {
    return { missing: `Chromium does not start here: ${cause instanceof Error ? cause.message.slice(0, 200) : cause}` }
  }
}
