/** Error messages about pipeline files that cannot be loaded. */
import { resolve } from 'node:path'
import { type Fact, type Facts, factsIn, type ProblemText } from '../../../dsl/check/problem.ts'
import { codeFrame } from '../../format/code-frame.ts'
import { nearest } from '../../format/target-name.ts'
import { LoadProblem } from '../../problem.ts'
import { packageOf } from '../../user-code/user-code.ts'
import type { Exported } from './isolated.ts'

const problem = (title: string, facts: Facts, hint: string): LoadProblem => new LoadProblem({ title, facts: [...factsIn(facts)], hint })

export const loadProblems = {
  notFound: (file: string) =>
    problem('The pipeline file does not exist.', { file }, 'Check the path. It is relative to the current folder.'),

  notAScript: (file: string) =>
    problem(
      'A pipeline file must be TypeScript or JavaScript.',
      { file },
      'Use a file name that ends in .pipeline.ts (or .ts, .mts, .js, .mjs).',
    ),

  backslash: (file: string) =>
    problem('Node cannot import a file with a backslash in its path.', { file }, 'Rename the file or its folder.'),

  neverFinished: (file: string, seconds: number) =>
    problem(
      `The pipeline file did not finish loading in ${seconds} s.`,
      { file },
      'Check the file for an endless loop or an await that never ends. --load-timeout SECONDS extends the limit.',
    ),

  outOfMemory: (file: string, megabytes: number) =>
    problem(
      `The pipeline file needed more than ${megabytes} MB to load.`,
      { file },
      'Put large data into a data set instead of the pipeline file.',
    ),

  /** Arguments of methods, which are built from verbs, are checked only by their types. */
  wrongCall: (file: string, frames: readonly string[]) =>
    problem(
      'A function of espalier received an invalid argument.',
      [...(frames.length === 0 ? [['file', file] as const] : []), ...frames.map((frame): Fact => ['at', frame]), ...codeFrame(frames[0])],
      'Compare the argument with its type in your editor. Without --no-check, types are checked first.',
    ),

  tooDeep: (file: string, frames: readonly string[]) =>
    problem(
      'The pipeline file has too deep nesting, or endless recursion.',
      [...(frames.length === 0 ? [['file', file] as const] : []), ...frames.map((frame): Fact => ['at', frame]), ...codeFrame(frames[0])],
      'Look for endless recursion, or a loop that nests each value in the next.',
    ),

  /** It awaits something that can no longer happen. */
  stuck: (file: string) => problem('The pipeline file never finishes loading.', { file }, 'Check the file for an await that never ends.'),

  exited: (file: string, code: number, frames: readonly string[]) =>
    problem(
      'The pipeline file ended the process that loads it.',
      [['file', file], ['exit code', String(code)], ...frames.map((frame): Fact => ['at', frame]), ...codeFrame(frames[0])],
      'Remove the call to process.exit().',
    ),

  /** `frames` are in the user's files, innermost first: `file:line:column`. */
  threw: (file: string, message: string, frames: readonly string[]) =>
    problem(
      'The pipeline file threw an error while it was loading.',
      [['error', message], ...frames.map((frame): Fact => ['at', frame]), ...codeFrame(frames[0])],
      whatToDo(message, frames.length === 0 ? `Fix ${file} and run again.` : 'Fix the line and run again.'),
    ),

  /** A verb rejected its arguments. */
  refused: ({ title, facts, hint }: ProblemText, frames: readonly string[], project: string) => {
    const told = facts.find(([label]) => label === 'at' || label === 'written at')?.[1]
    const at = told === undefined ? frames[0] : resolve(project, told)
    return problem(title, [...facts, ...(told === undefined && at !== undefined ? [['at', at] as const] : []), ...codeFrame(at)], hint)
  },

  notStripped: (file: string, message: string, where: string | undefined) =>
    problem(
      'The pipeline file uses TypeScript that Node cannot run.',
      [['file', where ?? file], ['Node error', message], ...codeFrame(where)],
      'Node strips types without compiling: replace enum, namespace, parameter properties and decorators by plain code.',
    ),

  syntax: (file: string, message: string, where: string | undefined) =>
    problem(
      'The pipeline file is not valid code.',
      [['file', where ?? file], ['error', message], ...codeFrame(where)],
      whatToDo(message, 'Fix the line and run again.'),
    ),

  unresolved: (specifier: string, file: string, message: string, where: string | undefined) =>
    problem(
      'An import of the pipeline file cannot be resolved.',
      [['import', specifier], ['file', where ?? file], ['error', message], ...codeFrame(where)],
      /^[./]|^file:/.test(specifier)
        ? 'Check the path, including the extension .ts.'
        : `Check that the package ${packageOf(specifier)} is installed and exports this path.`,
    ),

  noTargets: (file: string, exported: readonly Exported[]) => {
    const names = exported.map(({ name, is }) => (is === 'other' ? name : `${name} (a ${is})`))
    const first = exported.find((one): one is Exported & { readonly is: Exclude<Exported['is'], 'other'> } => one.is !== 'other')
    return problem(
      'The pipeline file exports no pipeline and no study.',
      { file, exports: names.join(', ') || 'nothing' },
      first === undefined
        ? 'Export one, for example: export default train().prune(0.9).finetune()'
        : {
            promise: 'Await it: export default await …',
            function: 'Call it and export the result.',
            list: 'Turn it into a study: export default compare({ one: …, two: … })',
          }[first.is],
    )
  },

  setTwice: (name: string) => problem(`--set sets ${name} twice.`, {}, 'Set each parameter once.'),

  ambiguous: (file: string, targets: readonly string[]) =>
    problem(
      'The pipeline file has several targets and no default export.',
      { targets: targets.join(', ') },
      `Select one: ${file}#${targets[0]}, or all: '${file}#*'`,
    ),

  oneTarget: (file: string, targets: readonly string[]) =>
    problem('This command takes one target of the file.', { targets: targets.join(', ') }, `Select one: ${file}#${targets[0]}`),

  unknownTarget: (file: string, target: string, targets: readonly string[]) => {
    const meant = nearest(target, targets)
    return problem(
      `The pipeline file has no target called '${target}'.`,
      { targets: targets.join(', ') },
      meant === undefined ? `Select one of them: ${file}#${targets[0]}` : `Did you mean ${file}#${meant}?`,
    )
  },
}

/** Recognises Node's messages for mixed module kinds, and for a type imported as a value. */
function whatToDo(message: string, otherwise: string): string {
  const [, name] = /does not provide an export named '(.+)'/.exec(message) ?? []
  if (name !== undefined) return `Check the name. If it is a type, write import { type ${name} }: Node strips types without compiling.`
  if (/^Cannot use import statement outside a module|^Unexpected token 'export'/.test(message))
    return 'The nearest package.json has "type": "commonjs". Change it to "module", or use the extension .mts.'
  if (/^(require|module|exports) is not defined in ES module scope/.test(message))
    return 'Use import and export, or use the extension .cts for a CommonJS file.'
  return otherwise
}
