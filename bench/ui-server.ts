/** The page's server as a separate process, and a browser that has its token. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'
import { textOf } from '../runtime/format/text-of-file.ts'

export const cli = join(import.meta.dirname, '../dist/cli.js')

export interface Served {
  readonly address: URL
  /** Processor seconds used, and current and peak memory in megabytes; on Linux only. */
  uses(): { readonly seconds: number; readonly memory: number; readonly most: number } | undefined
  stop(): Promise<void>
}

export async function serve(folder: string, file: string): Promise<Served> {
  const child = spawn(process.execPath, [cli, 'ui', file, '--port', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const address = await new Promise<URL>((found, failed) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const [href] = /http:\S+/.exec(text) ?? []
      if (href !== undefined) found(new URL(href))
    })
    child.once('close', () => failed(new Error(`espalier ui ended:\n${text}`)))
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { address, uses: () => usesOf(child.pid!), stop }
}

function usesOf(pid: number) {
  const [status, stat] = ['status', 'stat'].map((name) => textOf(`/proc/${pid}/${name}`)) as [string | undefined, string | undefined]
  if (status === undefined || stat === undefined) return undefined
  const megabytes = (name: string) => (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6
  const [, , , , , , , , , , , user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  // In ticks of a hundredth of a second (proc_pid_stat(5)).
  return { seconds: (user! + system!) / 100, memory: megabytes('VmRSS'), most: megabytes('VmHWM') }
}

export async function entered(browser: Browser, { address }: Served): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  await page.goto(address.href)
  await page.getByRole('navigation', { name: 'Views' }).waitFor()
  await page.close()
  return context
}
