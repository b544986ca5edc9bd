/**
 * From expressions to one graph of stages. Equal expressions become one stage, across arms, seeds and targets:
 * two stages are equal when kind, options and inputs are, wherever and under whatever name they were written.
 */
import { shown } from './checks.ts'
import { type Expr, isPipeline, isStudy, type Keep, type PipelineExpr, type StudyExpr } from './expr.ts'
import { Paths } from './paths.ts'
import { PipelineProblem } from './problem.ts'
import type { Arm, Graph, SourceLocation, Spec, Stage, StageRef, Target } from './stage.ts'
import type { Runnable } from './study.ts'
import { evaluation } from './value.ts'

/** A stage before it has a name. */
type Work = Stage extends infer S ? (S extends Stage ? Omit<S, 'id' | 'path' | 'verb' | 'at'> : never) : never

/** Where a chain of verbs stands after one of them. */
interface Standing {
  readonly model: StageRef
  readonly snapshots: ReadonlyMap<string, StageRef>
  /** The task's. */
  readonly data: Spec
  /** How often each verb has come up, for numbering. */
  readonly verbs: ReadonlyMap<string, number>
}

type Labels = Arm['labels']

/**
 * All stages of the targets, every input before its user. An arm's end is measured by an `evaluate` stage, written or not.
 *
 * Paths are `labels/verb`, with `#2` for a verb's second time in its chain and `teacher/` for what a teacher needs; a stage that
 * several arms share has the path of the first. Targets other than `default` lead their paths with their name.
 * Labels have the axis `seed` or `arm`, outermost first; an axis that comes again inside itself is `seed2`, `arm2`, ….
 */
export const compile = (targets: { readonly [name: string]: Runnable }): Graph => {
  const builder = new Builder()
  const compiled = Object.entries(targets).map(([name, runnable]): Target => {
    if (!isPipeline(runnable) && !isStudy(runnable)) {
      throw new PipelineProblem({
        title: `'${name}' is neither a pipeline nor a study.`,
        facts: [
          ['target', name],
          ['value', shown(runnable)],
        ],
        hint: 'Export a pipeline, compare(…) or seeds(…).',
      })
    }
    return { name, arms: builder.arms(runnable.node, name, name === 'default' ? [] : [name], []) }
  })
  return { stages: builder.stages, targets: compiled }
}

class Builder {
  readonly stages: Stage[] = []
  readonly #stagePaths = new Paths()
  readonly #armPaths = new Paths()
  readonly #ids = new Map<string, string>()
  /** Expressions are shared objects, so what arms have in common is walked once. */
  readonly #seen = new Map<PipelineExpr, Standing>()

  arms(expr: Expr, name: string, place: readonly string[], labels: Labels): readonly Arm[] {
    if (!isStudyExpr(expr)) return [this.#arm(expr, name, place, labels)]
    const word = expr.verb === 'seeds' ? 'seed' : 'arm'
    const depth = 1 + labels.filter(({ axis }) => axis.replace(/\d+$/, '') === word).length
    const axis = depth === 1 ? word : `${word}${depth}`
    return expr.arms.flatMap(({ label, of }) => {
      const segment = word === 'seed' ? `${axis}=${label}` : label
      return this.arms(of, name, [...place, segment], [...labels, { axis, value: label }])
    })
  }

  #arm(expr: PipelineExpr, name: string, place: readonly string[], labels: Labels): Arm {
    const end = this.#chain(expr, place)
    const verbs = count(end.verbs, 'evaluate')
    const work: Work = { kind: 'evaluate', options: evaluation(end.data), inputs: { model: end.model } }
    const metrics = this.#stage(work, 'evaluate', verbs, place, expr.at)
    return { path: this.#armPaths.claim(place.join('/') || name), labels, model: end.model.stage, metrics }
  }

  #chain(last: PipelineExpr, place: readonly string[]): Standing {
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
    // The walk ended at a chain seen before or at an `init`, which stands on its own.
    return standing!
  }

  #after(before: Standing | undefined, expr: PipelineExpr, place: readonly string[]): Standing {
    if (expr.verb === 'init') {
      const verbs = count(new Map(), 'init')
      const stage = this.#stage({ kind: 'init', options: expr.options, inputs: {} }, 'init', verbs, place, expr.at)
      return { model: { stage }, snapshots: new Map([['init', { stage }]]), data: expr.data, verbs }
    }
    const { model, snapshots, verbs: earlier, data } = before!
    if (expr.verb === 'snapshot') return { model, snapshots: new Map(snapshots).set(expr.name, model), verbs: earlier, data }
    const verbs = count(earlier, expr.verb)
    const add = (work: Work) => this.#stage(work, expr.verb, verbs, place, expr.at)
    switch (expr.verb) {
      case 'train':
      case 'finetune': {
        const stage = add({ kind: 'train', options: expr.options, inputs: { model } })
        return { model: { stage }, snapshots: kept(snapshots, stage, expr.keep, expr.options.epochs), verbs, data }
      }
      case 'prune':
        return { model: { stage: add({ kind: 'prune', options: expr.options, inputs: { model } }) }, snapshots, verbs, data }
      case 'rewind':
        return {
          model: { stage: add({ kind: 'rewind', options: {}, inputs: { model, to: snapshots.get(expr.to)! } }) },
          snapshots,
          verbs,
          data,
        }
      case 'reinit':
        return { model: { stage: add({ kind: 'reinit', options: expr.options, inputs: { model } }) }, snapshots, verbs, data }
      case 'distill': {
        const teacher = this.#chain(expr.teacher, [...place, numbered('teacher', verbs.get('distill'))]).model
        return { model: { stage: add({ kind: 'distill', options: expr.options, inputs: { model, teacher } }) }, snapshots, verbs, data }
      }
      case 'evaluate':
        add({ kind: 'evaluate', options: expr.options, inputs: { model } })
        return { model, snapshots, verbs, data }
    }
  }

  #stage(work: Work, verb: string, verbs: Standing['verbs'], place: readonly string[], at: SourceLocation | undefined): string {
    const key = canonical([work.kind, work.options, work.inputs])
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = `s${this.stages.length}`
    const path = this.#stagePaths.claim([...place, numbered(verb, verbs.get(verb))].join('/'))
    this.#ids.set(key, id)
    this.stages.push({ id, path, verb, ...(at === undefined ? {} : { at }), ...work })
    return id
  }
}

const isStudyExpr = (expr: Expr): expr is StudyExpr => expr.verb === 'seeds' || expr.verb === 'compare'

const count = (verbs: ReadonlyMap<string, number>, verb: string) => new Map(verbs).set(verb, (verbs.get(verb) ?? 0) + 1)

const numbered = (word: string, times = 1): string => (times === 1 ? word : `${word}#${times}`)

/** Weights kept at the last epoch are the stage's own output. */
const kept = (snapshots: Standing['snapshots'], stage: string, keep: Keep, epochs: number): Standing['snapshots'] =>
  new Map([...snapshots, ...Object.entries(keep).map(([name, epoch]) => [name, epoch === epochs ? { stage } : { stage, epoch }] as const)])

/** JSON with the names of every object in order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
