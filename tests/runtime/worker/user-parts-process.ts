/** A worker's functions, in a process of Node's alone: Vitest would rewrite what is imported. Answers what each function gives. */
import { writeFileSync } from 'node:fs'
import type { FunctionRef } from '../../../dsl/check/function-reference.ts'
import { loadPipelines } from '../../../runtime/project/load/loader.ts'
import { UserParts } from '../../../runtime/worker/user-parts.ts'

const [file, store, project, ...texts] = process.argv.slice(2) as [string, string, string, ...string[]]
const parts = new UserParts(store)
const source = { file, target: 'default', params: { by: '3' }, project }
const refs: FunctionRef[] = []
const answers: unknown[] = []
for (const text of texts) {
  writeFileSync(file, text)
  const { graph } = await loadPipelines({ file, target: undefined }, { store, seconds: 60 }, new Map([['by', '3']]))
  const stage = graph.stages.find(({ kind }) => kind === 'custom')
  if (stage?.kind !== 'custom') throw new Error('no stage of its own')
  refs.push(stage.options.fn)
  // Those of earlier texts are known still, whatever the file says by now.
  const given: unknown[] = []
  parts.begin(source)
  for (const ref of refs) given.push((await parts.function(ref))())
  parts.settle()
  answers.push(given)
}
const gone = await parts.function({ $: 'function', name: 'gone', fingerprint: '0'.repeat(64) }).then(
  () => 'found',
  (cause: { readonly kind: string; readonly title: string }) => `${cause.kind}: ${cause.title}`,
)
process.stdout.write(JSON.stringify({ answers, gone, copies: (globalThis as { copies?: number }).copies }))
