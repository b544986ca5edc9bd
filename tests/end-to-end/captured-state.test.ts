/** What functions of the user's have captured, and the world they find: what could make one key stand for two results is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventsNamed, type PlanDocument, Project } from './command.ts'

const head = `import { adam, compare, criterion, digits, lenet300, loss, task } from 'espalier'
const { init, train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
`
const two = `export const a = init().prune(criterion(0.5, fn))
export const b = init().prune(criterion(0.9, fn))
export default compare({ a, b })
`

const project = new Project({
  'node_modules/noisy/package.json': '{ "name": "noisy", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/noisy/index.js': `import { randomInt } from 'node:crypto'
import { performance } from 'node:perf_hooks'
export const drawn = (x) => x * Math.random()
export const hidden = (x) => { try { return x * randomInt(100) } catch { return x } }
export const timed = (x) => x + performance.now()
export const dated = (x) => x + new Date().getTime()
export const ticked = (x) => x + process.hrtime()[0]
export const later = (x) => { setTimeout(() => {}, 1); return x }
export const here = (x) => x + process.cwd().length
`,
})
afterAll(() => project.remove())

async function run(file: string, text: string, env: NodeJS.ProcessEnv = {}) {
  project.write(file, text)
  const { stdout, stderr } = await project.start(['run', file, '--json', '--retries', '0'], env).ended
  return { failed: eventsNamed(stdout, 'stage-failed'), done: eventsNamed(stdout, 'done')[0], stderr }
}

async function refusal(file: string, text: string): Promise<string> {
  project.write(file, text)
  const { code, stderr } = await project.espalier('plan', file)
  expect(code).not.toBe(0)
  return stderr
}

describe('a function that leaves what it captured other than it was fails its stages, alone and together, and says what changed', () => {
  test.each([
    [
      'a seeded generator in a class',
      `class Rng {
  #s: number
  constructor(seed: number) { this.#s = seed }
  next() { this.#s = (this.#s * 16807) % 2147483647; return this.#s / 2147483647 }
}
const rng = new Rng(42)
const fn = (w: Float32Array) => w.map((x) => Math.abs(x) * rng.next())
`,
      /^rng\.#s: 42 → \d+$/,
    ],
    [
      'an object that counts',
      'const o = { n: 1, next() { return (this.n = (this.n * 16807) % 2147483647) } }\nconst fn = (w: Float32Array) => w.map((x) => x * o.next())\n',
      /^o\.n: 1 → \d+$/,
    ],
    [
      'a static field',
      'class C { static n = 1; static next() { return (C.n = (C.n * 16807) % 2147483647) } }\nconst fn = (w: Float32Array) => w.map((x) => x * C.next())\n',
      /^C\.n: 1 → \d+$/,
    ],
    [
      'bytes that a helper changes',
      'const state = new Uint32Array([1])\nconst next = (s: Uint32Array) => (s[0] = (s[0]! * 16807) % 65521)\nconst fn = (w: Float32Array) => w.map((x) => x * next(state))\n',
      /^state$/,
    ],
  ])('%s', async (name, text, changed) => {
    const { failed } = await run(`${name.replaceAll(' ', '-')}.pipeline.ts`, head + text + two)
    expect(failed.map(({ path }) => path).sort()).toEqual(['a/prune', 'b/prune'])
    for (const { problem } of failed) {
      expect(problem.title).toContain("'fn' modifies a captured value, so its result depends on earlier calls.")
      expect(problem.facts).toContainEqual(['changed', expect.stringMatching(changed)])
    }
  })

  test('an iterator is refused at plan', async () => {
    const text =
      'function* g() { let s = 1; for (;;) yield (s = (s * 16807) % 2147483647) }\nconst it = g()\nconst fn = (w: Float32Array) => w.map((x) => x * (it.next().value as number))\n'
    expect(await refusal('gen.pipeline.ts', head + text + two)).toContain("'it' is an iterator, which advances with every use.")
  })
})

test('a value that a function sets while the file loads decides the key', async () => {
  const text = (k: number) =>
    `${head}class Scale { k = 1; at(x: number) { return Math.abs(x - this.k) } }
const scale = new Scale()
const configure = () => { scale.k = ${k} }
configure()
export default init().prune(criterion(0.5, (w: Float32Array) => w.map((x) => scale.at(x))))
`
  const first = await run('setup.pipeline.ts', text(-5))
  expect(first.done!.stages).toMatchObject({ failed: 0 })
  project.write('setup.pipeline.ts', text(5))
  const { stages } = JSON.parse((await project.espalier('plan', 'setup.pipeline.ts', '--json')).stdout) as PlanDocument
  expect(stages.map(({ path, status }) => [path, status])).toContainEqual(['prune', 'run'])
})

describe('what is another each time', () => {
  test('drawn while the file loads is refused at plan, with its line; what no function has captured may be drawn', async () => {
    const text = `${head}const started = Date.now()
const k = Math.random()
const fn = (w: Float32Array) => w.map((x) => x * k)
${two}console.error(started)
`
    const said = await refusal('drawn.pipeline.ts', text)
    expect(said).toContain("'fn' has captured a value that changes each time the file is loaded: Math.random().")
    expect(said).toContain('drawn.pipeline.ts:4:16')
    project.write('logged.pipeline.ts', text.replace('const k = Math.random()', 'const k = 2'))
    expect((await project.espalier('plan', 'logged.pipeline.ts')).code).toBe(0)
  })

  test.each([
    ['the time', 'const k = new Date().getTime()', 'new Date()'],
    ['an id', "import { randomUUID } from 'node:crypto'\nconst k = Number.parseInt(randomUUID().slice(0, 8), 16)", 'crypto.randomUUID()'],
    ['the process', 'const k = process.pid', 'process.pid'],
    ['in an instance', 'class A { at = performance.now() }\nconst made = new A()\nconst k = made.at', 'performance.now()'],
  ])('%s', async (name, line, subject) => {
    const text = `${head}${line}\nconst fn = (w: Float32Array) => w.map((x) => x * k)\n${two}`
    expect(await refusal(`${name.replaceAll(' ', '-')}-drawn.pipeline.ts`, text)).toContain(`each time the file is loaded: ${subject}`)
  })

  test('random numbers of TensorFlow in a loss, before the teacher is trained', async () => {
    const text = `${head}export default init().distill(train(), loss(({ tf, student, teachers: [t] }) => tf.losses.meanSquaredError(tf.add(t!, tf.randomNormal(t!.shape)), student)))\n`
    const said = await refusal('tf.pipeline.ts', text)
    expect(said).toContain('tf.randomNormal without a seed draws random numbers')
    expect(said).toContain('tf.pipeline.ts:3:119')
    expect(said).toContain('Pass a seed')
    project.write('seeded.pipeline.ts', text.replace('t!.shape)', "t!.shape, 0, 1, 'float32', 7)"))
    expect((await project.espalier('plan', 'seeded.pipeline.ts')).code).toBe(0)
  })

  test('inside a package throws while a function of the user calls it, even where the package catches it', async () => {
    const names = {
      drawn: 'Math.random()',
      hidden: 'crypto.randomInt()',
      timed: 'performance.now()',
      dated: 'new Date()',
      ticked: 'process.hrtime()',
      later: 'setTimeout()',
      here: 'process.cwd()',
    }
    const arms = Object.keys(names).map(
      (name) => `${name}: init().prune(criterion(0.5, (w: Float32Array) => w.map((x, i) => (i < 2 ? ${name}(x) : x))))`,
    )
    const text = `${head}import { ${Object.keys(names).join(', ')} } from 'noisy'\nexport default compare({ ${arms.join(',\n')} })\n`
    const { failed } = await run('noisy.pipeline.ts', text)
    expect(Object.fromEntries(failed.map(({ path, problem }) => [path, /it called (.+), itself/.exec(problem.title)?.[1]]))).toEqual(
      Object.fromEntries(Object.entries(names).map(([name, subject]) => [`${name}/prune`, subject])),
    )
    for (const { problem } of failed) expect(problem.facts.find(([label]) => label === 'at')![1]).toContain('noisy.pipeline.ts')
  }, 180_000)
})

describe('the environment', () => {
  let key = ''
  const text = `${head}const hour = new Date(2020, 6, 1).getTime()
const said = (1234.5).toLocaleString() + new Intl.NumberFormat().format(1234.5) + ['ä', 'z'].sort((a, b) => a.localeCompare(b)).join('')
const memory = Buffer.allocUnsafe(64).reduce((a, b) => a + b, 0)
const trace = (e: Error) => e.stack!.length
const fn = (w: Float32Array) => w.map((x) => x * (hour % 7) + said.length + memory + trace(new Error('a')) + new Date(2020, 0, 1).getHours() + Buffer.allocUnsafe(9)[3]!)
export default init().prune(criterion(0.5, fn))
`
  beforeAll(async () => {
    const { done, failed } = await run('world.pipeline.ts', text, { TZ: 'Asia/Tokyo', LC_ALL: 'de_DE.UTF-8' })
    expect(failed).toEqual([])
    key = done!.results[0]!.artifact!
  }, 120_000)

  test('the zone, the locale, memory and stacks are the same everywhere: one key, one result', async () => {
    const { done } = await run('world.pipeline.ts', text, { TZ: 'America/New_York', LC_ALL: 'C' })
    expect(done!.stages).toMatchObject({ run: 0, failed: 0 })
    project.write('elsewhere/deeper/world.pipeline.ts', text)
    const again = await run('elsewhere/deeper/world.pipeline.ts', text, { TZ: 'America/New_York' })
    expect(again.done!.results[0]!.artifact).toBe(key)
  }, 120_000)
})
