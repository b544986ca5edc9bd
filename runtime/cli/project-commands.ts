/** Commands about files of a project, which open no store. */
import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import { loadTimeout, parameters, pipelineFile, toExitCode } from './flags.ts'
import { skinFlags } from './skin-flags.ts'

const folder = Argument.String('FOLDER').pipe(Argument.withDescription('where (default: here)'), Argument.withDefault('.'))
const init = Command.make('init', { folder }, (config) => toExitCode(async () => (await import('./init.ts')).init(config))).pipe(
  Command.withDescription('Write a starter project: package.json, tsconfig.json, a first pipeline; never over a file that is there'),
)

const ls = Command.make('ls', { file: pipelineFile('a pipeline file'), set: parameters, loadTimeout, ...skinFlags }, (config) =>
  toExitCode(async () => (await import('./ls.ts')).ls(config)),
).pipe(Command.withDescription('List what a file has to run, with its comments; nothing is run'))

export const projectCommands = [init, ls] as const
