/** A command-line error in one sentence. */
import type { CliError } from 'effect/cli/CliError'

export function usageSentence(error: CliError): string {
  switch (error._tag) {
    case 'UnrecognizedOption':
      return `There is no flag ${error.option}.${meant(error.suggestions)}`
    case 'UnknownSubcommand':
      return `There is no command '${error.subcommand}'.${meant(error.suggestions)}`
    case 'MissingArgument':
      return `${error.argument} is missing.`
    case 'UnexpectedArgument':
      return `Too many arguments: ${error.arguments.join(' ')}.`
    case 'InvalidValue': {
      // Effect gives the number of occurrences in place of a value.
      if (/^\d+ occurrences$/.test(error.value)) return `--${error.option} may be given once.`
      const name = error.kind === 'flag' ? `--${error.option}` : error.option
      return error.value === ''
        ? `${name} needs a value: ${wanted(error.expected)}.`
        : `${name} must be ${wanted(error.expected)}, not '${error.value}'.`
    }
    default:
      return error.message
  }
}

const meant = (suggestions: readonly string[]): string => (suggestions.length === 0 ? '' : ` Did you mean ${suggestions.join(' or ')}?`)

/** Replaces Effect's names of its types. */
function wanted(expected: string): string {
  if (/^(Expected an integer|integer)$/.test(expected)) return 'a whole number'
  if (/finite number|^float$|^number$/.test(expected)) return 'a number'
  if (expected === 'string') return 'text'
  if (/"true"/.test(expected)) return 'true or false'
  const words = expected.replace(/^Expected:? /, '')
  const choices = /^"[^"]*"( \| "[^"]*")+$/.test(words) ? words.slice(1, -1).split('" | "') : []
  return choices.length === 0 ? words : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
}
