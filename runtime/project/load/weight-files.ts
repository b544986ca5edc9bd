/** Files of networks and weights that a pipeline starts from: their content is part of its keys. */
import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { show } from '../../../dsl/check/at.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Graph, Stage } from '../../../dsl/graph/stage.ts'
import { openPlain } from '../../plain-file.ts'
import { NetworkFiles } from './network-files.ts'

/**
 * The graph with the hashes of the files' contents, and the files by absolute path, since workers may run in another folder.
 * Links are followed. @throws PipelineProblem for a file that cannot be read
 */
export async function withWeightFiles<G extends Graph>(graph: G): Promise<{ readonly graph: G; readonly files: readonly string[] }> {
  const contents = new Map<string, string>()
  const networks = new NetworkFiles()
  const stages: Stage[] = []
  for (const stage of graph.stages) {
    if (stage.kind === 'init') {
      stages.push({ ...stage, options: { ...stage.options, model: await networks.described(stage.options.model, stage.at) } })
    } else if (stage.kind !== 'pretrained') stages.push(stage)
    else if (stage.options.layout === 'network') {
      const { path, content } = await networks.read(stage.options.from, stage.at)
      stages.push({ ...stage, options: { ...stage.options, from: path, content } })
    } else {
      try {
        const from = await realpath(resolve(stage.options.from))
        const content = contents.get(from) ?? (await hashOf(from))
        contents.set(from, content)
        stages.push({ ...stage, options: { ...stage.options, from, content } })
      } catch (cause) {
        throw unreadable(stage.options.from, stage.at, cause)
      }
    }
  }
  return { graph: { ...graph, stages }, files: [...contents.keys(), ...networks.paths] }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await using handle = await openPlain(file)
  for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk as Uint8Array) // no encoding: bytes
  return hash.digest('hex')
}

const unreadable = (file: string, at: Stage['at'], cause: unknown): PipelineProblem =>
  new PipelineProblem({
    title: 'The file of weights that pretrained() begins with cannot be read.',
    facts: { file, at: at === undefined ? undefined : show(at), reason: cause instanceof Error ? cause.message : String(cause) },
    hint: 'Check the path: it is absolute, or relative to the working directory.',
  })
