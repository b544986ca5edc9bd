/**
 * The two pipes between the scheduler's process and a worker, one JSON value per line. Node.js's own channel is not used: it is reachable
 * through `process`, where anything that a pipeline file imports can send and listen. No global refers to these pipes, and the functions
 * that write to them are captured before user code is loaded. Code that guesses a file descriptor can still write to it, but its messages
 * are rejected because they lack the nonce (`protocol.ts`).
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

/** Opens the worker's end. Returns a synchronous send function: the line is in the pipe when it returns. */
export function openChannel(onMessage: (message: unknown) => void, onClosed: () => void): (message: object) => void {
  const socket = new Socket({ fd: pipes.fromScheduler, readable: true, writable: false })
  readMessages(socket, onMessage)
  socket.on('close', onClosed)
  // They expose every open socket, and functions that write to file descriptors.
  for (const name of ['_getActiveHandles', '_getActiveRequests', 'binding']) Reflect.deleteProperty(process, name)
  return (message) => {
    const bytes = encode(`${stringify(bare(message))}\n`)
    for (let done = 0; done < bytes.length; ) done += write(pipes.toScheduler, bytes, done)
  }
}

/** @param onMessage gets undefined for a line that is not JSON */
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

/** A copy without prototypes, so that a `toJSON` added by user code is not called. Non-finite numbers become strings. */
function bare(value: unknown): unknown {
  if (typeof value === 'number' && !finite(value)) return `${value}`
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = Array.isArray(value) ? setPrototypeOf([], null) : create(null)
  for (const key of keys(value)) copy[key] = bare(value[key as keyof typeof value])
  return copy
}
