/** Parses a command line, runs the command, reports failures, and sets the exit code. */
import * as NodeServices from '@effect/platform-node/NodeServices'
import * as Cause from 'effect/Cause'
import * as CliConfig from 'effect/cli/CliConfig'
import { isCliError } from 'effect/cli/CliError'
import * as CliOutput from 'effect/cli/CliOutput'
import * as Command from 'effect/cli/Command'
import * as GlobalFlag from 'effect/cli/GlobalFlag'
import * as Effect from 'effect/Effect'
import { isProblem } from '../engine/problems.ts'
import { standardError, standardOutput } from '../format/output.ts'
import { problemLines } from '../problem.ts'
import { espalier } from './commands.ts'
import { exitCodes } from './exit.ts'
import { usageSentence } from './usage.ts'
import { manual, version } from './version.ts'

/** One sentence on stderr for an invalid command line; the whole help only on request. */
const help = CliOutput.defaultFormatter({ colors: false })
const presenter: CliOutput.Presenter = {
  present: (event) => {
    if (event._tag === 'Version') return Effect.sync(() => standardOutput.print([event.version]))
    if (event._tag === 'Help')
      return Effect.sync(() => standardOutput.print([...help.formatHelpDoc(event.helpDoc).split('\n'), '', 'MORE', `  ${manual()}`]))
    return Effect.sync(() => {
      standardError.print([...event.errors.map(usageSentence), `To see what it takes: ${event.commandPath.join(' ')} --help`])
    })
  },
}

/** Reports a failure and sets the exit code. */
export const sayFailure = (cause: unknown): void => {
  if (isCliError(cause)) {
    // The presenter has printed the error. Without an error, help was requested.
    const wrong = cause._tag !== 'ShowHelp' || cause.errors.length > 0
    process.exitCode = wrong ? exitCodes.usage : exitCodes.done
  } else if (isProblem(cause)) {
    // A command may have set a more specific code.
    process.exitCode ??= exitCodes.usage
    standardError.print(problemLines(cause))
  } else {
    process.exitCode = exitCodes.failed
    standardError.print([
      'Espalier itself failed; this is a mistake in it, not in your file.',
      ...String(cause instanceof Error ? cause.stack : cause).split('\n'),
    ])
  }
}

export async function commandLine(words: readonly string[]): Promise<void> {
  return Effect.runPromise(
    Command.runWith(espalier, { version })(words).pipe(
      Effect.catchCause((cause) => Effect.sync(() => sayFailure(Cause.squash(cause)))),
      Effect.provideService(CliOutput.Presenter, presenter),
      Effect.provideService(CliConfig.CliConfig, CliConfig.make({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })),
      Effect.provide(NodeServices.layer),
    ),
  )
}
