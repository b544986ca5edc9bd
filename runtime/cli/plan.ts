/** `espalier plan` and `why`: what a run would do, and why. Nothing is run. */
import { resolve } from 'node:path'
import { standardError, standardOutput } from '../format/output.ts'
import { parseTarget } from '../format/target-name.ts'
import { expectedSeconds, timeFor } from '../plan/estimate.ts'
import { makePlan } from '../plan/plan.ts'
import { findStage } from '../plan/stage-name.ts'
import { trainingSteps } from '../plan/training-steps.ts'
import { whyOf } from '../plan/why.ts'
import { foreseeNetworks } from '../project/foresee-networks.ts'
import { type PlanOptions, type Prepared, withPrepared } from '../project/prepare.ts'
import { rememberPlan } from '../store/remember-plan.ts'
import { edgesOf, graphView } from '../views/graph.ts'
import { planView } from '../views/plan.ts'
import { whyView } from '../views/why.ts'
import { pageParts } from './report.ts'
import { type Asked, show } from './skins.ts'

interface PlanAsked extends PlanOptions, Asked {
  /** Prints the graph instead, in one of these languages. */
  readonly mermaid: boolean
  readonly dot: boolean
  /** Prints a page in one file. */
  readonly html: boolean
}

export const plan = (options: PlanAsked): Promise<void> => withPrepared(options, (prepared) => tell(prepared, options))

async function tell(prepared: Prepared, options: PlanAsked): Promise<void> {
  const { file, target, graph, store, data, numerics, resources, warnings } = prepared
  const made = await standardError.meanwhile('Looking for results …', () => makePlan(graph, store, data, numerics))
  await standardError.meanwhile('Building the networks …', () => foreseeNetworks(prepared, made))
  await rememberPlan(store.journal, resolve(parseTarget(file).file), target, made.stages)
  const { stages } = made
  const edges = edgesOf(graph)
  if (options.mermaid || options.dot) {
    const { dotText, mermaidText } = await import('../figure/graph-text.ts')
    standardOutput.print((options.mermaid ? mermaidText : dotText)(graphView(stages, edges)).split('\n'))
    return
  }
  const seconds = timeFor(await expectedSeconds(graph, stages, store.results), stages, resources.slots)
  const content = planView(stages, { file, target, edges, training: trainingSteps(graph, data), seconds, warnings })
  if (!options.html) return show(options, 'plan', content)
  const { planPage } = await import('../report/plan-page.ts')
  standardOutput.print(planPage(content, graphView(stages, edges), pageParts().style).split('\n'))
}

interface WhyOptions extends PlanOptions, Asked {
  /** The stage's path, its beginning, or a part of it that is unique. */
  readonly stage: string
}

/** Which parts of a stage's key differ from the nearest earlier result. @throws PlanProblem for a name that matches no stage or several */
export function why({ stage: name, ...options }: WhyOptions): Promise<void> {
  return withPrepared(options, async ({ graph, store, data, numerics }) => {
    const plan = await makePlan(graph, store, data, numerics)
    await show(options, 'why', whyView(await whyOf(graph, plan, store, findStage(name, plan.stages))))
  })
}
