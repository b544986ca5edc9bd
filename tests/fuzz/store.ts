/**
 * Stores, bent: cells of the index, and files and folders. Whatever is asked of such a store is answered, or refused with a sentence;
 * nothing outside is touched; and after a repair that was not refused all is sound and answers again.
 */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import fc from 'fast-check'
import { diff, runs, show } from '../../runtime/cli/history.ts'
import { logs } from '../../runtime/cli/logs.ts'
import { gc, repair, stat, verify } from '../../runtime/cli/store.ts'
import { expectedSeconds } from '../../runtime/plan/estimate.ts'
import { makePlan } from '../../runtime/plan/plan.ts'
import { openStore } from '../../runtime/store/open.ts'
import { rememberPlan } from '../../runtime/store/remember-plan.ts'
import { openDisk } from '../../runtime/store/sqlite/disk-store.ts'
import { columnsOf, tableNames } from '../../runtime/store/sqlite/tables.ts'
import { runFirst } from '../runtime/plan/finished.ts'
import { dataFacts, evaluate, graphOf, init, prune, train } from '../runtime/plan/stages.ts'
import { fillStore } from '../runtime/store/sqlite/filled-store.ts'
import { runOf } from '../runtime/store/stored.ts'
import { type Fuzzer, sentenceOf } from './fuzzer.ts'

const graph = graphOf(init('i'), train('t', 'i'), prune('p', 't'), evaluate('e', 'p'))
const seed = mkdtempSync(join(tmpdir(), 'espalier-fuzz-seed-'))
process.on('exit', () => rmSync(seed, { recursive: true, force: true }))
const pipeline = join(seed, 'a.pipeline.ts')
let filled: Promise<string> | undefined

async function makeSeed(): Promise<string> {
  writeFileSync(pipeline, '')
  const root = await fillStore(seed)
  const store = await openDisk(root)
  await runFirst(store, graph, 3)
  const results = await store.inventory.results()
  const stages = results.flatMap(({ path, key, artifacts: [own] }) => (own === undefined ? [] : [{ path, key, artifact: own.artifact }]))
  await runOf(store, stages, { file: pipeline })
  store.close()
  const { key } = stages.find(({ path }) => path === 'dense/train')!
  const files = {
    [`logs/${key}.log`]: 'said\n',
    [`exports/${key}.json`]: '[]',
    [`functions/${key}.json`]: '{}',
    [`quarantine/${key}`]: 'x',
    [`tmp/a.1.${'0'.repeat(12)}`]: 'x',
    'data/digits-0123456789abcdef.json': '{}',
  }
  for (const [name, text] of Object.entries(files)) put(join(root, name), text)
  return root
}

/** What somebody may ask; each alone, and answered or refused. */
const commands: readonly ((store: string) => Promise<unknown>)[] = [
  (store) => runs({ store, json: false, last: 20, status: undefined, file: undefined }),
  (store) => runs({ store, json: true, last: 20, status: undefined, file: undefined }),
  (store) => show({ store, json: false, what: 'last' }),
  (store) => show({ store, json: true, what: '1' }),
  (store) => show({ store, json: false, what: 'dense/train' }),
  (store) => show({ store, json: false, what: 't' }),
  (store) => diff({ store, json: false, a: '1', b: 'last' }),
  (store) => diff({ store, json: false, a: 'dense/train', b: 'sparse/finetune' }),
  (store) => logs({ store, json: false, stage: 'dense/train', follow: false }),
  (store) => stat({ store, json: false }),
  plan,
  (store) => gc({ store, json: false, dryRun: true, budget: 0, keepRuns: 1 }),
]
const last: typeof commands = [
  (store) => verify({ store, json: false }),
  (store) => gc({ store, json: false, dryRun: false, budget: 0, keepRuns: 1 }),
]

async function plan(location: string): Promise<void> {
  const store = await openStore(location)
  try {
    const { stages } = await makePlan(graph, store, dataFacts)
    await expectedSeconds(graph, stages, store.results)
    await rememberPlan(store.journal, pipeline, 'default', stages)
  } finally {
    store.close()
  }
}

/** @returns the first refusal */
async function tryAll(store: string): Promise<string | undefined> {
  const refused: string[] = []
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work()
      return true
    } catch (cause) {
      refused.push(sentenceOf(cause))
      return false
    }
  }
  for (const command of [...commands, ...last]) await attempt(() => command(store))
  if (!(await attempt(() => repair({ store, json: false })))) return refused[0]
  if ((await verify({ store, json: false })) !== 0) throw new Error('it is not sound after its repair')
  // What they ask for may be gone; the store itself refuses nothing any more.
  for (const command of [...commands, ...last])
    await command(store).catch((cause: unknown) => {
      if (sentenceOf(cause).includes('store')) throw cause
    })
  return refused[0]
}

/** A copy of the seed beside files that are not its own, which must be left as they are. */
async function within(folder: string, bend: (store: string, outside: string) => void): Promise<string | undefined> {
  const [store, outside] = [join(folder, '.espalier'), join(folder, 'outside')]
  filled ??= makeSeed()
  cpSync(await filled, store, { recursive: true, preserveTimestamps: true })
  for (const file of ['thesis.tex', 'ab/cd', `${'ab'.repeat(32)}.json`, `a.1.${'0'.repeat(12)}`]) put(join(outside, file), 'precious')
  const before = contents(outside)
  bend(store, outside)
  const sentence = await tryAll(store)
  if (JSON.stringify(contents(outside)) !== JSON.stringify(before)) throw new Error('something outside of the store was changed')
  return sentence
}

const contents = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).sort().map((name) => {
    const file = join(folder, name)
    return `${name} ${lstatSync(file).isFile() ? readFileSync(file, 'utf8') : ''}`
  })

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  utimesSync(file, 1, 1)
}

const texts = [
  '',
  '{',
  '{"a":1x}',
  '[]',
  '{}',
  'null',
  '0',
  '"a"',
  '[[[[]]]]',
  '{"__proto__":1}',
  '{"constructor":{"prototype":null}}',
  '../../../etc/passwd',
  'sha256:../../x',
  `sha256:${'0'.repeat(64)}`,
  '0'.repeat(64),
  '\u001b[31m',
  '\u202e',
  'a\u0000b',
  'a\nb',
  'x'.repeat(100_000),
  '['.repeat(10_000),
  '1e999',
  '-0',
  'done',
  'hit',
]
const value: fc.Arbitrary<SQLInputValue> = fc.oneof(
  fc.constantFrom(...texts),
  fc.constantFrom(null, -1, 0, 1, 0.5, -0, 1e308, Number.POSITIVE_INFINITY, 2n ** 63n - 1n, -(2n ** 63n), 9007199254740993n, 8.64e15 + 1),
  fc.uint8Array({ maxLength: 40 }),
  fc.json(),
)
type Cell =
  | { readonly by: 'value'; readonly value: SQLInputValue }
  /** Of the text that stands there. */
  | { readonly by: 'cut' | 'letter' | 'number'; readonly at: number }
const cell: fc.Arbitrary<Cell> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ by: fc.constant('value' as const), value }) },
  { weight: 2, arbitrary: fc.record({ by: fc.constantFrom('cut', 'letter', 'number'), at: fc.nat() }) },
)
const columns = tableNames.flatMap((table) => columnsOf(table).map((column) => ({ table, column: column as string })))

interface Cells {
  readonly changes: readonly { readonly where: (typeof columns)[number]; readonly row: number; readonly what: Cell }[]
}

export const storeIndex: Fuzzer<Cells> = {
  name: 'index',
  input: fc.record({
    changes: fc.array(fc.record({ where: fc.constantFrom(...columns), row: fc.nat(), what: cell }), { minLength: 1, maxLength: 3 }),
  }),
  run: ({ changes }, folder) =>
    within(folder, (store) => {
      const db = new DatabaseSync(join(store, 'index.sqlite'))
      for (const { where, row, what } of changes) changeCell(db, where, row, what)
      db.close()
    }),
}

function changeCell(db: DatabaseSync, { table, column }: (typeof columns)[number], row: number, what: Cell): void {
  const select = db.prepare(`SELECT * FROM ${table}`)
  select.setReadBigInts(true)
  const rows = select.all() as Record<string, SQLInputValue>[]
  const chosen = rows[row % Math.max(1, rows.length)]
  if (chosen === undefined) return
  const names = Object.keys(chosen)
  const same = names.map((name) => `${name} IS ?`).join(' AND ')
  const after = what.by === 'value' ? what.value : bent(String(chosen[column] ?? ''), what)
  try {
    db.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${same}`).run(after, ...names.map((name) => chosen[name]!))
  } catch {
    // The table refuses it: NULL where there must be something, or a key that is there already.
  }
}

function bent(text: string, { by, at }: Extract<Cell, { readonly at: number }>): string {
  const place = at % (text.length + 1)
  if (by === 'cut') return text.slice(0, place)
  if (by === 'number') return text.replace(/\d+/, String(at * 1e6))
  return `${text.slice(0, place)}${String.fromCodePoint(32 + (at % 95))}${text.slice(place + 1)}`
}

const ways = [
  'cut',
  'flip',
  'gone',
  'empty',
  'longer',
  'folder',
  'fifo',
  'link to a file',
  'link to a folder',
  'link to nothing',
  'link to a device',
  'link to itself',
  'hard link',
  'another name',
  'another place',
  'a copy of another',
] as const

interface Changes {
  readonly changes: readonly { readonly file: number; readonly way: (typeof ways)[number]; readonly at: number }[]
}

export const storeFolders: Fuzzer<Changes> = {
  name: 'store',
  input: fc.record({
    changes: fc.array(fc.record({ file: fc.nat(), way: fc.constantFrom(...ways), at: fc.nat() }), { minLength: 1, maxLength: 3 }),
  }),
  run: ({ changes }, folder) =>
    within(folder, (store, outside) => {
      for (const { file, way, at } of changes) {
        // Nothing behind the links that earlier changes have made.
        const inside = (name: string) => realpathSync(dirname(join(store, name))).startsWith(realpathSync(store))
        const paths = (readdirSync(store, { recursive: true }) as string[]).filter(inside).sort()
        const pick = (n: number) => join(store, paths[n % paths.length]!)
        // The index is one file of many, and worth many tries.
        const path = file % 5 === 0 ? join(store, 'index.sqlite') : pick(file)
        try {
          bend(path, way, { at, outside, other: pick(at) })
        } catch {
          // Two changes of one place.
        }
      }
    }),
}

interface Around {
  readonly at: number
  readonly outside: string
  /** Another file or folder of the store. */
  readonly other: string
}

function bend(path: string, way: (typeof ways)[number], { at, outside, other }: Around): void {
  const content = lstatSync(path).isFile() ? readFileSync(path) : Buffer.from('x')
  const place = at % (content.length + 1)
  const changes: { readonly [way in (typeof ways)[number]]: () => void } = {
    'another name': () => renameSync(`${path}~`, `${path.slice(0, -1)}~`),
    'another place': () => renameSync(`${path}~`, other),
    cut: () => writeFileSync(path, content.subarray(0, place)),
    flip: () => writeFileSync(path, content.with(place % content.length, content[place % content.length]! ^ (1 << (at % 8)))),
    gone: () => {},
    empty: () => writeFileSync(path, ''),
    longer: () => writeFileSync(path, Buffer.concat([content, Buffer.alloc(1 + (at % 9000), at % 256)])),
    folder: () => mkdirSync(join(path, 'within'), { recursive: true }),
    fifo: () => void execFileSync('mkfifo', [path]),
    'link to a file': () => symlinkSync(join(outside, 'thesis.tex'), path),
    'link to a folder': () => symlinkSync(outside, path),
    'link to nothing': () => symlinkSync(join(outside, 'nothing'), path),
    'link to a device': () => symlinkSync('/dev/zero', path),
    'link to itself': () => symlinkSync(path, path),
    'hard link': () => linkSync(join(outside, 'thesis.tex'), path),
    'a copy of another': () => cpSync(other, path, { recursive: true }),
  }
  renameSync(path, `${path}~`)
  changes[way]()
  rmSync(`${path}~`, { recursive: true, force: true })
}
