/** Completion candidates for the cursor's position on a command line. */
import type { ArgumentType, CommandDescriptor, FlagDescriptor, FlagType } from 'effect/cli/Completions'
import {
  arms,
  axes,
  fetchable,
  files,
  filesAndStages,
  folders,
  type Known,
  parameters,
  pipelines,
  runsAndStages,
  stageNames,
  stages,
} from './known.ts'

export interface Candidate {
  readonly value: string
  /** One line; empty if the value needs no description. */
  readonly about: string
}

/** By names of arguments and flags, which mean the same in every command. Others are not completed. */
const knownOf: { readonly [name: string]: Known } = {
  FILE: pipelines,
  STAGE: stages,
  'RUN|STAGE': runsAndStages,
  A: runsAndStages,
  B: runsAndStages,
  'FILE|STAGE': filesAndStages,
  FOLDER: folders,
  FROM: folders,
  TO: folders,
  NAME: fetchable,
  '--store': folders,
  '--objects': folders,
  '--wheels': folders,
  '--tensorboard': folders,
  '--out': files,
  '--set': parameters,
  '--only': arms,
  '--arm': arms,
  '--x': axes,
  '--by': axes,
  '--stage': stageNames,
}

/** Flags that may be repeated. */
const again = new Set(['set'])

/** @param words after the program's name; the last one is being typed, and may be empty */
export async function candidates(program: CommandDescriptor, words: readonly string[]): Promise<readonly Candidate[]> {
  const typed = words.at(-1) ?? ''
  const { command, given, flags, awaited } = read(program, words.slice(0, -1))
  const fileAt = command.arguments.findIndex(({ name }) => name === 'FILE')
  const around = { file: given[fileAt], store: flags.get('store') }
  const valuesOf = async (name: string, type: ArgumentType | FlagType, begun: string): Promise<readonly string[]> =>
    type._tag === 'Choice' ? type.values : ((await knownOf[name]?.(begun, around)) ?? [])
  const starting = (all: readonly Candidate[]) => all.filter(({ value }) => value.startsWith(typed))

  if (awaited !== undefined) return starting(plain(await valuesOf(`--${awaited.name}`, awaited.type, typed)))
  const [, name, begun] = /^--([^=]+)=(.*)$/s.exec(typed) ?? []
  if (name !== undefined) {
    const flag = command.flags.find((one) => one.name === name)
    if (flag === undefined) return []
    return starting(plain((await valuesOf(`--${name}`, flag.type, begun!)).map((value) => `--${name}=${value}`)))
  }
  if (typed.startsWith('-')) {
    const left = command.flags.filter((flag) => again.has(flag.name) || !flags.has(flag.name))
    return starting([
      ...left.map((flag) => ({ value: `--${flag.name}`, about: flag.description ?? '' })),
      { value: '--help', about: 'what it does, its flags, examples' },
    ])
  }
  if (command.subcommands.length > 0) return starting(command.subcommands.map((one) => ({ value: one.name, about: one.description ?? '' })))
  const argument = command.arguments[given.length]
  return argument === undefined ? [] : starting(plain(await valuesOf(argument.name, argument.type, typed)))
}

interface Read {
  readonly command: CommandDescriptor
  /** Its arguments so far. */
  readonly given: readonly string[]
  /** Values by name; empty for a switch. */
  readonly flags: ReadonlyMap<string, string>
  /** The flag whose value comes next. */
  readonly awaited: FlagDescriptor | undefined
}

function read(program: CommandDescriptor, words: readonly string[]): Read {
  let command = program
  let awaited: FlagDescriptor | undefined
  const given: string[] = []
  const flags = new Map<string, string>()
  for (const word of words) {
    const [, dashes = '', name = '', value] = /^(--?)([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (awaited !== undefined) {
      flags.set(awaited.name, word)
      awaited = undefined
    } else if (dashes !== '') {
      const flag = command.flags.find((one) => (dashes === '--' ? one.name === name : one.aliases.includes(name)))
      if (flag === undefined) continue
      flags.set(flag.name, value ?? '')
      if (value === undefined && flag.type._tag !== 'Boolean') awaited = flag
    } else {
      const inside = command.subcommands.find((one) => one.name === word)
      if (inside === undefined) given.push(word)
      else command = inside
    }
  }
  return { command, given, flags, awaited }
}

const plain = (values: readonly string[]): Candidate[] => values.map((value) => ({ value, about: '' }))
