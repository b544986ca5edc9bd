/** Content of a study's crate: the user's files, the results, and every stage with its key. Independent of the time of creation. */
import { readFile } from 'node:fs/promises'
import { basename, relative } from 'node:path'
import { canonical, type Json } from '../../dsl/check/canonical.ts'
import { csvLines } from '../format/csv.ts'
import { taggedHash } from '../format/hash.ts'
import { parseTarget } from '../format/target-name.ts'
import { counted } from '../format/words.ts'
import type { CrateFile, StudyCrate } from '../interop/ro-crate/crate.ts'
import { makePlan } from '../plan/plan.ts'
import { LoadProblem } from '../problem.ts'
import { commentsIn } from '../project/comments.ts'
import type { Prepared } from '../project/prepare.ts'
import { studyResults } from '../project/study-results.ts'
import { numericsWords } from '../views/engine.ts'
import { resultsSheet } from '../views/results-sheet.ts'

/** @throws LoadProblem for an unfinished study */
export async function studyCrate(prepared: Prepared): Promise<Omit<StudyCrate, 'version' | 'commands' | 'license'>> {
  const { graph, store, data, numerics, file, target, source, files } = prepared
  const plan = await makePlan(graph, store, data, numerics)
  const missing = plan.stages.filter(({ status }) => status !== 'hit')
  if (missing.length > 0) throw unfinished(file, missing.length, plan.stages.length)
  const arms = await studyResults(prepared, plan)
  const found = plan.stages.map(({ id, path, kind, key, artifact, manifest }) => {
    const { result } = plan.hits.get(id)!
    const { metrics, seconds, finished } = result
    const computed = result.numerics === undefined ? null : numericsWords(result.numerics)
    return { path, kind, key: key!, artifact, manifest, metrics: metrics as Json, computed, seconds, finished }
  })
  const { exports, file: head } = commentsIn(source.file)
  const stem = basename(parseTarget(file).file).replace(/(\.pipeline)?\.[cm]?[jt]s$/, '')
  const text = (path: string, type: string, description: string, content: string): CrateFile => ({
    path,
    type,
    description,
    content: Buffer.from(content),
  })
  const sheet = resultsSheet(arms.filter(({ measured }) => measured))
  return {
    name: target === 'default' ? stem : `${stem}#${target}`,
    description:
      [head, exports.get(target)].filter((comment) => comment !== undefined).join(' ') ||
      `A study of ${counted(arms.length, 'arm')}, ${counted(found.length, 'stage')}.`,
    sources: await sourcesIn(source.project, source.file, files),
    results: [
      text('results.csv', 'text/csv', 'Results: a row for each arm and seed', `${csvLines(sheet).join('\n')}\n`),
      text(
        'stages.json',
        'application/json',
        'Every stage: key, what the key hashes, what it made and measured, what computed it',
        `${JSON.stringify(found, null, 2)}\n`,
      ),
    ],
    parameters: source.params,
    data: uniqueData(data),
    computed: [...new Set(found.flatMap(({ computed }) => computed ?? []))].sort(),
    key: taggedHash(
      'espalier/study/1',
      found.map(({ path, key }) => [path, key]),
    ),
    began: Math.min(...found.map(({ finished, seconds }) => Math.round(finished - 1000 * seconds))),
    ended: Math.max(...found.map(({ finished }) => finished)),
  }
}

const unfinished = (file: string, missing: number, all: number): LoadProblem =>
  new LoadProblem({
    title: 'The study is not finished, and a crate needs a finished one.',
    facts: [
      ['file', file],
      ['missing', `${missing} of ${counted(all, 'stage')}`],
    ],
    hint: `Run it first: espalier run ${file}`,
  })

/** The pipeline file first, then its imports. Files outside of the project go into the folder `elsewhere`. */
async function sourcesIn(project: string, pipeline: string, files: readonly string[]): Promise<CrateFile[]> {
  const others = files.filter((path) => path !== pipeline).sort()
  return Promise.all(
    [pipeline, ...others].map(async (path, i): Promise<CrateFile> => {
      const within = relative(project, path).replaceAll('\\', '/')
      return {
        path: within.startsWith('../') ? `elsewhere/${i}-${basename(path)}` : within,
        content: await readFile(path),
        type: 'text/plain',
        description: i === 0 ? 'The pipeline' : 'Code that the pipeline imports',
      }
    }),
  )
}

function uniqueData(data: Prepared['data']): StudyCrate['data'] {
  const named = [...data].map(([key, { digest }]) => ({ name: (JSON.parse(key) as { readonly name: string }).name, digest }))
  const byText = new Map(named.map((each) => [canonical({ ...each }), each]))
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
}
