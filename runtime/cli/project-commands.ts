/** Commands about files of a project, which look into no store. */
import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import { toExitCode } from './flags.ts'

const folder = Argument.String('FOLDER').pipe(Argument.withDescription('where (default: here)'), Argument.withDefault('.'))
const init = Command.make('init', { folder }, (config) => toExitCode(async () => (await import('./init.ts')).init(config))).pipe(
  Command.withDescription('Write a starter project: package.json, tsconfig.json, a first pipeline; never over a file that is there'),
)

export const projectCommands = [init] as const
