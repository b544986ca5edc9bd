/** Networks from files: replaces the pipeline's references by the layers in the files, which are part of its keys. */
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { show } from '../../../dsl/check/at.ts'
import type { Json } from '../../../dsl/check/canonical.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Stage } from '../../../dsl/graph/stage.ts'
import type { Spec } from '../../../dsl/parts/spec.ts'
import type { ToImport } from '../../../stdlib/models/networks/imported.ts'
import type { NetworkFile } from '../../interop/network-file.ts'

/** Each file is read once, however many stages start from it. */
export class NetworkFiles {
  readonly #read = new Map<string, Promise<NetworkFile>>()
  /** Absolute paths of all that were read. */
  readonly paths = new Set<string>()

  /** @param path as written by the user; links are followed @throws PipelineProblem */
  async read(path: string, at: Stage['at']): Promise<NetworkFile & { readonly path: string }> {
    try {
      const file = await realpath(resolve(path))
      // The readers are loaded only when there is a file to read.
      const { readNetworkFile } = await import('../../interop/network-file.ts')
      const reading = this.#read.get(file) ?? readNetworkFile(file)
      this.#read.set(file, reading)
      const network = await reading
      for (const each of network.files) this.paths.add(each)
      return { ...network, path: file }
    } catch (cause) {
      throw located(path, at, cause)
    }
  }

  /** The description with the content of the files that it refers to. */
  async described(spec: Spec, at: Stage['at']): Promise<Spec> {
    if (spec.name === 'imported' && 'from' in spec.options) return await this.#imported(spec.options as unknown as ToImport, at) // as imported() wrote it
    const options: { [name: string]: Json } = {}
    for (const [name, value] of Object.entries(spec.options))
      options[name] = isSpec(value) ? { ...(await this.described(value, at)) } : value
    return { name: spec.name, options }
  }

  async #imported({ from, classes, named }: ToImport, at: Stage['at']): Promise<Spec> {
    const { network, widths } = await this.read(from, at)
    const { importProblems } = await import('../../interop/import/problems.ts')
    try {
      if (network.classes !== classes) throw importProblems.otherClasses(network.classes, classes)
      for (const [layer, width] of Object.entries(named))
        if (widths.get(layer) !== width) throw importProblems.otherLayer(layer, width, widths.get(layer), [...widths.keys()])
    } catch (cause) {
      throw located(from, at, cause)
    }
    return { name: 'imported', options: { ...network } as unknown as Spec['options'] } // plain data
  }
}

const isSpec = (option: Json): option is Json & Spec =>
  typeof option === 'object' && option !== null && 'name' in option && 'options' in option

/** The problem with the file, and the position in the pipeline. */
function located(file: string, at: Stage['at'], cause: unknown): PipelineProblem {
  const place = at === undefined ? [] : [['at', show(at)] as const]
  if (!(cause instanceof PipelineProblem)) {
    return new PipelineProblem({
      title: 'The network file cannot be read.',
      facts: [['file', file], ...place, ['reason', cause instanceof Error ? cause.message : String(cause)]],
      hint: 'Check the path. It must be absolute, or relative to the working directory.',
    })
  }
  const facts = cause.facts.filter(([label]) => label !== 'file')
  return new PipelineProblem({ title: cause.title, facts: [['file', file], ...place, ...facts], hint: cause.hint })
}
