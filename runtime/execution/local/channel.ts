/**
 * The two pipes between the scheduler's process and a worker, one JSON value a line. They are not Node.js' own channel: that one hangs on
 * `process`, where whatever a pipeline file imports can send and listen. Here nothing global leads to the pipes, and what this module
 * calls to write is what it was before any of the user's code was loaded. Code that guesses a file descriptor can still write to it, and
 * is refused: it does not know the nonce that every message carries (`protocol.ts`).
 */
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** File descriptors of the worker. */
const pipes = { fromScheduler: 3, toScheduler: 4 } as const

const [write, encode] = [writeSync, Buffer.from]
const { stringify } = JSON
const { isFinite: finite } = Number
const { create, keys, setPrototypeOf } = Object

/** The worker's end. Returns what sends: the line is with the other process when it returns. */
export function openChannel(onMessage: (message: unknown) => void, onClosed: () => void): (message: object) => void {
  const socket = new Socket({ fd: pipes.fromScheduler, readable: true, writable: false })
  readMessages(socket, onMessage)
  socket.on('close', onClosed)
  // They hand out every open socket, and what writes to file descriptors.
  for (const name of ['_getActiveHandles', '_getActiveRequests', 'binding']) Reflect.deleteProperty(process, name)
  return (message) => {
    const bytes = encode(`${stringify(bare(message))}\n`)
    for (let done = 0; done < bytes.length; ) done += write(pipes.toScheduler, bytes, done)
  }
}

/** @param onMessage undefined for a line that is no JSON */
export function readMessages(stream: Readable, onMessage: (message: unknown) => void): void {
  let rest = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) onMessage(parsed(line))
  })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** A copy without prototypes: a `toJSON` that the user's code has put on one of them is not asked. Numbers that JSON lacks go as their names. */
function bare(value: unknown): unknown {
  if (typeof value === 'number' && !finite(value)) return `${value}`
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = Array.isArray(value) ? setPrototypeOf([], null) : create(null)
  for (const key of keys(value)) copy[key] = bare(value[key as keyof typeof value])
  return copy
}
