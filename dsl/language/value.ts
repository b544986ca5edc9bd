import { here } from '../check/at.ts'
import type { Json } from '../check/canonical.ts'
import { canonical } from '../check/canonical.ts'
import { callable, inRange, oneOf, optionsOf, plain, problem, ranges, shown } from '../check/checks.ts'
import { target } from '../check/target.ts'
import { why, whyRewind } from '../check/why.ts'
import { type ExportExpr, isPipeline, type PipelineExpr, type Position } from '../graph/expr.ts'
import type { CustomOptions, GradualPruning, StageKind } from '../graph/stage-options.ts'
import type { Arch } from '../parts/arch.ts'
import distillers from '../parts/distill.ts'
import type { DistillerRecord } from '../parts/distiller.ts'
import type { Mask } from '../parts/pruner.ts'
import { peak } from '../parts/schedule.ts'
import { distillMethod, fitsDistiller } from '../verbs/distill.ts'
import { exportOptions } from '../verbs/export.ts'
import { beginning, type Facts, factsOf, remember, type Weights } from '../verbs/facts.ts'
import { keepOf, positionOf } from '../verbs/keep.ts'
import { mergeOptions } from '../verbs/merge.ts'
import { fitsPruner } from '../verbs/needs.ts'
import { completed, feedback, fitsPace, gradual, maskOf, prunerSpec, pruneSchedule } from '../verbs/prune.ts'
import { recalibrateOptions } from '../verbs/recalibrate.ts'
import { reinitOptions } from '../verbs/reinit.ts'
import { resourcesOf } from '../verbs/resources.ts'
import { teachersOf } from '../verbs/teachers.ts'
import { evaluation, type GivenTraining, training, trainOptions } from '../verbs/training.ts'
import type { Artifact, Pipeline } from './pipeline.ts'

type Verb = Exclude<keyof Pipeline<Arch, Weights, never, never> & string, 'node'>
/** Stages with a verb of the same name; init() and pretrained() belong to the task, merge is mergeMembers(), custom is stage(). */
type Named = Exclude<StageKind, 'init' | 'pretrained' | 'merge' | 'custom'>
/** Does not compile if a kind of stage has no verb in `Pipeline`, or a verb no method. */
type Methods<K extends Verb> = { readonly [verb in Verb | K]: (...given: never[]) => unknown }

/** The class that implements `Pipeline`. It repeats the checks of the types at run time, with the same messages. */
class Value implements Methods<Named> {
  readonly [target] = 'pipeline'
  readonly node: PipelineExpr
  readonly #facts: Facts

  constructor(node: PipelineExpr, facts: Facts) {
    this.node = Object.freeze(node)
    this.#facts = facts
    remember(this, facts)
    Object.freeze(this)
  }

  train(options?: unknown): Value {
    const given = optionsOf('train()', options, [...training, 'keep'])
    return this.#train('train', given, { keep: given.keep })
  }

  finetune(options?: unknown): Value {
    this.#needs('finetune', 'trained')
    const { from, ...given } = optionsOf('finetune()', options, [...training, 'from'])
    const { lr = peak(this.#facts.setting.optimizer.lr) / 10 } = given
    if (from !== undefined && lr !== 'rewind') {
      throw problem(
        'Only a schedule that is rewound has an epoch to start at.',
        { verb: 'finetune()', option: 'from', value: shown(from), allowed: "nothing without lr: 'rewind'" },
        'Leave it out.',
      )
    }
    const start = from === undefined ? {} : { start: { epoch: inRange('finetune()', 'from', from, ranges.whole) } }
    return this.#train('finetune', { ...given, lr: lr === 'rewind' ? undefined : lr }, start)
  }

  prune(how: unknown, options?: unknown): Value {
    const spec = prunerSpec('prune()', how)
    fitsPruner('prune()', this.#facts.setting, spec)
    const schedule = pruneSchedule(options, spec)
    fitsPace('prune()', spec.criterion.kind, schedule)
    const masks = new Set([...this.#facts.masks, maskOf(spec)] as const)
    if (schedule === undefined) return this.#then({ kind: 'prune', of: this.node, options: completed(spec, this.#facts) }, { masks })
    const {
      every,
      mode = 'freeze',
      channels,
      regrow,
      ...given
    } = options as GivenTraining & { every?: unknown; mode?: unknown; channels?: unknown; regrow?: unknown }
    const pruning = gradual('prune()', spec, this.#facts, schedule, {
      every,
      mode: oneOf('prune()', 'mode', mode, ['freeze', 'soft', 'recover', 'regrow']),
      channels,
      regrow,
    })
    return this.#train('prune', given, { pruning, masks })
  }

  dpf(how: unknown, options?: unknown): Value {
    const spec = prunerSpec('dpf()', how)
    fitsPruner('dpf()', this.#facts.setting, spec)
    const { schedule, training: given, ...changes } = feedback(options, spec)
    fitsPace('dpf()', spec.criterion.kind, schedule)
    const pruning = gradual('dpf()', spec, this.#facts, schedule, changes)
    return this.#train('dpf', given, { pruning, masks: new Set([...this.#facts.masks, maskOf(spec)]) })
  }

  rewind(to: unknown = 'init'): Value {
    const { weights, snapshots, first } = this.#facts
    const name = typeof to === 'string' ? to : 'init'
    const from = snapshots.get(name)
    if (weights !== 'trained' || from === undefined) {
      const { title, hint } = whyRewind(name)
      throw problem(title, { ...this.#order('rewind()'), snapshots: [...snapshots.keys()].join(', ') }, hint)
    }
    if (typeof to === 'string') return this.#then({ kind: 'rewind', of: this.node, options: {}, to }, { weights: 'fresh', from })
    // Trained weights that still have 'init' have a first training.
    const at = positionOf('rewind()', 'epoch', to, first!)
    return this.#then({ kind: 'rewind', of: this.node, options: {}, to: at }, { weights: 'fresh', from: at })
  }

  reinit(given?: unknown): Value {
    this.#needs('reinit', 'trained')
    const { options, ...signs } = reinitOptions(given, this.#facts)
    return this.#then(
      { kind: 'reinit', of: this.node, options, ...signs },
      options.weights === 'keep' ? {} : { weights: 'fresh', from: beginning },
    )
  }

  interpolate(other: unknown, at: unknown): Value {
    plain('interpolate()', other)
    this.#needs('interpolate', 'trained')
    const facts = factsOf(other)
    const [own, theirs] = [this.#facts, facts].map((one) => one && canonical([one.setting.arch as unknown as Json, [...one.masks].sort()]))
    if (!isPipeline(other) || facts?.weights !== 'trained' || own !== theirs)
      throw this.#refused('interpolate', { other: described(other) })
    const options = { at: inRange('interpolate()', 'at', at, ranges.share) }
    return this.#then({ kind: 'interpolate', of: this.node, to: other.node, options })
  }

  dense(): Value {
    this.#needs('dense', 'unstructured')
    return this.#then({ kind: 'dense', of: this.node, options: {} }, { masks: new Set() })
  }

  shrink(): Value {
    this.#needs('shrink', 'structured')
    return this.#another({ kind: 'shrink', of: this.node, options: {} }, this.#facts.setting.arch)
  }

  recalibrate(given?: unknown): Value {
    if (this.#facts.setting.arch.norm !== 'batch-norm') throw this.#refused('recalibrate')
    return this.#then({ kind: 'recalibrate', of: this.node, options: recalibrateOptions(given, this.#facts) })
  }

  mergeMembers(given?: unknown): Value {
    const { arch } = this.#facts.setting
    if (!('of' in arch)) throw this.#refused('mergeMembers')
    this.#needs('mergeMembers', 'trained')
    // Only a BatchEnsemble contains the architecture of its members.
    return this.#another(
      { kind: 'merge', verb: 'mergeMembers', of: this.node, options: mergeOptions(given, arch.members) },
      arch.of as Arch,
    )
  }

  snapshot(name: string): Value {
    if (typeof name !== 'string' || name === '' || name === 'init') {
      throw problem(
        "snapshot() needs a name of its own; 'init' is that of the first weights.",
        { verb: 'snapshot()', value: shown(name) },
        "For example snapshot('sparse').",
      )
    }
    const snapshots = new Map(this.#facts.snapshots).set(name, this.#facts.from)
    return this.#then({ kind: 'snapshot', of: this.node, name }, { snapshots })
  }

  distill(teacher: unknown, given?: unknown, options?: unknown): Value {
    plain('distill()', teacher)
    const { nodes: teachers, setting } = teachersOf(teacher, this.#facts)
    const [method, told] = [distillMethod(given), optionsOf('distill()', options, training)]
    fitsDistiller(method, this.#facts.setting, setting, teachers.length)
    const stage = { ...trainOptions('distill()', this.#facts, told), method }
    const resources = asked('distill()', told, this.#facts)
    const node: PipelineExpr = { kind: 'distill', of: this.node, options: stage, teachers, ...resources }
    // SimKD returns a network with a projector and the teacher's classifier: earlier weights do not fit it.
    const { keepsNetwork }: DistillerRecord = distillers[method.kind]
    const snapshots = keepsNetwork === false ? { snapshots: new Map<string, Position>() } : {}
    return this.#then(node, { weights: 'trained', from: beginning, first: this.#facts.first ?? stage, ...snapshots })
  }

  evaluate(): Value {
    return this.#then({ kind: 'evaluate', of: this.node, options: evaluation(this.#facts.setting.data, this.#facts.setting.measured) })
  }

  /** For stage(), which is applied with pipe(). */
  custom(options: CustomOptions): Value {
    return this.#then({ kind: 'custom', verb: options.name, of: this.node, options })
  }

  export(options: unknown): Artifact {
    this.#needs('export', 'trained')
    const node: ExportExpr = called({ kind: 'export', of: this.node, options: exportOptions(options, this.#facts) }, this.#facts)
    return Object.freeze({ [target]: 'artifact' as const, node: Object.freeze(node) })
  }

  repeat(rounds: number, round: (value: Value) => unknown): Value {
    callable('repeat()', round, 'repeat(5, (p) => p.prune(0.2).rewind().train())')
    let value: Value = this
    for (let left = inRange('repeat()', 'rounds', rounds, ranges.rounds); left > 0; left--) {
      const next = round(value)
      const lost = next instanceof Value ? next.#lacks(value.#facts) : shown(next)
      if (!(next instanceof Value) || lost !== undefined) {
        const found = { [next instanceof Value ? 'lost' : 'value']: lost ?? '' }
        throw problem(why.repeat.title, { verb: 'repeat()', round: rounds - left + 1, ...found }, why.repeat.hint)
      }
      value = next
    }
    return value
  }

  pipe<R>(step: (value: Value) => R): R {
    callable('pipe()', step, 'pipe((p) => p.prune(0.5).finetune())')
    return step(this)
  }

  /** The fact of `before` that is missing here. */
  #lacks(before: Facts): string | undefined {
    if (before.weights === 'trained' && this.#facts.weights !== 'trained') return 'trained weights'
    const mask = [...before.masks].find((kind) => !this.#facts.masks.has(kind))
    if (mask !== undefined) return `the ${mask} mask`
    const snapshot = [...before.snapshots.keys()].find((name) => !this.#facts.snapshots.has(name))
    return snapshot === undefined ? undefined : `the snapshot '${snapshot}'`
  }

  #needs(verb: keyof typeof why, fact: 'trained' | Mask): void {
    const { weights, masks } = this.#facts
    if (!(fact === 'trained' ? weights === 'trained' : masks.has(fact))) throw this.#refused(verb)
  }

  #refused(verb: keyof typeof why, more: { readonly [label: string]: string } = {}): Error {
    return problem(why[verb].title, { ...this.#order(`${verb}()`), ...more }, why[verb].hint)
  }

  #order(verb: string) {
    return { verb, weights: this.#facts.weights, masks: masksIn(this.#facts) }
  }

  #train(
    verb: 'train' | 'finetune' | 'prune' | 'dpf',
    given: GivenTraining,
    more: { readonly keep?: unknown; readonly pruning?: GradualPruning; readonly masks?: Facts['masks']; readonly start?: Position } = {},
  ): Value {
    const { pruning, masks = this.#facts.masks, start: from = this.#facts.from } = more
    const told = trainOptions(`${verb}()`, { ...this.#facts, from }, given)
    if (pruning !== undefined && told.select !== undefined) {
      throw problem(
        'The best epoch of a training that prunes on its way would be one with more weights.',
        { verb: `${verb}()`, option: 'select', value: shown(told.select), allowed: "'last'" },
        "Take the last epoch: select: 'last'.",
      )
    }
    const { objective } = this.#facts.setting
    const options = { ...told, ...(pruning === undefined ? {} : { pruning }), ...(objective === undefined ? {} : { objective }) }
    const keep = keepOf(more.keep, options)
    const snapshots = new Map([...this.#facts.snapshots, ...Object.entries(keep)])
    const first = this.#facts.first ?? options
    return this.#then(
      { kind: 'train', verb, of: this.node, options, keep, ...asked(`${verb}()`, given, this.#facts) },
      { weights: 'trained', from: beginning, snapshots, masks, first },
    )
  }

  /** A different network: earlier snapshots do not fit it. */
  #another(node: PipelineExpr, arch: Arch): Value {
    const { first: _, ...facts } = this.#facts
    const setting = { ...facts.setting, arch }
    return located(node, { ...facts, setting, masks: new Set(), snapshots: new Map() })
  }

  #then(node: PipelineExpr, changed: Partial<Facts> = {}): Value {
    return located(node, { ...this.#facts, ...changed })
  }
}

const masksIn = ({ masks }: Facts): string => [...masks].join(', ') || 'none'

/** The value given as another network. */
const described = (other: unknown): string => {
  const facts = factsOf(other)
  return facts === undefined ? shown(other) : `${facts.setting.model.name} with ${facts.weights} weights and masks: ${masksIn(facts)}`
}

export const located = (node: PipelineExpr, facts: Facts): Value => new Value(called(node, facts), facts)

/** With the place in the user's source, and with the task's resources unless the verb sets its own. */
export const called = <N extends PipelineExpr | ExportExpr>(node: N, { setting }: Facts): N => {
  const at = here()
  const { resources = setting.resources } = node
  return { ...node, ...(at === undefined ? {} : { at }), ...(resources === undefined ? {} : { resources }) }
}

const asked = (verb: string, given: GivenTraining, { setting }: Facts): Pick<PipelineExpr, 'resources'> => {
  const resources = resourcesOf(verb, given.resources, setting.resources)
  return resources === undefined ? {} : { resources }
}
