#!/usr/bin/env node
/** The `espalier` command, and what can be started before the rest of it is loaded. */
import module from 'node:module'
import { join } from 'node:path'
import { cacheFolder, madeFolder } from '../cache-folder.ts'
import { standardError } from '../format/output.ts'
import { runsOn, wantedNode } from '../node-version.ts'
import { startAhead } from '../project/load/thread.ts'
import { exitCodes } from './exit.ts'
import { heedNohup } from './signals.ts'

if (!runsOn(process.versions.node)) {
  standardError.print([`Espalier needs ${wantedNode}; this is Node ${process.versions.node} at ${process.execPath}.`])
  process.exit(exitCodes.usage)
}

heedNohup()

// Compiled code is cached between commands. The variable is for threads and workers; without a writable folder, nothing is cached.
const code = join(cacheFolder(), 'code')
const { directory } = madeFolder(code) ? module.enableCompileCache(code) : {}
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory

const words = process.argv.slice(2)
// Called only by the scripts of `espalier completion`.
if (words[0] === 'complete') await (await import('./completion/complete.ts')).complete(words.slice(1))
else {
  // The thread that loads the pipeline file takes as long to start as the rest of the command to load.
  if (words.some((word) => /\.[cm]?[jt]s(#|$)/.test(word))) startAhead()
  await import('./main.ts')
}
