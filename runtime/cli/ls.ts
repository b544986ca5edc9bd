/** `espalier ls`: what a file has to run, in its author's words. Nothing is planned or run. */
import { type ListRequest, targetsIn } from '../project/targets.ts'
import { exitCodes } from './exit.ts'
import { show } from './skins.ts'

export async function ls({ json, ...request }: ListRequest & { readonly json: boolean }): Promise<number> {
  show({ json }, 'targets', await targetsIn(request))
  return exitCodes.done
}
