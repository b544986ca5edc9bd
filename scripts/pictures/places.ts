import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')
const cli = join(root, 'dist/cli.js')

/** Path of a picture. */
export const picture = (name: string, format: 'svg' | 'png'): string => join(root, 'docs/figures', `${name}.${format}`)

/** Output of the command, whatever its exit code. */
export function output(folder: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8' })
  return `${stdout}${stderr}`.trimEnd()
}

/** Runs the command, which must succeed. */
export function espalier(folder: string, ...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [cli, ...args], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`espalier ${args.join(' ')} ended with ${status}.`)
}
