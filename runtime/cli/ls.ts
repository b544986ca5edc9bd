/** `espalier ls`: what a file has to run, in its author's words. Nothing is planned or run. */
import { type ListRequest, targetsIn } from '../project/targets.ts'
import { exitCodes } from './exit.ts'
import type { Asked } from './skin-flags.ts'
import { show } from './skins.ts'

export async function ls(request: ListRequest & Asked): Promise<number> {
  show(request, 'targets', await targetsIn(request))
  return exitCodes.done
}
