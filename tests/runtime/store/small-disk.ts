import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export const canMount = process.getuid?.() === 0 && process.platform === 'linux'

/** A disk of its own, of so many bytes. */
export function smallDisk(bytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder])
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  return folder
}
