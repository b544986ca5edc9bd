/** What can happen to a store outside of espalier: each is reported in words, nothing is lost, and the same command goes on when it is over. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, type TestContext, test } from 'vitest'
import { type Ended, eventsNamed, type PlanDocument, Project, type User } from './command.ts'

const project = new Project({
  'a.pipeline.ts': `
import { adam, digits, lenet300, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })
export default train().prune(0.5)
export const more = train().prune(0.8)
`,
})
afterAll(() => project.remove())

/** Of an undisturbed run, by path. */
let undisturbed: { readonly [path: string]: string | null }
beforeAll(async () => {
  const { code } = await project.espalier('run', 'a.pipeline.ts')
  expect(code).toBe(0)
  undisturbed = await artifactsIn('.espalier')
})

async function artifactsIn(store: string, file = 'a.pipeline.ts'): Promise<{ readonly [path: string]: string | null }> {
  const { stdout } = await project.espalier('plan', file, '--json', '--store', store)
  const { stages } = JSON.parse(stdout) as PlanDocument
  expect(stages.map(({ status }) => status)).toEqual(stages.map(() => 'hit'))
  return Object.fromEntries(stages.map(({ path, artifact }) => [path, artifact]))
}

/** A copy of the finished store, files as old as they were. */
function copyOfStore(name: string): string {
  cpSync(join(project.folder, '.espalier'), join(project.folder, name), { recursive: true, preserveTimestamps: true })
  return name
}

/** A file system of its own in the project, or the test is skipped where none can be mounted. */
function mounted(name: string, megabytes: number, context: TestContext): string {
  const folder = join(project.folder, name)
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (cause) {
    context.skip(`no disk can be mounted here: ${cause instanceof Error ? cause.message : cause}`)
  }
  onTestFinished(() => void execFileSync('umount', [folder]))
  return folder
}

const sound = async (store: string) =>
  expect(await project.espalier('store', 'verify', '--store', store)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^The store is sound/),
  })

const told = ({ code, stdout, stderr }: Ended) => ({ code, said: stdout + stderr })

test('a disk that is full: what there is room for is kept, the rest is told in bytes; with room again it goes on to the same bits', async (context) => {
  const disk = mounted('full', 48, context)
  cpSync(join(project.folder, '.espalier/data'), join(disk, 'data'), { recursive: true })
  const filler = join(disk, 'filler')
  const leave = (kilobytes: number) => {
    rmSync(filler, { force: true })
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(filler, Buffer.alloc(bavail * bsize - kilobytes * 1024))
  }
  const run = (...more: readonly string[]) => project.espalier('run', 'a.pipeline.ts', '--store', 'full', ...more)

  leave(0) // not even the index
  expect(told(await run())).toEqual({ code: 2, said: expect.stringMatching(/^The disk is full: the store's index could not be written/) })
  leave(600) // not the weights
  const first = told(await run())
  expect(first).toEqual({
    code: 1,
    said: expect.stringMatching(/^failed {2}init {2}The disk is full: .* nothing of it was left behind\. {2}\S+a\.pipeline\.ts:\d+:\d+$/m),
  })
  expect(first.said).toMatch(/bytes needed +\d{7}\n +bytes free +\d+\n +bytes missing +\d+\n/)
  await sound('full')
  leave(6500) // the weights, and one checkpoint of the training
  const second = told(await run('--checkpoint-every', '0.001'))
  expect(second).toEqual({ code: 1, said: expect.stringMatching(/^failed {2}train {2}The disk is full: /m) })
  expect(second.said).toMatch(/file .*\.ckpt\n/)
  expect(readdirSync(join(disk, 'tmp'))).toEqual([])
  expect(
    readdirSync(join(disk, 'checkpoints'), { recursive: true }).filter(
      (name) => !/^[0-9a-f]{64}(\/\d+-[0-9a-f]{16}\.ckpt)?$/.test(String(name)),
    ),
  ).toEqual([])
  await sound('full')

  rmSync(filler)
  const last = await run('--json')
  expect(eventsNamed(last.stdout, 'done')[0]!.stages).toMatchObject({ total: 4, hit: 1, run: 2, resumed: 1 })
  expect(await artifactsIn('full')).toEqual(undisturbed)
  await sound('full')
})

/** The number of the user without rights of its own. */
const nobody = 65_534

/** Who cannot write what modes forbid: this user, or where that is root, another one. */
function unprivileged(context: TestContext): User {
  if (process.getuid?.() !== 0) return {}
  const user = { uid: nobody, gid: nobody }
  chmodSync(project.folder, 0o755)
  const [program, ...words] = project.commandLine(['--version'])
  const { status, error, stderr } = spawnSync(program!, words, { ...user, cwd: project.folder, encoding: 'utf8' })
  // A checkout in a folder that is root's alone.
  if (status !== 0) context.skip(`another user than root cannot start the command here: ${error?.message ?? stderr}`)
  return user
}

test.for(['its disk is mounted so', 'its modes say so'])(
  'a store that cannot be written (%s) is read; what is not in it is refused before anything starts',
  async (why, context) => {
    const store = why.replaceAll(' ', '-')
    let user: User = {}
    if (why === 'its disk is mounted so') {
      const folder = mounted(store, 64, context)
      cpSync(join(project.folder, '.espalier'), folder, { recursive: true, preserveTimestamps: true })
      execFileSync('mount', ['-o', 'remount,ro', folder])
    } else {
      user = unprivileged(context)
      const folder = join(project.folder, copyOfStore(store))
      const modes = (folders: number) => {
        for (const name of ['.', ...readdirSync(folder, { recursive: true }).map(String)])
          chmodSync(join(folder, name), statSync(join(folder, name)).isDirectory() ? folders : 0o444)
      }
      modes(0o555)
      onTestFinished(() => modes(0o755))
    }
    const espalier = (...args: readonly string[]) => project.start(args, {}, user).ended
    const files = () => readdirSync(join(project.folder, store), { recursive: true }).map(String).sort()
    const before = files()
    const again = await espalier('run', 'a.pipeline.ts', '--json', '--store', store)
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(eventsNamed(again.stdout, 'done')[0]!.stages).toMatchObject({ total: 4, hit: 4 })
    for (const args of [['plan', 'a.pipeline.ts#more'], ['runs'], ['show', 'last'], ['store', 'stat']])
      expect(await espalier(...args, '--store', store)).toMatchObject({ code: 0, stderr: '' })
    expect(await espalier('store', 'verify', '--store', store)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The store is sound/),
    })

    const more = await espalier('run', 'a.pipeline.ts#more', '--store', store)
    expect(more).toMatchObject({ code: 2, stdout: '' })
    expect(more.stderr).toMatch(
      /^The store cannot be written, so espalier cannot compute what is not in it yet\.\n(?: {2}.*\n)+ {2}missing +2 stages, the first is /,
    )
    for (const [args, doing] of [
      [['gc'], 'remove anything from it'],
      [['store', 'repair'], 'repair it'],
      [['store', 'pin', 'last'], 'change its index'],
    ] as const)
      expect(await espalier(...args, '--store', store)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`cannot ${doing}.`),
      })
    expect(files()).toEqual(before)
  },
)

test.each(['found at the look-up', 'when a stage reads it, for the file looks untouched'])(
  'a damaged object (%s) is told, set aside, and made again to the same bits; nothing else is',
  async (when) => {
    const store = copyOfStore(`flipped ${when.slice(0, 5)}`)
    const objectFile = (digest: string) => join(project.folder, store, 'objects', digest.slice(7, 9), digest.slice(9))
    const { weights } = JSON.parse(readFileSync(objectFile(undisturbed.train!), 'utf8')) as { readonly weights: string }
    const then = new Date('2026-01-01')
    if (when.startsWith('when')) {
      // Checked once: from now on size and time stand in for reading it.
      utimesSync(objectFile(weights), then, then)
      await artifactsIn(store)
    }
    const content = readFileSync(objectFile(weights))
    content[content.length >> 1]! ^= 1
    writeFileSync(objectFile(weights), content)
    utimesSync(objectFile(weights), then, then)

    const { code, stdout } = await project.espalier('run', 'a.pipeline.ts#more', '--json', '--store', store)
    expect(code).toBe(0)
    expect(eventsNamed(stdout, 'warning').map(({ problem }) => problem.title)).toEqual(['more/train: its artifact is damaged.'])
    expect(eventsNamed(stdout, 'stage-done').map(({ path }) => path)).toEqual(['more/train', 'more/prune', 'more/evaluate'])
    const found = eventsNamed(stdout, 'hit').map(({ path }) => path)
    expect(found).toEqual(when.startsWith('when') ? ['more/init', 'more/train'] : ['more/init'])
    expect(readdirSync(join(project.folder, store, 'quarantine'))).toEqual([weights.slice(7)])
    expect(await artifactsIn(store)).toEqual(undisturbed)
    await sound(store)
  },
)

test('a damaged index is told by every command and not touched; repaired, everything is there', async () => {
  const store = copyOfStore('index')
  const file = join(project.folder, store, 'index.sqlite')
  const content = readFileSync(file)
  content.fill(0x5a, 4096, 12 * 4096)
  writeFileSync(file, content)
  for (const args of [['run', 'a.pipeline.ts'], ['plan', 'a.pipeline.ts'], ['runs'], ['store', 'verify']]) {
    const { code, stdout, stderr } = await project.espalier(...args, '--store', store)
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
    expect(stderr).toMatch(/^The store's index is damaged; nothing in it was changed\.\n(.*\n)+.*espalier store repair/)
  }
  expect(readFileSync(file).equals(content)).toBe(true)
  const repaired = await project.espalier('store', 'repair', '--store', store)
  expect(repaired).toMatchObject({ code: 0, stdout: expect.stringMatching(/^The index was damaged and has been rebuilt: /) })
  expect(await artifactsIn(store)).toEqual(undisturbed)
  await sound(store)
})

test('a clock that is set back by ten days changes nothing: what is there is found, what is new is kept, and gc takes none of it', async () => {
  const store = copyOfStore('clock')
  const earlier =
    'const D=Date;globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(D.now()-864e6)}static now(){return D.now()-864e6}}'
  const back = (...args: readonly string[]) =>
    project.start([...args, '--store', store], { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(earlier)}` }).ended
  const more = await back('run', 'a.pipeline.ts#more', '--json')
  expect(more).toMatchObject({ code: 0, stderr: '' })
  expect(eventsNamed(more.stdout, 'done')[0]!.stages).toMatchObject({ total: 4, hit: 2, run: 2 })
  const runs = JSON.parse((await back('runs', '--json')).stdout) as readonly { readonly id: number; readonly started: string }[]
  expect(runs.map(({ id }) => id)).toEqual([2, 1])
  expect(Date.parse(runs[0]!.started)).toBeLessThan(Date.parse(runs[1]!.started))
  for (const gc of [await back('gc', '--json'), await project.espalier('gc', '--json', '--store', store)]) expect(gc.code).toBe(0)
  expect(await artifactsIn(store)).toEqual(undisturbed)
  const again = await project.espalier('run', 'a.pipeline.ts#more', '--json', '--store', store)
  expect(eventsNamed(again.stdout, 'done')[0]!.stages).toMatchObject({ total: 4, hit: 4 })
  await sound(store)
})
