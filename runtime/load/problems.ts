/** Every sentence about a pipeline file that cannot be used. */
import { readFileSync } from 'node:fs'
import type { Fact, ProblemText } from '../../dsl/problem.ts'
import { LoadProblem } from '../problem.ts'

const problem = (title: string, facts: readonly Fact[], hint: string): LoadProblem =>
  new LoadProblem({ title, facts: facts.map(([label, value]) => [label, value] as const), hint })

export const loadProblems = {
  notFound: (file: string) =>
    problem('There is no such pipeline file.', [['file', file]], 'Check the path; it is taken from the current folder.'),

  notAScript: (file: string) =>
    problem(
      'A pipeline file is TypeScript or JavaScript.',
      [['file', file]],
      'Give it a name that ends in .pipeline.ts (or .ts, .mts, .js, .mjs).',
    ),

  neverFinished: (file: string, seconds: number) =>
    problem(
      `The pipeline file did not finish loading in ${seconds} s.`,
      [['file', file]],
      'A file only describes: look for an endless loop or an await that never ends. --load-timeout SECONDS gives it longer.',
    ),

  outOfMemory: (file: string, megabytes: number) =>
    problem(
      `The pipeline file needed more than ${megabytes} MB to load.`,
      [['file', file]],
      'A file only describes: large data belong in a data set.',
    ),

  exited: (file: string, code: number) =>
    problem(
      'The pipeline file ended the process that loads it.',
      [
        ['file', file],
        ['exit code', String(code)],
      ],
      'Remove the call of process.exit().',
    ),

  /** `frames` are the user's own, innermost first: `file:line:column`. */
  threw: (file: string, message: string, frames: readonly string[]) =>
    problem(
      'The pipeline file threw an error while it was loading.',
      [['error', message], ...frames.map((frame): Fact => ['at', frame]), ...codeFacts(frames[0])],
      frames.length === 0 ? `Fix ${file} and run again.` : 'Fix the line and run again.',
    ),

  /** The language refused something. */
  refused: ({ title, facts, hint }: ProblemText) => {
    const at = facts.find(([label]) => label === 'at')?.[1]
    return problem(title, [...facts, ...codeFacts(at)], hint)
  },

  notStripped: (file: string, message: string) =>
    problem(
      'The pipeline file uses TypeScript that Node cannot run.',
      [
        ['file', file],
        ['Node says', message],
      ],
      'Types are removed, not compiled: replace enum, namespace and parameter properties by plain code.',
    ),

  syntax: (file: string, message: string, where: string | undefined) =>
    problem(
      'The pipeline file is not valid code.',
      [['file', where ?? file], ['error', message], ...codeFacts(where)],
      'Fix the line and run again.',
    ),

  unresolved: (file: string, message: string) =>
    problem(
      'An import of the pipeline file does not resolve.',
      [
        ['file', file],
        ['error', message],
      ],
      'Check the path (with its .ts ending) or install the package.',
    ),

  noTargets: (file: string, exported: readonly string[]) =>
    problem(
      'The pipeline file exports no pipeline and no study.',
      [
        ['file', file],
        ['exports', exported.join(', ') || 'nothing'],
      ],
      'Export one, for example: export default train().prune(0.9).finetune()',
    ),

  ambiguous: (file: string, targets: readonly string[]) =>
    problem(
      'The pipeline file has several targets and no default export.',
      [['targets', targets.join(', ')]],
      `Name one: ${file}#${targets[0]}`,
    ),

  unknownTarget: (file: string, target: string, targets: readonly string[]) =>
    problem(
      `The pipeline file has no target called '${target}'.`,
      [['targets', targets.join(', ')]],
      `Name one of them: ${file}#${targets[0]}`,
    ),
}

/** The line of a place with its neighbours and a mark, as one fact; nothing when the file cannot be read. */
function codeFacts(place: string | undefined): Fact[] {
  const [, file, row, column] = /^(.*):(\d+):(\d+)$/.exec(place ?? '') ?? []
  if (file === undefined) return []
  try {
    const lines = readFileSync(file, 'utf8').split('\n')
    const line = Number(row)
    const shown = [line - 1, line, line + 1].filter((n) => n >= 1 && n <= lines.length)
    const width = String(shown.at(-1)).length
    const frame = shown.flatMap((n) => {
      const text = `${n === line ? '>' : ' '} ${String(n).padStart(width)} | ${lines[n - 1]}`
      return n === line ? [text, `  ${' '.repeat(width)} | ${' '.repeat(Number(column) - 1)}^`] : [text]
    })
    return [['code', frame.join('\n')]]
  } catch {
    return []
  }
}
