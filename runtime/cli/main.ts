/** The command as a process: its words, its output, its end. */
import { outliveReaders } from '../format/output.ts'
import { leaveHeldThreads } from '../project/load/thread.ts'
import { commandLine } from './command-line.ts'

outliveReaders()
await commandLine(process.argv.slice(2))
await leaveHeldThreads()
