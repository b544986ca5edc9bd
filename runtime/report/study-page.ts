/** A report of a study as one HTML file. */
import { gzipSync } from 'node:zlib'
import { type Html, html } from '../format/html.ts'
import { jsonText } from '../format/json.ts'
import { counted, duration } from '../format/words.ts'
import type { ReportData } from '../page/report-data.ts'
import type { FittedColumn } from '../terminal/fitted.ts'
import { tableColumns } from '../terminal/table.ts'
import { armGroups } from '../views/arms.ts'
import { resultsTable } from '../views/results-table.ts'
import { pageOf, table } from './document.ts'
import { graphSvg } from './graph-svg.ts'
import type { StudyReport } from './study-report.ts'

export interface ReportParts {
  readonly style: string
  readonly script: string
  /** Version of Espalier. */
  readonly version: string
  /** Command lines that reproduce the study. */
  readonly commands: readonly string[]
}

/** Most stages listed. */
const mostMissing = 60
/** Most characters of source code shown. */
const mostSource = 200_000

export function studyPage(report: StudyReport, { style, script, version, commands }: ReportParts): string {
  const { study, curves, comments, graph, missing } = report
  const name = `${study.file}${study.target === 'default' ? '' : `#${study.target}`}`
  return pageOf({
    title: `${name} · Espalier`,
    style,
    script,
    body: html`<main id="main">
<h1>${name}</h1>
${comments.map((comment) => html`<p class="comment">${comment}</p>`)}
<p class="quiet">${factsLine(report)}</p>
${missing.length === 0 ? '' : html`<p class="hint"><a href="#missing">${missingLine(missing)}</a></p>`}
<div id="study">${panel('Results', staticResults(study))}</div>
<script type="text/plain" id="data">${gzipSync(jsonText({ study: withoutNames(study), curves } satisfies ReportData), { level: 9 }).toString('base64')}</script>
${missing.length === 0 ? '' : html`<div id="missing">${panel('What is missing', missingHtml(report))}</div>`}
${panel('Stages', html`<p class="quiet">Those of several seeds and arms are one box where they read from what is alike and are read by what is alike.</p><div class="scroll">${graphSvg(graph)}</div>`)}
${panel('How to repeat it', html`<pre>${commands.join('\n')}</pre><p class="quiet">The same recipe, data and numerics give the same bytes: espalier show prints the digests below.</p>`)}
${panel('What it was computed with', computedHtml(report, version))}
${panel('Recipe', recipeHtml(report))}
${panel('Digests of the networks', digestsHtml(study))}
</main>`,
  })
}

const panel = (title: string, content: Html): Html =>
  html`<section class="panel wide" aria-label="${title}"><header><h2>${title}</h2></header>${content}</section>`

/** Without trainings, which are only needed to request more curves from a server. */
const withoutNames = (study: ReportData['study']): ReportData['study'] => ({
  ...study,
  arms: study.arms.map((arm) => ({ ...arm, trainings: [] })),
})

function factsLine({ study, finished, computed }: StudyReport): string {
  const groups = armGroups(study.arms)
  const seeds = Math.max(0, ...groups.map(({ bySeed }) => bySeed.size))
  const took = computed.reduce((sum, { seconds }) => sum + seconds, 0)
  return [
    counted(groups.length, 'arm'),
    ...(seeds > 1 ? [`${seeds} seeds`] : []),
    ...(finished === null
      ? ['nothing is computed yet']
      : [
          `computed ${finished
            .map(day)
            .filter((each, i, all) => i === 0 || each !== all[0])
            .join(' to ')}, ${duration(took)} of work`,
        ]),
  ].join(' · ')
}

/** In UTC, so that reports do not depend on the machine. */
const day = (unix: number): string => new Date(unix).toISOString().slice(0, 10)

/** The results without JavaScript; a script replaces them. */
function staticResults({ arms }: StudyReport['study']): Html {
  const measured = arms.filter(({ metrics }) => Object.keys(metrics).length > 0)
  if (measured.length === 0) return html`<p class="quiet">Nothing has a result yet.</p>`
  const [names, ...others] = tableColumns(resultsTable(measured)) as [FittedColumn, ...FittedColumn[]] // the first column always exists
  return table(
    ['arm', ...others.map(({ title }) => title)],
    names.cells.map((arm, i) => [arm, ...others.map(({ cells }) => cells[i]!)]),
    'numbers',
  )
}

/** Only a summary at the top: the list of missing stages follows the results. */
function missingLine(missing: StudyReport['missing']): string {
  const failed = missing.filter(({ failed }) => failed).length
  return `${counted(missing.length, 'stage')} ${missing.length === 1 ? 'has' : 'have'} no result yet${failed === 0 ? '' : `: ${failed} failed`}.`
}

function missingHtml({ missing, study }: StudyReport): Html {
  const left = missing.length - mostMissing
  return html`${table(
    ['stage', 'why'],
    missing
      .toSorted((a, b) => Number(b.failed) - Number(a.failed))
      .slice(0, mostMissing)
      .map(({ path, why }) => [path, why]),
  )}${left > 0 ? html`<p class="quiet">… and ${left} more.</p>` : ''}<p>espalier run ${study.file} goes on: what is there is not computed again, what failed is tried again.</p>`
}

function computedHtml({ computed, data }: StudyReport, version: string): Html {
  return html`${table(
    ['numerics', 'stages', 'work'],
    computed.map(({ with: words, stages, seconds }) => [words, stages, duration(seconds)]),
  )}${table(
    ['data', 'SHA-256'],
    data.map(({ name, digest }) => [name, html`<code>${digest.replace('sha256:', '')}</code>`]),
    'digests',
  )}<p>Espalier ${version}</p>`
}

function recipeHtml({ recipe }: StudyReport): Html {
  let room = mostSource
  return html`${recipe.map(({ name, text, sha256 }) => {
    room -= text.length
    return html`<h3>${name}</h3><p class="quiet">SHA-256 <code>${sha256}</code></p>${room < 0 ? html`<p class="quiet">Too long to be shown here.</p>` : html`<pre class="source">${text}</pre>`}`
  })}`
}

function digestsHtml({ arms }: StudyReport['study']): Html {
  const made = arms.filter(({ artifact }) => artifact !== null)
  const groups = armGroups(made)
  return html`<details><summary>${counted(made.length, 'network')}</summary>${table(
    ['arm', 'seed', 'SHA-256'],
    groups.flatMap(({ name, bySeed }) =>
      [...bySeed].map(([seed, { artifact }]) => [name, seed, html`<code>${artifact?.replace('sha256:', '') ?? ''}</code>`]),
    ),
    'digests',
  )}</details>`
}
