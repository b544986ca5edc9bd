/** A plan as one HTML file: what a run would do and why, and the graph of its stages. */
import { states } from '../figure/graph-text.ts'
import { type Html, html } from '../format/html.ts'
import { grouped } from '../format/number.ts'
import { counted, duration } from '../format/words.ts'
import type { GraphView } from '../views/graph.ts'
import type { ArmPlan, PlanRow, PlanView } from '../views/plan.ts'
import { pageOf, table } from './document.ts'
import { graphSvg } from './graph-svg.ts'

/** @param style CSS of the page */
export function planPage(plan: PlanView, graph: GraphView, style: string): string {
  const { file, counts, stages, seconds, trainingSteps, warnings, arms } = plan
  const parts = (['hit', 'resume', 'run', 'unknown'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${states[state].word}`)
  // Arms with equal rows are merged.
  const alike = Map.groupBy(arms, ({ rows, seeds }) => JSON.stringify([rows, seeds]))
  return pageOf({
    title: `Plan of ${file}`,
    style,
    body: html`<main>
<h1>Plan of ${file}</h1>
<p class="summary"><strong>${counted(stages.length, 'stage')}</strong>: ${parts.join(' · ')}${seconds === null ? '' : `; about ${duration(seconds)}, as earlier runs went`}.${
      trainingSteps === null || trainingSteps.separate <= trainingSteps.shared
        ? ''
        : ` Training takes ${grouped(trainingSteps.shared)} steps; arm by arm it would take ${grouped(trainingSteps.separate)}.`
    }</p>
${warnings.map(({ title, hint }) => html`<p class="warning">${title} ${hint}</p>`)}
<section><h2>Graph</h2><p class="quiet">Stages of several seeds and arms are one box where they read from what is alike and are read by what is alike.</p><div class="scroll">${graphSvg(graph)}</div></section>
<section><h2>What each arm needs</h2>${[...alike.values()].map((same) => armSection(same))}</section>
</main>`,
  })
}

/** Classes in the page's style sheet. */
const looks = { hit: 'done', resume: 'stopped', run: 'running', unknown: 'waiting' } as const

/** Most arms named per section. */
const few = 6

function armSection(same: readonly ArmPlan[]): Html {
  const { seeds, rows } = same[0]!
  const named = same.slice(0, few).map(({ arm }) => (arm === '' ? 'The pipeline' : arm))
  const names = [...named, ...(same.length > few ? [`and ${same.length - few} more`] : [])].join(', ')
  return html`<details${rows.every(({ status }) => status === 'hit') ? '' : { html: ' open' }}><summary>${names}${seeds.length > 1 ? ` × ${seeds.length} seeds` : ''}</summary>${table(
    ['stage', '', 'why'],
    rows.map((row) => [
      row.stage,
      html`<span class="state ${looks[row.status]}">${states[row.status].word}</span>`,
      whyText(row, seeds.length),
    ]),
  )}</details>`
}

const whyText = ({ reasons, waitsFor, seeds }: PlanRow, all: number): string =>
  [
    ...reasons,
    ...(waitsFor.length === 0 ? [] : [`waits for ${waitsFor.join(' and ')}`]),
    ...(seeds.length === all ? [] : [`seed ${seeds.join(', ')}`]),
  ].join('; ')
