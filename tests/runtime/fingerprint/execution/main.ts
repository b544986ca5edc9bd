/**
 * Random programs, run: functions of equal keys give equal results, alone and together, in either order; unless they are refused.
 * node tests/runtime/fingerprint/execution/main.ts [programs] [seed]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { type Callable, type Fingerprinter, FingerprintProblem, fingerprinter } from '../../../../runtime/fingerprint/fingerprint.ts'
import { UserModules } from '../../../../runtime/user-code/user-modules.ts'
import { edited, type Program, programs, written } from './programs.ts'

type Name = 'a' | 'b'
type Numeric = (x: number) => number

const [count = 500, seed = 1] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'espalier-execution-'))
const modules = new UserModules()
let written_ = 0

interface Copy {
  readonly functions: { readonly [N in Name]: Numeric }
  readonly fingerprints: Fingerprinter
}

/** Fresh, as a worker that has just been started has it. */
async function copyOf(root: string): Promise<Copy> {
  for (const key of Object.keys(Math)) Reflect.deleteProperty(Math, key) // only what programs have put there can be listed
  const before = new Set(modules.files.keys())
  const functions = (await modules.import(pathToFileURL(join(root, 'entry.ts')).href, true)) as unknown as Copy['functions'] // as it is written
  const files = new Map([...modules.files].filter(([url]) => !before.has(url)))
  return { functions, fingerprints: fingerprinter({ files, cache: join(folder, 'cache'), root }) }
}

/** The key, or why there is none. */
function keyOf({ functions, fingerprints }: Copy, name: Name): string {
  try {
    return fingerprints.of(functions[name] as Callable).hash
  } catch (problem) {
    if (problem instanceof FingerprintProblem) return `refused: ${problem.title}`
    throw problem
  }
}

/** A stage's calls, and the look at the function after them. */
function run({ functions, fingerprints }: Copy, name: Name): string {
  const result = [0, 1, 2.5].map((x) => String(functions[name](x))).join(' ')
  return fingerprints.changed(functions[name] as Callable) === undefined ? result : 'refused'
}

const results = new Map<string, { readonly result: string; readonly files: object }>()
const seen = { programs: 0, refusedAtPlan: 0, refusedAfter: 0, kept: 0, equalKeys: 0 }

async function check(program: Program): Promise<void> {
  const root = join(folder, String(written_++))
  mkdirSync(root)
  const files = written(program)
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text)
  seen.programs++
  const alone: { [N in Name]?: string } = {}
  for (const name of ['a', 'b'] as const) {
    const copy = await copyOf(root)
    const keys = { a: keyOf(copy, 'a'), b: keyOf(copy, 'b') }
    if (keys[name].startsWith('refused')) {
      seen.refusedAtPlan++
      continue
    }
    const result = run(copy, name)
    alone[name] = result
    if (result === 'refused') seen.refusedAfter++
    else seen.kept++
    const known = results.get(keys[name])
    if (known !== undefined) seen.equalKeys++
    if (known !== undefined && known.result !== result)
      throw new Error(`equal keys, other results: ${known.result} and ${result}\n${JSON.stringify([known.files, files], null, 1)}`)
    results.set(keys[name], { result, files })
  }
  for (const [first, second] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    if (alone[first] === undefined || alone[second] === undefined) continue
    const copy = await copyOf(root)
    keyOf(copy, first)
    keyOf(copy, second)
    // A stage that is refused leaves nothing behind: the next one starts from the file.
    if (run(copy, first) === 'refused') continue
    const together = run(copy, second)
    if (together !== alone[second])
      throw new Error(`${second} gives ${alone[second]} alone and ${together} after ${first}\n${JSON.stringify(files, null, 1)}`)
  }
}

try {
  await fc.assert(
    fc.asyncProperty(programs, fc.nat({ max: 100 }), async (program, at) => {
      await check(program)
      await check(edited(program, at))
    }),
    { numRuns: Math.ceil(count / 2), seed, endOnFailure: false },
  )
  process.stdout.write(`${JSON.stringify(seen)}\n`)
} finally {
  rmSync(folder, { recursive: true })
}
