/** The process of the command: its arguments, its output, its exit. */
import { outliveReaders, standardError, whyOutputIsLost } from '../format/output.ts'
import { leaveHeldThreads } from '../project/load/thread.ts'
import { commandLine, sayFailure } from './command-line.ts'
import { exitCodes } from './exit.ts'

outliveReaders()
// Unhandled errors: Node would print them unescaped, control characters included.
process.on('uncaughtException', (cause) => {
  sayFailure(cause)
  process.exit()
})
const words = process.argv.slice(2)
await commandLine(words)
const why = await whyOutputIsLost()
// The purpose of `run` is in the store, unless its output is requested.
const computes = words[0] === 'run' && !words.includes('--json') && !words.includes('--csv')
if (why !== undefined && !computes) {
  standardError.print([`Not all of the output could be written: ${why}`])
  process.exitCode ||= exitCodes.failed
}
await leaveHeldThreads()
