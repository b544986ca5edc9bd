/** An export format: the files of a network, and its folder if it has one. */
import type { ExportOptions } from '../../dsl/graph/stage-options.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { LayersModel, Tf } from '../../stdlib/engine.ts'
import type { Network } from '../../stdlib/network.ts'
import type { StageServices } from '../../stdlib/training/services.ts'

export interface Exported {
  readonly network: Network
  /** The network's content address. */
  readonly artifact: string
  /** The key of the exporting stage. */
  readonly key: string
  readonly options: ExportOptions
  /** Metrics by name; empty unless the format shows them. */
  readonly metrics: { readonly [name: string]: number }
}

/** The network to write, and its description. */
export interface Asked {
  readonly options: ExportOptions
  readonly spec: Spec
}

type ExportServices = Pick<StageServices, 'engine' | 'network' | 'dataset'>

export interface ExportFormat {
  /** Checks that each layer can be exported, before weights exist. @throws PipelineProblem for a layer that cannot */
  refuse?(tf: Tf, model: LayersModel, asked: Asked): void
  /**
   * By path below the target, in write order: referenced files come first. A single file at the target itself has the
   * path '', and a file beside it has '../NAME'.
   */
  files(exported: Exported, services: ExportServices): Promise<ReadonlyMap<string, Uint8Array>>
  /** The format shows metrics on the data of `normalize`, which are computed first. */
  readonly measured?: true
  /** Whether an existing file beside the target was written by an earlier export. Other files are not replaced. */
  beside?(content: Uint8Array): boolean
  /** For a format that writes a folder. */
  readonly folder?: ExportFolder
}

export interface ExportFolder {
  /** Why the existing content of the folder may not be changed; undefined if it may. */
  foreign(folder: string): string | undefined
  /** Whether an earlier export wrote a file with this name. */
  earlier(name: string): boolean
}
