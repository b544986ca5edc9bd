/**
 * `npm run bench -- cluster [--stages 1000] [--workers 8]`: overhead per stage for workers of a PostgreSQL database on this machine when
 * the stages take no time, latency from ready to taken, and a run with cache hits only. Everything shares one machine. For comparison, in
 * the same run, redun with as many processes on the same graph, with a fifth of the stages; it is installed for that, and skipped with the
 * reason where that fails.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { eventsNamed, Project, type Running } from '../tests/end-to-end/command.ts'
import { pythonWith } from '../tests/python-packages.ts'
import { noPostgres, PostgresServer } from '../tests/runtime/store/postgres/server.ts'
import { timed } from './peers.ts'

/** @param next what a stage follows: the first, or the one before it @param from first number: other numbers are other stages */
const pipeline = (stages: number, next: 'wide' | 'chain', from = 0) => `
import { adam, compare, data, model, stage, task } from 'espalier'
const split = { images: new Float32Array(32), labels: new Int32Array(8) }
const dots = () => ({ input: [2, 2, 1] as const, train: split, validation: split, test: split })
const net = model(
  (tf) => tf.sequential({ layers: [tf.layers.flatten({ inputShape: [2, 2, 1] }), tf.layers.dense({ name: 'out', units: 2 })] }),
  { classes: 2, layers: { out: 2 }, channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 },
)
const same = (i: number) => stage('same', ({ weights }, options) => new Map(Array.from(weights, ([name, w]) => [name, w.map((x) => x + 0 * options.i)])), { i })
const { init } = task({ model: net, data: data(2, dots), optimizer: adam({ lr: 1e-3 }), epochs: 1, batch: 8 })
const numbers = Array.from({ length: ${stages} }, (_, i) => i + ${from})
export const wide = compare(Object.fromEntries(numbers.map((i) => ['s' + i, init().pipe(same(i))])))
export const chain = numbers.reduce((before, i) => before.pipe(same(i)), init())
export default ${next}
`

async function started(worker: Running): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    worker.child.stderr!.on('data', (text: string) => text.includes('waits for stages') && resolve())
    void worker.ended.then(({ stderr }) => reject(new Error(`a worker ended:\n${stderr}`)))
  })
}

const redun = '0.44.1'

/** As text. */
async function besideRedun(stages: number, workers: number): Promise<string> {
  const { python, missing } = await pythonWith(`redun-${redun}`, [`redun==${redun}`])
  if (missing !== undefined) return `redun is left out: ${missing}`
  const folder = mkdtempSync(join(tmpdir(), 'espalier-redun-'))
  try {
    const script = join(import.meta.dirname, 'redun_peer.py')
    const { output } = timed(python, [script, String(stages), String(workers), folder])
    const [version, first, again] = output.trim().split('\n').at(-1)!.split(' ')
    const rate = ((stages + 1) / Number(first)).toFixed(1)
    return `redun ${version}, ${workers} processes, SQLite: ${rate} stages a second; a run of ${stages + 1} that are all there ${Number(again).toFixed(2)} s`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { stages: { type: 'string', default: '1000' }, workers: { type: 'string', default: '8' } },
  })
  const [stages, count] = [Number(values.stages), Number(values.workers)]
  if (noPostgres !== undefined) throw new Error(noPostgres)
  const server = new PostgresServer()
  const project = new Project({
    'warm.pipeline.ts': pipeline(4 * count, 'wide', 1_000_000),
    'wide.pipeline.ts': pipeline(stages, 'wide'),
    'chain.pipeline.ts': pipeline(Math.ceil(stages / 10), 'chain'),
  })
  const workers: Running[] = []
  const machines = Array.from({ length: count }, () => new Project())
  const database = server.createDatabase()
  const env = { ESPALIER_STORE: database, ESPALIER_OBJECTS: join(project.folder, 'objects') }
  const sql = (statement: string) => server.sql(statement, new URL(database).pathname.slice(1))
  const run = async (name: string) => {
    const { code, stdout, stderr } = await project.start(['run', `${name}.pipeline.ts`, '--on', 'cluster', '--json'], env).ended
    const done = eventsNamed(stdout, 'done')[0]
    if (code !== 0 || done === undefined) throw new Error(`${name} failed:\n${stdout.slice(-2000)}\n${stderr}`)
    return done
  }
  try {
    const begin = (machine: Project): Promise<void> => {
      const worker = machine.start(['worker', '--threads', '1'], env)
      workers.push(worker)
      return started(worker)
    }
    const [first, ...others] = machines
    await begin(first!) // it creates the store
    await Promise.all(others.map(begin))
    await run('warm')
    sql('CREATE TABLE espalier.waits (ms double precision)')
    sql(
      `CREATE FUNCTION espalier.note_wait() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
         INSERT INTO espalier.waits VALUES (extract(epoch FROM new.taken - new.offered) * 1000); RETURN new; END$$`,
    )
    sql(
      'CREATE TRIGGER waits AFTER UPDATE OF claim ON espalier.jobs FOR EACH ROW WHEN (new.claim IS NOT NULL) EXECUTE FUNCTION espalier.note_wait()',
    )
    const chain = await run('chain')
    const p = (share: number) => Number(sql(`SELECT percentile_cont(${share}) WITHIN GROUP (ORDER BY ms) FROM espalier.waits`))
    const [half, most] = [p(0.5), p(0.95)]
    const wide = await run('wide')
    const again = await run('wide')
    const rows = [
      ['stages a second, all ready at once', (wide.stages.run / wide.seconds).toFixed(0)],
      ['ms from ready to taken, p50 and p95, one stage ready at a time', `${half.toFixed(0)} and ${most.toFixed(0)}`],
      ['ms a stage, one after the other', ((1000 * chain.seconds) / chain.stages.run).toFixed(0)],
      [`seconds of a run of ${again.stages.total} stages that are all there, after its start`, again.seconds.toFixed(2)],
    ]
    console.log(`${count} workers, ${availableParallelism()} cores, PostgreSQL without fsync in a socket's distance`)
    for (const [what, value] of rows) console.log(`${what!.padEnd(70)} ${value}`)
    console.log(await besideRedun(Math.ceil(stages / 5), count))
  } finally {
    for (const worker of workers) worker.killAll('SIGKILL')
    await Promise.all(workers.map(({ ended }) => ended))
    for (const machine of [project, ...machines]) machine.remove()
    server.remove()
  }
}
