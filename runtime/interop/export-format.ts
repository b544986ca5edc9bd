/** What a format of other programs is: the files that hold a network, and the folder that they may be in. */
import type { ExportOptions } from '../../dsl/graph/stage-options.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { LayersModel, Tf } from '../../stdlib/engine.ts'
import type { Network } from '../../stdlib/network.ts'
import type { StageServices } from '../../stdlib/training/services.ts'

export interface Exported {
  readonly network: Network
  /** The network's content address. */
  readonly artifact: string
  /** Of the stage that writes it. */
  readonly key: string
  readonly options: ExportOptions
  /** By name; of a format that shows them, empty for others. */
  readonly metrics: { readonly [name: string]: number }
}

/** What is to be written, and the description of the network. */
export interface Asked {
  readonly options: ExportOptions
  readonly spec: Spec
}

type ExportServices = Pick<StageServices, 'engine' | 'network' | 'dataset'>

export interface ExportFormat {
  /** Whether each layer can be written, before any weight is there. @throws PipelineProblem for one that cannot */
  refuse?(tf: Tf, model: LayersModel, asked: Asked): void
  /**
   * By path below the target, in the order in which they are written: what others name comes first. One file at the target itself has the
   * path '', and one beside it '../NAME'.
   */
  files(exported: Exported, services: ExportServices): Promise<ReadonlyMap<string, Uint8Array>>
  /** It shows what the network comes to on the data of `normalize`: that is measured first. */
  readonly measured?: true
  /** Whether a file that stands where one goes beside the target is of an earlier export: another is not replaced. */
  beside?(content: Uint8Array): boolean
  /** Of a format that is a folder of files. */
  readonly folder?: ExportFolder
}

export interface ExportFolder {
  /** Why what is in the folder already is not to be touched; undefined when it may be. */
  foreign(folder: string): string | undefined
  /** Whether a file of this name is of an earlier export. */
  earlier(name: string): boolean
}
