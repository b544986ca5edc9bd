import type { Arch } from './arch.ts'
import { here } from './at.ts'
import { callable, inRange, optionsOf, plain, problem, ranges, shown } from './checks.ts'
import { distillMethod } from './distill.ts'
import { isPipeline, type PipelineExpr, target } from './expr.ts'
import { keepOf } from './keep.ts'
import { withRate } from './optimizer.ts'
import type { Pipeline, Weights } from './pipeline.ts'
import { layersNamed, pruneOptions } from './prune.ts'
import { peak, scheduleOf } from './schedule.ts'
import type { OptimizerSpec, ScheduleSpec, Spec, TrainOptions } from './stage.ts'
import { why, whyRewind } from './why.ts'

/** What a task fixes for all its pipelines. */
export interface Setting {
  readonly model: Spec
  readonly arch: Arch
  readonly data: Spec
  readonly optimizer: OptimizerSpec
  readonly epochs: number
  readonly batch: number
}

/** What the type of a pipeline says, and the numbers its next verb needs. */
interface Facts {
  readonly setting: Setting
  readonly seed: number
  readonly weights: Weights
  /** Where the next training starts, in epochs of its horizon. */
  readonly from: number
  /** By name, where a training starts after rewinding to it. */
  readonly snapshots: ReadonlyMap<string, number>
}

/** The one class behind `Pipeline`. It checks at run time what the types check before, with the same sentences. */
class Value {
  readonly [target] = 'pipeline'
  readonly node: PipelineExpr
  readonly #facts: Facts

  constructor(node: PipelineExpr, facts: Facts) {
    this.node = Object.freeze(node)
    this.#facts = facts
    Object.freeze(this)
  }

  train(options?: unknown): Value {
    const { seed, epochs, lr, keep } = optionsOf('train()', options, ['epochs', 'seed', 'lr', 'keep'])
    return this.#train('train', { seed, epochs, lr }, keep)
  }

  finetune(options?: unknown): Value {
    if (this.#facts.weights !== 'trained') throw problem(why.finetune.title, this.#order('finetune()'), why.finetune.hint)
    const { optimizer } = this.#facts.setting
    const { seed, epochs, lr = peak(optimizer.lr) / 10 } = optionsOf('finetune()', options, ['epochs', 'seed', 'lr'])
    return this.#train('finetune', { seed, epochs, lr: lr === 'rewind' ? undefined : lr }, undefined)
  }

  prune(how: unknown): Value {
    const options = pruneOptions(how)
    const { arch, model } = this.#facts.setting
    const stranger = layersNamed(options).find((layer) => !Object.hasOwn(arch.layers, layer))
    if (stranger !== undefined) {
      throw problem(
        `${model.name} has no layer called '${stranger}'.`,
        [
          ['verb', 'prune()'],
          ['layers', Object.keys(arch.layers).join(', ')],
        ],
        'Name one of its layers.',
      )
    }
    return this.#then({ verb: 'prune', of: this.node, options })
  }

  rewind(to: string = 'init'): Value {
    const from = this.#facts.snapshots.get(to)
    if (this.#facts.weights !== 'trained' || from === undefined) {
      const { title, hint } = whyRewind(String(to))
      throw problem(title, [...this.#order('rewind()'), ['snapshots', [...this.#facts.snapshots.keys()].join(', ')]], hint)
    }
    return this.#then({ verb: 'rewind', of: this.node, to }, { weights: 'fresh', from })
  }

  reinit(seed?: unknown): Value {
    if (this.#facts.weights !== 'trained') throw problem(why.reinit.title, this.#order('reinit()'), why.reinit.hint)
    const options = { seed: seed === undefined ? this.#facts.seed + 1_000_000 : inRange('reinit()', 'seed', seed, ranges.seed) }
    return this.#then({ verb: 'reinit', of: this.node, options }, { weights: 'fresh', from: 0 })
  }

  snapshot(name: string): Value {
    if (typeof name !== 'string' || name === '' || name === 'init') {
      throw problem(
        "snapshot() needs a name of its own; 'init' is that of the first weights.",
        [
          ['verb', 'snapshot()'],
          ['value', shown(name)],
        ],
        "For example snapshot('sparse').",
      )
    }
    return this.#then({ verb: 'snapshot', of: this.node, name }, { snapshots: new Map(this.#facts.snapshots).set(name, this.#facts.from) })
  }

  distill(teacher: unknown, method?: unknown, options?: unknown): Value {
    plain('distill()', teacher)
    if (!(isPipeline(teacher) && teacher instanceof Value)) throw this.#teacher(shown(teacher))
    const { weights, setting } = teacher.#facts
    if (weights !== 'trained') throw this.#teacher(`a pipeline with ${weights} weights`)
    if (setting.arch.classes !== this.#facts.setting.arch.classes)
      throw this.#teacher(`a pipeline that predicts ${setting.arch.classes} classes`)
    const training = optionsOf('distill()', options, ['epochs', 'seed', 'lr'])
    const stage = { ...this.#training('distill()', training), method: distillMethod(method) }
    return this.#then({ verb: 'distill', of: this.node, options: stage, teacher: teacher.node }, { weights: 'trained', from: 0 })
  }

  evaluate(): Value {
    return this.#then({ verb: 'evaluate', of: this.node, options: evaluation(this.#facts.setting.data) })
  }

  repeat(rounds: number, round: (value: Value) => unknown): Value {
    callable('repeat()', round, 'repeat(5, (p) => p.prune(0.2).rewind().train())')
    let value: Value = this
    for (let left = inRange('repeat()', 'rounds', rounds, ranges.rounds); left > 0; left--) {
      const next = round(value)
      const lost = next instanceof Value ? next.#lacks(value.#facts) : shown(next)
      if (!(next instanceof Value) || lost !== undefined) {
        throw problem(
          why.repeat.title,
          [
            ['verb', 'repeat()'],
            ['round', String(rounds - left + 1)],
            [next instanceof Value ? 'lost' : 'value', lost ?? ''],
          ],
          why.repeat.hint,
        )
      }
      value = next
    }
    return value
  }

  pipe<R>(step: (value: Value) => R): R {
    callable('pipe()', step, 'pipe((p) => p.prune(0.5).finetune())')
    return step(this)
  }

  /** The fact of `before` that is gone here. */
  #lacks(before: Facts): string | undefined {
    if (before.weights === 'trained' && this.#facts.weights !== 'trained') return 'trained weights'
    const snapshot = [...before.snapshots.keys()].find((name) => !this.#facts.snapshots.has(name))
    return snapshot === undefined ? undefined : `the snapshot '${snapshot}'`
  }

  #order(verb: string): [string, string][] {
    return [
      ['verb', verb],
      ['weights', this.#facts.weights],
    ]
  }

  #teacher(given: string): Error {
    return problem(
      why.distill.title,
      [
        ['verb', 'distill()'],
        ['teacher', given],
        ['student', `predicts ${this.#facts.setting.arch.classes} classes`],
      ],
      why.distill.hint,
    )
  }

  #train(verb: 'train' | 'finetune', given: Given, kept: unknown): Value {
    const options = this.#training(`${verb}()`, given)
    const keep = keepOf(kept, options)
    const snapshots = new Map([...this.#facts.snapshots, ...Object.entries(keep)])
    return this.#then({ verb, of: this.node, options, keep }, { weights: 'trained', from: 0, snapshots })
  }

  #training(verb: string, { epochs: horizon, seed, lr }: Given): TrainOptions {
    const { setting, from } = this.#facts
    const epochs = horizon === undefined ? setting.epochs : inRange(verb, 'epochs', horizon, ranges.epochs)
    if (from >= epochs) {
      throw problem(
        `${verb} would start at its end: the weights were rewound to epoch ${from}, and it ends at epoch ${epochs}.`,
        [
          ['verb', verb],
          ['option', 'epochs'],
          ['value', String(epochs)],
          ['allowed', `more than ${from}`],
        ],
        'Give it more epochs, or rewind to an earlier snapshot.',
      )
    }
    const rate: ScheduleSpec = lr === undefined ? setting.optimizer.lr : scheduleOf(verb, lr)
    return {
      data: setting.data,
      optimizer: withRate(setting.optimizer, rate),
      batch: setting.batch,
      epochs,
      from,
      seed: seed === undefined ? this.#facts.seed : inRange(verb, 'seed', seed, ranges.seed),
    }
  }

  #then(node: PipelineExpr, changed: Partial<Facts> = {}): Value {
    return located(node, { ...this.#facts, ...changed })
  }
}

interface Given {
  readonly epochs?: unknown
  readonly seed?: unknown
  readonly lr?: unknown
}

/** What the end of every pipeline is measured on. */
export const evaluation = (data: Spec) => ({ data, splits: ['validation', 'test'] }) as const

const located = (node: PipelineExpr, facts: Facts): Value => {
  const at = here()
  return new Value(at === undefined ? node : { ...node, at }, facts)
}

/** The first weights of a pipeline. */
export const start = <A extends Arch>(setting: Setting, seed: number): Pipeline<A, 'fresh', never, 'init'> => {
  const node: PipelineExpr = { verb: 'init', options: { model: setting.model, seed }, data: setting.data }
  // The four facts exist in the type only; the class keeps its own and checks the same orders.
  return located(node, { setting, seed, weights: 'fresh', from: 0, snapshots: new Map([['init', 0]]) }) as unknown as Pipeline<
    A,
    'fresh',
    never,
    'init'
  >
}
