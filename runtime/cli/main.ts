#!/usr/bin/env node
/** The `espalier` command. */
import { readFileSync } from 'node:fs'
import * as NodeServices from '@effect/platform-node/NodeServices'
import * as CliConfig from 'effect/cli/CliConfig'
import * as CliOutput from 'effect/cli/CliOutput'
import * as Command from 'effect/cli/Command'
import * as GlobalFlag from 'effect/cli/GlobalFlag'
import * as Effect from 'effect/Effect'
import { isProblem } from '../engine/problems.ts'
import { renderProblem } from '../problem.ts'
import { espalier } from './commands.ts'
import { exitCodes } from './exit.ts'

/** One sentence for a wrong command line, on stderr; the whole help only when it is asked for. */
const presenter: CliOutput.Presenter = {
  present: (event) => {
    if (event._tag === 'Version') return Effect.sync(() => process.stdout.write(`${event.version}\n`))
    if (event._tag === 'Help') return CliOutput.defaultPresenter.present(event)
    return Effect.sync(() => {
      for (const { message } of event.errors) process.stderr.write(`${message}\n`)
      process.stderr.write(`espalier --help lists the commands and their flags.\n`)
    })
  },
}

const fail = (cause: unknown): void => {
  process.exitCode = exitCodes.usage
  const usage = typeof cause === 'object' && cause !== null && '_tag' in cause && cause._tag === 'ShowHelp'
  if (usage) {
    // Asked for without a command: the help itself is the answer.
    if ('errors' in cause && Array.isArray(cause.errors) && cause.errors.length === 0) process.exitCode = exitCodes.done
    return
  }
  process.stderr.write(`${isProblem(cause) ? renderProblem(cause) : cause instanceof Error ? cause.stack : String(cause)}\n`)
}

// In the source tree this module is two folders down, bundled it is one.
const packageFile = new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }

await Effect.runPromise(
  Command.runWith(espalier, { version })(process.argv.slice(2)).pipe(
    Effect.catch((cause) => Effect.sync(() => fail(cause))),
    Effect.provideService(CliOutput.Presenter, presenter),
    Effect.provideService(CliConfig.CliConfig, CliConfig.make({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })),
    Effect.provide(NodeServices.layer),
  ),
)
