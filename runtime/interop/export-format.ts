/** What a format of other programs is: the files that hold a network, and the folder that they may be in. */
import type { Network } from '../../stdlib/network.ts'
import type { StageServices } from '../../stdlib/training/services.ts'

export interface ExportFormat {
  /**
   * By path below the target, in the order in which they are written: what others name comes first. One file at the target itself has the
   * path ''. @param artifact the network's content address
   */
  files(network: Network, artifact: string, services: Pick<StageServices, 'engine' | 'network'>): Promise<ReadonlyMap<string, Uint8Array>>
  /** Of a format that is a folder of files. */
  readonly folder?: ExportFolder
}

export interface ExportFolder {
  /** Why what is in the folder already is not to be touched; undefined when it may be. */
  foreign(folder: string): string | undefined
  /** Whether a file of this name is of an earlier export. */
  earlier(name: string): boolean
}
