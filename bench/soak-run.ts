/**
 * One soak test in its own process: `node --expose-gc bench/soak-run.ts RUN COUNT ENGINE THREADS` repeats some work COUNT times and prints
 * samples of its memory as JSON.
 */
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { openEngine } from '../runtime/engine/open.ts'
import type { Engine, Tensor } from '../stdlib/engine.ts'
import { sizeOf } from '../stdlib/network.ts'
import type { Sample } from './growth.ts'
import { networks } from './networks.ts'
import { training } from './training.ts'

const readings = 40

/** `once` does it for the `i`-th time; `end` frees what all repetitions share. */
interface Work {
  once(i: number): Promise<void>
  end(): void
}

const runs: { readonly [run: string]: (engine: Engine) => Work } = {
  steps: trainingSteps,
  cycles: compileCycles,
  failures: failingOps,
}

/** LeNet-300-100 with fresh batches from JavaScript at each call. */
function trainingSteps(engine: Engine): Work {
  const { tf } = engine
  const { batch, input } = networks.lenet300
  const its = training(engine, 'lenet300')
  const shape = [its.together, batch, ...input]
  const pixels = Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 2654435761) % 1000) / 1000)
  return {
    async once() {
      const images = tf.tensor(pixels, shape)
      const loss = await its.once([images, ...its.inputs.slice(1)])
      images.dispose()
      if (!Number.isFinite(loss)) throw new Error(`The loss is ${loss}.`)
    },
    end: () => its.dispose(),
  }
}

/** Builds a training, compiles it, runs one step and disposes of it. */
function compileCycles(engine: Engine): Work {
  return {
    async once() {
      const its = training(engine, 'lenet300', 1)
      await its.once()
      its.dispose()
    },
    end() {},
  }
}

/** Of ten: five operations and four steps with an index out of range, and a step whose shapes do not match. */
function failingOps(engine: Engine): Work {
  const { tf } = engine
  const [wide, rows] = [tf.ones([2, 3]), tf.tensor1d([0, 7], 'int32')]
  const table = tf.variable(tf.ones([2]), false)
  const picked = (rows: Tensor) => tf.gather(table, rows as never) as Tensor
  const step = engine.compile('soak', [{ name: 'rows', shape: [2], dtype: 'int32' }], (rows) => {
    table.assign(tf.add(table, 1))
    return [picked(rows!)]
  })
  const ways = {
    operation: async () => tf.tidy(() => void picked(rows)),
    step: async () => void (await step.run([rows])),
    compile: async () => void (await engine.compile('unfit', [], () => [tf.matMul(wide as never, wide as never) as Tensor]).run([])),
  }
  return {
    async once(i) {
      const way = i % 10 < 5 ? ways.operation : i % 10 < 9 ? ways.step : ways.compile
      const failed = await way().then(
        () => false,
        () => true,
      )
      if (!failed) throw new Error('Nothing failed.')
    },
    end() {
      step.dispose()
      tf.dispose([wide, rows, table])
    },
  }
}

/** Anonymous memory in MB without V8's free heap; without /proc, resident memory. */
function megabytes(): number {
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  const reserve = heapTotal - heapUsed
  if (process.platform !== 'linux') return (rss - reserve) / 1e6
  const anonymous = Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
  return (anonymous - reserve) / 1e6
}

async function soak(work: Work, count: number, engine: Engine): Promise<Sample[]> {
  const samples: Sample[] = []
  for (let done = 0; done <= count; done++) {
    if (done % Math.ceil(count / readings) === 0 || done === count) {
      // Garbage does not count as growth.
      await setImmediate()
      globalThis.gc?.()
      samples.push({ done, megabytes: megabytes(), tensors: engine.memory().tensors })
    }
    if (done < count) await work.once(done)
  }
  return samples
}

const [run, count, name, threads] = process.argv.slice(2)
const engine = await openEngine({ engine: name === 'portable' ? 'portable' : 'tensorflow', threads: Number(threads) })
const work = runs[run!]!(engine)
const start = performance.now()
const samples = await soak(work, Number(count), engine)
work.end()
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, samples }))
