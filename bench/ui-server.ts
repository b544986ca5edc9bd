/** The page's server as a process of its own, and a browser that has its token. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'

export const cli = join(import.meta.dirname, '../dist/cli.js')

export interface Served {
  readonly address: URL
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
  return { address, stop }
}

export async function entered(browser: Browser, { address }: Served): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  await page.goto(address.href)
  await page.getByRole('navigation', { name: 'Views' }).waitFor()
  await page.close()
  return context
}
