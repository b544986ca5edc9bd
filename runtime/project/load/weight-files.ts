/** Files of weights that a pipeline begins with: what is in them is a part of its keys. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { show } from '../../../dsl/check/at.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Graph, Stage } from '../../../dsl/graph/stage.ts'

/** The graph with the hashes of the files' contents in it, and the files, by absolute paths. @throws PipelineProblem for a file that cannot be read */
export async function withWeightFiles<G extends Graph>(graph: G): Promise<{ readonly graph: G; readonly files: readonly string[] }> {
  const contents = new Map<string, string>()
  const stages: Stage[] = []
  for (const stage of graph.stages) {
    if (stage.kind !== 'pretrained') stages.push(stage)
    else {
      // Whoever computes it may be in another folder.
      const from = resolve(stage.options.from)
      const content = contents.get(from) ?? (await hashOf(from, stage))
      contents.set(from, content)
      stages.push({ ...stage, options: { ...stage.options, from, content } })
    }
  }
  return { graph: { ...graph, stages }, files: [...contents.keys()] }
}

async function hashOf(file: string, { at, options: { from } }: Extract<Stage, { kind: 'pretrained' }>): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array) // no encoding: bytes
  } catch (cause) {
    throw new PipelineProblem({
      title: 'The file of weights that pretrained() begins with cannot be read.',
      facts: { file: from, at: at === undefined ? undefined : show(at), reason: cause instanceof Error ? cause.message : String(cause) },
      hint: 'Its path is relative to the working directory.',
    })
  }
  return hash.digest('hex')
}
