/**
 * The log of a stage: `logs/<key>.log`, the output of its worker process and the outcomes of its attempts. Rotated past 512 KiB to
 * `<key>.log.1`, replacing the previous one, so the newest output is always kept. For users only: write errors are ignored.
 */
import { closeSync, existsSync, fstatSync, lstatSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { appendPlain, readPlainSync } from '../../plain-file.ts'
import { makeFolder, shareFile } from '../../shared-folder.ts'
import { checkedKey } from '../address.ts'
import type { FollowedLog, StageLog, StageLogs } from '../stage-logs.ts'

export const mostBytes = 512 * 1024

export class FolderLogs implements StageLogs {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  open(key: string): StageLog {
    return new LogFile(this.whereIs(key))
  }

  read(key: string): string | undefined {
    const name = this.whereIs(key)
    return existsSync(name) ? `${contentOf(`${name}.1`, 0)}${contentOf(name, 0)}` : undefined
  }

  follow(key: string): FollowedLog {
    return new FollowedFile(this.whereIs(key))
  }

  whereIs(key: string): string {
    return join(this.#folder, `${checkedKey(key)}.log`)
  }
}

class LogFile implements StageLog {
  readonly #name: string
  #file: number | undefined
  #bytes = 0
  /** The last text written did not end its line. */
  #open = false

  constructor(name: string) {
    this.#name = name
    this.#attempt(() => {
      makeFolder(dirname(name))
      this.#start()
    })
  }

  note(text: string): void {
    this.write(`${this.#open ? '\n' : ''}[${new Date().toISOString()}] ${text}\n`)
  }

  write(text: string): void {
    if (text === '') return
    this.#attempt(() => {
      if (this.#file === undefined) return
      if (this.#bytes > mostBytes) {
        this.close()
        renameSync(this.#name, `${this.#name}.1`)
        this.#start()
      }
      this.#bytes += writeSync(this.#file!, Buffer.from(text).subarray(-mostBytes))
      this.#open = !text.endsWith('\n')
    })
  }

  close(): void {
    if (this.#file === undefined) return
    const file = this.#file
    this.#file = undefined
    this.#attempt(() => closeSync(file))
  }

  #start(): void {
    this.#file = appendPlain(this.#name)
    this.#bytes = fstatSync(this.#file).size
    if (this.#bytes === 0) shareFile(this.#file, dirname(this.#name))
  }

  #attempt(work: () => void): void {
    try {
      work()
    } catch {
      this.#file = undefined // full disk, read-only store
    }
  }
}

class FollowedFile implements FollowedLog {
  readonly #name: string
  #inode: number | undefined
  #bytes = 0

  constructor(name: string) {
    this.#name = name
  }

  read(last = false): string {
    const name = this.#name
    const info = lstatSync(name, { throwIfNoEntry: false })
    if (info === undefined) return ''
    let before = ''
    if (this.#inode === undefined) before = contentOf(`${name}.1`, 0)
    // Rotated: the rest of the followed file is now in `.log.1`.
    else if (this.#inode !== info.ino) before = contentOf(`${name}.1`, this.#bytes)
    if (this.#inode !== info.ino) this.#bytes = 0
    this.#inode = info.ino
    const fresh = contentOf(name, this.#bytes)
    const whole = last ? fresh : fresh.slice(0, fresh.lastIndexOf('\n') + 1)
    this.#bytes += Buffer.byteLength(whole)
    return before + whole
  }
}

/** Content from a byte offset on; empty when there is no file. */
function contentOf(file: string, from: number): string {
  try {
    return readPlainSync(file).subarray(from).toString('utf8')
  } catch {
    return ''
  }
}
