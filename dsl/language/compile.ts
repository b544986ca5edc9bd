/**
 * Compiles expressions to one graph of stages. Equal expressions become one stage, across arms, seeds and targets: two stages are equal if
 * their kind, options and inputs are, regardless of their names and places.
 */

import { type SourceLocation, show } from '../check/at.ts'
import { canonical, type Json } from '../check/canonical.ts'
import { shown } from '../check/checks.ts'
import type { FunctionRef } from '../check/function-reference.ts'
import { type Role, type UserPart, withFingerprints, withoutNames } from '../check/function-reference.ts'
import { PipelineProblem } from '../check/problem.ts'
import { type EnsembleExpr, type Expr, isRunnable, type Keep, type PipelineExpr, type Position } from '../graph/expr.ts'
import type { Arm, Graph, Stage, StageRef, StageResources, Target } from '../graph/stage.ts'
import type { DataSpec } from '../parts/data.ts'
import type { Measured } from '../parts/objective.ts'
import { evaluation } from '../verbs/training.ts'
import { refuseDeep, refuseMany } from './limits.ts'
import { Paths, segment } from './paths.ts'
import { recipeOf } from './recipe.ts'
import type { Runnable } from './study.ts'

export interface CompileOptions {
  /** Computes the fingerprint of a user's function or data; the runtime provides it. Without it, such parts are rejected. */
  readonly fingerprint?: (own: UserPart, role: Role) => string
}

export interface Compiled extends Graph {
  /** User functions and data by fingerprint, for the code that runs stages. They cannot leave their thread. */
  readonly functions: ReadonlyMap<string, UserPart>
}

/** A stage without a name yet. */
type Work = Stage extends infer S ? (S extends Stage ? Omit<S, 'id' | 'path' | 'verb' | 'at'> : never) : never

/** The state of a chain of verbs after one of them. */
interface Standing {
  readonly model: StageRef
  readonly snapshots: ReadonlyMap<string, StageRef>
  /** The first training since the initial weights, and the epoch at which it ends. */
  readonly first?: { readonly stage: string; readonly epochs: number }
  /** From the task, like the metrics. */
  readonly data: DataSpec
  readonly measured: Measured
  /** Its last teachers, by role: evaluation measures the student's agreement with them. */
  readonly teachers?: { readonly [role: string]: StageRef }
  /** The default resources of its stages. */
  readonly resources?: StageResources | undefined
  /** How often each verb has occurred, for numbering. */
  readonly verbs: ReadonlyMap<string, number>
}

/** Of a verb. */
interface Call {
  readonly at?: SourceLocation | undefined
  readonly resources?: StageResources | undefined
}

type Labels = Arm['labels']

/**
 * All stages of the targets, in topological order. The end of every arm gets an `evaluate` stage.
 *
 * Paths are `labels/verb`, with `#2` for a verb's second use in its chain and `teacher/` for the stages of a teacher. A stage that several
 * arms share has its path in the first one. Paths of targets other than `default` start with the target's name. Labels have the axis
 * `seed`, `arm` or that of a sweep, outermost first; an axis nested in itself is `seed2`, `arm2`, ….
 */
export const compile = (targets: { readonly [name: string]: Runnable }, options: CompileOptions = {}): Compiled => {
  const builder = new Builder(options)
  const compiled = Object.entries(targets).map(([name, runnable]): Target => {
    if (!isRunnable(runnable)) {
      throw new PipelineProblem({
        title: `'${name}' is neither a pipeline nor a study.`,
        facts: { target: name, value: shown(runnable) },
        hint: 'Export a pipeline, compare(…), sweep(…) or seeds(…).',
      })
    }
    return { name, arms: builder.arms(runnable.node, name, name === 'default' ? [] : [name], []) }
  })
  return { stages: builder.stages, targets: compiled, functions: builder.functions }
}

class Builder {
  readonly stages: Stage[] = []
  readonly functions = new Map<string, UserPart>()
  readonly #fingerprint: CompileOptions['fingerprint']
  readonly #stagePaths = new Paths()
  readonly #armPaths = new Paths()
  readonly #ids = new Map<string, string>()
  /** The stage that each file is written from. */
  readonly #files = new Map<string, string>()
  /** Expressions are shared objects, so shared parts of arms are visited once. */
  readonly #seen = new Map<PipelineExpr, Standing>()
  #arms = 0

  constructor({ fingerprint }: CompileOptions) {
    this.#fingerprint = fingerprint
  }

  arms(expr: Expr, name: string, place: readonly string[], labels: Labels): readonly Arm[] {
    refuseDeep(place.length, expr.at)
    if (expr.kind !== 'study') return [this.#arm(expr, name, place, labels)]
    const axis = free(expr.axis, labels)
    return expr.arms.flatMap(({ label, of, ...mark }) => {
      const part = expr.axis === 'arm' ? segment(label) : `${axis}=${segment(label)}`
      return this.arms(of, name, [...place, part], [...labels, { axis, value: label, ...mark }])
    })
  }

  #arm(expr: Exclude<Expr, { kind: 'study' }>, name: string, place: readonly string[], labels: Labels): Arm {
    const ends = expr.kind === 'ensemble' ? this.#members(expr, place) : [this.#chain(expr.kind === 'export' ? expr.of : expr, place)]
    const end = ends[0]!
    if (expr.kind === 'export') this.#export(expr, end, place)
    const models = Object.fromEntries(ends.map(({ model }, i) => [ordinal('model', i + 1), model]))
    // `ends` has at least one. Members of an ensemble may have different teachers, so the ensemble has none.
    const inputs = { ...models, ...(ends.length === 1 ? end.teachers : {}) }
    const work = { kind: 'evaluate', options: evaluation(end.data, end.measured), inputs } as unknown as Work
    const call = { at: expr.at, resources: end.resources }
    this.#arms++
    refuseMany(this.#arms, expr.at)
    const metrics = this.#stage(work, 'evaluate', count(end.verbs, 'evaluate'), place, call)
    return { path: this.#armPaths.claim(place.join('/') || name), labels, model: end.model.stage, metrics }
  }

  #members({ members, at }: EnsembleExpr, place: readonly string[]): Standing[] {
    return this.#distinct(
      members.map((member, i) => this.#chain(member, [...place, `member=${i}`])),
      at,
    )
  }

  #chain(last: PipelineExpr, place: readonly string[]): Standing {
    refuseDeep(place.length, last.at)
    const rest: PipelineExpr[] = []
    let standing: Standing | undefined
    for (let expr: PipelineExpr | undefined = last; expr !== undefined; expr = 'of' in expr ? expr.of : undefined) {
      standing = this.#seen.get(expr)
      if (standing !== undefined) break
      rest.push(expr)
    }
    for (const expr of rest.reverse()) {
      standing = this.#after(standing, expr, place)
      this.#seen.set(expr, standing)
    }
    // The walk ended at a visited chain or at an `init`, which has no predecessor.
    return standing!
  }

  #after(before: Standing | undefined, expr: PipelineExpr, place: readonly string[]): Standing {
    if (expr.kind === 'init') {
      const verbs = count(new Map(), 'init')
      const stage = this.#stage({ kind: 'init', options: expr.options, inputs: {} }, 'init', verbs, place, expr)
      return {
        model: { stage },
        snapshots: new Map([['init', { stage }]]),
        data: expr.data,
        measured: expr.measured,
        resources: expr.resources,
        verbs,
      }
    }
    const { model, snapshots } = before!
    if (expr.kind === 'snapshot') return { ...before!, snapshots: new Map(snapshots).set(expr.name, model) }
    const { verb = expr.kind } = expr
    const verbs = count(before!.verbs, verb)
    const add = (work: Work) => this.#stage(work, verb, verbs, place, expr)
    const after = (stage: string, changed: Partial<Standing> = {}): Standing => ({ ...before!, model: { stage }, verbs, ...changed })
    switch (expr.kind) {
      case 'train': {
        const { epochs } = expr.options
        const stage = add({ kind: 'train', options: expr.options, inputs: { model } })
        return after(stage, { snapshots: kept(snapshots, stage, expr.keep, epochs), first: before!.first ?? { stage, epochs } })
      }
      case 'distill': {
        const { epochs } = expr.options
        const under = [...place, numbered('teacher', verbs.get('distill'))]
        const several = expr.teachers.length > 1
        const teachers = this.#distinct(
          expr.teachers.map((teacher, i) => this.#chain(teacher, several ? [...under, `member=${i}`] : under)),
          expr.at,
        )
        const roles = Object.fromEntries(teachers.map((teacher, i) => [ordinal('teacher', i + 1), teacher.model]))
        // There is at least one.
        const stage = add({ kind: 'distill', options: expr.options, inputs: { model, ...roles } } as unknown as Work)
        return after(stage, { first: before!.first ?? { stage, epochs }, teachers: roles })
      }
      case 'rewind':
        return after(add({ kind: 'rewind', options: {}, inputs: { model, to: this.#point(before!, expr.to) } }), { teachers: {} })
      case 'interpolate': {
        const to = this.#chain(expr.to, [...place, 'other']).model
        return after(add({ kind: 'interpolate', options: expr.options, inputs: { model, to } }))
      }
      case 'evaluate':
        add({ kind: 'evaluate', options: expr.options, inputs: { model, ...before!.teachers } })
        return { ...before!, verbs }
      case 'reinit': {
        // The verb has checked that there is such a snapshot.
        const signs = expr.signs === undefined ? {} : { signs: snapshots.get(expr.signs)! }
        const stage = add({ kind: 'reinit', options: expr.options, inputs: { model, ...signs } })
        return after(stage, expr.options.weights === 'keep' ? {} : { teachers: {} })
      }
      case 'shrink':
      case 'merge': {
        const { first: _, ...rest } = before! // a different network: earlier snapshots do not fit
        const stage = add({ kind: expr.kind, options: expr.options, inputs: { model } } as Work)
        return { ...rest, model: { stage }, snapshots: new Map(), verbs }
      }
      default:
        // The other kinds take one network and their options unchanged.
        return after(add({ kind: expr.kind, options: expr.options, inputs: { model } } as Work))
    }
  }

  #point({ snapshots, first }: Standing, to: string | Position): StageRef {
    // The verb has checked that there is such a snapshot, or a training.
    return typeof to === 'string' ? snapshots.get(to)! : pointOf(first!.stage, to, first!.epochs)
  }

  #export(expr: Extract<Expr, { kind: 'export' }>, { model, verbs }: Standing, place: readonly string[]): void {
    const { path, card } = expr.options
    const options = { ...expr.options, ...(card === undefined ? {} : { card: { ...card, recipe: recipeOf(this.stages, model.stage) } }) }
    const from = this.#stage({ kind: 'export', options, inputs: { model } }, 'export', count(verbs, 'export'), place, expr)
    const other = this.#files.get(path)
    if (other !== undefined && other !== from) {
      throw new PipelineProblem({
        title: 'Two networks would be written to the same file.',
        facts: { path, at: placeOf(expr.at) },
        hint: 'Give each a path of its own, for example with the seed in it.',
      })
    }
    this.#files.set(path, from)
  }

  #distinct(standings: Standing[], at: SourceLocation | undefined): Standing[] {
    const twin = standings.findIndex(({ model }, i) => standings.findIndex((other) => same(other.model, model)) < i)
    if (twin === -1) return standings
    throw new PipelineProblem({
      title: 'Two members of the ensemble are the same network.',
      facts: { member: twin, at: placeOf(at) },
      hint: 'Use the seed: ensemble(4, (seed) => train({ seed })).',
    })
  }

  #stage(given: Work, verb: string, verbs: Standing['verbs'], place: readonly string[], { at, resources }: Call): string {
    const options = withFingerprints(given.options, (ref, own, role) => this.#known(ref, own, role, verb, at))
    const work = { ...given, options } as Work
    // Stages that differ only in their resources are separate stages with the same key: the first result serves all of them.
    const key = canonical([work.kind, withoutNames({ ...work.options } as Json), { ...work.inputs } as Json, { ...resources }])
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = `s${this.stages.length}`
    const path = this.#stagePaths.claim([...place, numbered(verb, verbs.get(verb))].join('/'))
    this.#ids.set(key, id)
    this.stages.push({ id, path, verb, ...(at === undefined ? {} : { at }), ...(resources === undefined ? {} : { resources }), ...work })
    return id
  }

  #known({ name }: FunctionRef, own: UserPart, role: Role, verb: string, at: SourceLocation | undefined): string {
    if (this.#fingerprint === undefined) {
      throw new PipelineProblem({
        title: `Your ${role} needs a fingerprint, and there is none here.`,
        facts: { function: name, verb: `${verb}()`, at: placeOf(at) },
        hint: 'Load the file with espalier run or espalier plan.',
      })
    }
    const fingerprint = this.#fingerprint(own, role)
    this.functions.set(fingerprint, own)
    return fingerprint
  }
}

/** The axis, numbered if it is nested in itself. */
const free = (axis: string, labels: Labels): string => {
  let name = axis
  for (let n = 2; labels.some((label) => label.axis === name); n++) name = `${axis}${n}`
  return name
}

const placeOf = (at: SourceLocation | undefined): string | undefined => at && show(at)

const count = (verbs: ReadonlyMap<string, number>, verb: string) => new Map(verbs).set(verb, (verbs.get(verb) ?? 0) + 1)

const numbered = (word: string, times = 1): string => (times === 1 ? word : `${word}#${times}`)

/** `model`, `model2`, `model3`, … */
const ordinal = (role: string, n: number): string => (n === 1 ? role : `${role}${n}`)

const same = (a: StageRef, b: StageRef): boolean => a.stage === b.stage && a.epoch === b.epoch && a.step === b.step

/** Weights kept at the last epoch are the output of the stage. */
const pointOf = (stage: string, at: Position, epochs: number): StageRef =>
  'epoch' in at && at.epoch === epochs ? { stage } : { stage, ...at }

const kept = (snapshots: Standing['snapshots'], stage: string, keep: Keep, epochs: number): Standing['snapshots'] =>
  new Map([...snapshots, ...Object.entries(keep).map(([name, at]) => [name, pointOf(stage, at, epochs)] as const)])
