/** The command as a process: its words, its output, its end. */
import { outliveReaders, standardError, whyOutputIsLost } from '../format/output.ts'
import { leaveHeldThreads } from '../project/load/thread.ts'
import { commandLine, sayFailure } from './command-line.ts'
import { exitCodes } from './exit.ts'

outliveReaders()
// Errors that nobody awaits: Node would print them as they are, control characters too.
process.on('uncaughtException', (cause) => {
  sayFailure(cause)
  process.exit()
})
const words = process.argv.slice(2)
await commandLine(words)
const why = await whyOutputIsLost()
// What `run` is for is in the store, unless it is asked for its output.
const computes = words[0] === 'run' && !words.includes('--json') && !words.includes('--csv')
if (why !== undefined && !computes) {
  standardError.print([`Not all of the output could be written: ${why}`])
  process.exitCode ||= exitCodes.failed
}
await leaveHeldThreads()
