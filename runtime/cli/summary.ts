/** `espalier summary`: what a network costs, layer by layer; of a pipeline file before anything is run, or of a stage's result. */
import { type NetworksAsked, networksOf } from '../project/networks.ts'
import { exitCodes } from './exit.ts'
import type { Asked } from './skin-flags.ts'
import { show } from './skins.ts'

export async function summary(asked: NetworksAsked & Asked): Promise<number> {
  show(asked, 'networks', await networksOf(asked))
  return exitCodes.done
}
