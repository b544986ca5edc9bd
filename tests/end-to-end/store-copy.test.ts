import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noPostgres, PostgresServer } from '../runtime/store/postgres/server.ts'
import { temporaryFolder } from '../runtime/store/temporary-store.ts'
import { eventsNamed, type PlanDocument, type Project, temporaryProject } from './command.ts'

/** Stages that do next to nothing, each with weights of its own. */
const pipeline = (arms: number) => `
import { compare, data, model, sgd, stage, task } from 'espalier'
const split = { images: new Float32Array(32), labels: new Int32Array(8) }
const dots = () => ({ input: [2, 2, 1] as const, train: split, validation: split, test: split })
const net = model(
  (tf) => tf.sequential({ layers: [tf.layers.flatten({ inputShape: [2, 2, 1] }), tf.layers.dense({ name: 'out', units: 2 })] }),
  { classes: 2, layers: { out: 2 }, channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 },
)
const moved = (i: number) => stage('moved', ({ weights }, options) => new Map(Array.from(weights, ([name, w]) => [name, w.map((x) => x + options.i)])), { i })
const { init } = task({ model: net, data: data(2, dots), optimizer: sgd({ lr: 0.1 }), epochs: 1, batch: 8 })
export default compare(Object.fromEntries(Array.from({ length: ${arms} }, (_, i) => ['s' + i, init().pipe(moved(i))])))
`

const statuses = async (project: Project): Promise<string[]> => {
  const { stages } = JSON.parse((await project.espalier('plan', 'a.pipeline.ts', '--json')).stdout) as PlanDocument
  return [...new Set(stages.map(({ status }) => status))]
}

describe.skipIf(noPostgres !== undefined)(`two laptops and a shared store (${noPostgres ?? 'PostgreSQL'})`, () => {
  let server: PostgresServer
  beforeAll(() => {
    server = new PostgresServer()
  })
  afterAll(() => server?.remove())

  test('what one has computed is copied to the other through a shared store, killed on its way and begun again, and back: every stage is a hit', async () => {
    const [database, objects] = [server.createDatabase(), join(await temporaryFolder(), 'objects')]
    const [one, other] = [temporaryProject({ 'a.pipeline.ts': pipeline(40) }), temporaryProject({ 'a.pipeline.ts': pipeline(40) })]
    expect((await one.espalier('run', 'a.pipeline.ts')).code).toBe(0)
    const sql = (statement: string) => server.sql(statement, new URL(database).pathname.slice(1))
    const copied = () => (sql("SELECT to_regclass('espalier.results')") === '' ? 0 : Number(sql('SELECT count(*) FROM espalier.results')))
    const push = ['store', 'copy', '.espalier', database, '--objects', objects]
    const killed = one.start(push)
    while (copied() === 0 && killed.child.exitCode === null) await sleep(20)
    killed.killAll('SIGKILL')
    await killed.ended
    expect(await one.espalier(...push)).toMatchObject({ code: 0 })
    expect(copied()).toBe(81)
    expect((await one.espalier(...push)).stdout).toMatch(/^Nothing to copy; 81 results were there\./)

    expect(await statuses(other)).not.toContain('hit')
    expect(await other.espalier('store', 'copy', database, '.espalier')).toMatchObject({ code: 0 })
    expect(await statuses(other)).toEqual(['hit'])
    // The other one goes further, and gives that back.
    for (const project of [one, other]) project.write('a.pipeline.ts', pipeline(45))
    const further = await other.espalier('run', 'a.pipeline.ts', '--json')
    expect(eventsNamed(further.stdout, 'done')[0]?.stages).toMatchObject({ hit: 81, run: 10 })
    expect(await other.espalier('store', 'copy', '.espalier', database)).toMatchObject({ code: 0 })
    expect(await one.espalier('store', 'copy', database, '.espalier')).toMatchObject({ code: 0 })
    expect(await statuses(one)).toEqual(['hit'])
    expect(await one.espalier('store', 'verify')).toMatchObject({ code: 0 })
  }, 120_000)
})
