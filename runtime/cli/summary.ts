/** `espalier summary`: what a network costs, layer by layer; of a pipeline file before anything is run, or of a stage's result. */
import { type NetworksAsked, networksOf } from '../project/networks.ts'
import { exitCodes } from './exit.ts'
import { show } from './skins.ts'

export async function summary({ json, ...asked }: NetworksAsked & { readonly json: boolean }): Promise<number> {
  show({ json }, 'networks', await networksOf(asked))
  return exitCodes.done
}
