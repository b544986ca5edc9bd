/** Small projects in a temporary folder, loaded by `runner.ts` in one thread for a whole test file. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, expect } from 'vitest'
import type { Part } from '../../../runtime/fingerprint/fingerprint.ts'
import type { Answer, Request, Result } from './runner.ts'

export type Files = { readonly [path: string]: string }

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'espalier-fingerprint-')))
let worker: Worker | undefined
let count = 0
const waiting = new Map<number, (answer: Answer) => void>()

afterAll(async () => {
  await worker?.terminate()
  rmSync(folder, { recursive: true })
})

/** Writes a project and returns its folder; a text `-> target` makes a link. */
export function write(files: Files): string {
  const root = join(folder, `project-${count++}`)
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), file)
    else writeFileSync(file, text)
  }
  return root
}

export async function ask(request: Omit<Request, 'id' | 'cache'> & { readonly cache?: string }): Promise<Answer> {
  worker ??= start()
  const id = count++
  const answer = await new Promise<Answer>((resolve) => {
    waiting.set(id, resolve)
    worker?.postMessage({ cache: join(folder, 'cache'), ...request, id } satisfies Request)
  })
  expect(answer.failure).toBeUndefined()
  return answer
}

function start(): Worker {
  const thread = new Worker(new URL('./runner.ts', import.meta.url))
  thread.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer))
  return thread
}

/** What the exports of a project's entry come to. */
export async function load(
  files: Files,
  entry = 'main.ts',
  options: Pick<Request, 'mayReadFiles' | 'rewrite' | 'call'> = {},
): Promise<Answer['results']> {
  const root = write(files)
  return (await ask({ root, entry: join(root, entry), ...options })).results
}

export async function loadMain(main: string, others: Files = {}): Promise<Answer['results']> {
  return load({ 'main.ts': main, ...others })
}

export function hashOf(results: Answer['results'], name = 'score'): string {
  return made(results[name]).hash
}

export function partsOf(results: Answer['results'], name = 'score'): readonly Part[] {
  return made(results[name]).parts
}

function made(result: Result | undefined): Extract<Result, { readonly hash: string }> {
  if (result === undefined || !('hash' in result)) throw new Error(`no fingerprint: ${JSON.stringify(result)}`)
  return result
}

/** How a function was refused. */
export function refusal(
  results: Answer['results'],
  name = 'score',
): Extract<Result, { readonly kind: string }> & { readonly at: string | undefined } {
  const result = results[name]
  if (result === undefined || 'hash' in result) throw new Error(`not refused: ${name}`)
  return { ...result, at: result.facts.find(([label]) => label === 'at')?.[1] }
}
