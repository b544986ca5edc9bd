/** Every sentence about a pipeline file that cannot be used. */
import { resolve } from 'node:path'
import { type Fact, type Facts, factsIn, type ProblemText } from '../../../dsl/check/problem.ts'
import { codeFrame } from '../../format/code-frame.ts'
import { nearest } from '../../format/target-name.ts'
import { LoadProblem } from '../../problem.ts'
import { packageOf } from '../../user-code/user-code.ts'
import type { Exported } from './isolated.ts'

const problem = (title: string, facts: Facts, hint: string): LoadProblem => new LoadProblem({ title, facts: [...factsIn(facts)], hint })

export const loadProblems = {
  notFound: (file: string) => problem('There is no such pipeline file.', { file }, 'Check the path; it is taken from the current folder.'),

  notAScript: (file: string) =>
    problem(
      'A pipeline file is TypeScript or JavaScript.',
      { file },
      'Give it a name that ends in .pipeline.ts (or .ts, .mts, .js, .mjs).',
    ),

  backslash: (file: string) => problem('Node imports no file whose path has a backslash.', { file }, 'Rename the file or its folder.'),

  neverFinished: (file: string, seconds: number) =>
    problem(
      `The pipeline file did not finish loading in ${seconds} s.`,
      { file },
      'A file only describes: look for an endless loop or an await that never ends. --load-timeout SECONDS gives it longer.',
    ),

  outOfMemory: (file: string, megabytes: number) =>
    problem(
      `The pipeline file needed more than ${megabytes} MB to load.`,
      { file },
      'A file only describes: large data belong in a data set.',
    ),

  /** Of the methods, which are made of verbs, types alone say what they take. */
  wrongCall: (file: string, frames: readonly string[]) =>
    problem(
      'A function of espalier was given an argument that it does not take.',
      [...(frames.length === 0 ? [['file', file] as const] : []), ...frames.map((frame): Fact => ['at', frame]), ...codeFrame(frames[0])],
      'Compare what it is given with its type, which an editor shows; without --no-check types are checked first.',
    ),

  tooDeep: (file: string, frames: readonly string[]) =>
    problem(
      'The pipeline file nests something too deeply, or a function in it calls itself without end.',
      [...(frames.length === 0 ? [['file', file] as const] : []), ...frames.map((frame): Fact => ['at', frame]), ...codeFrame(frames[0])],
      'Look for a function without an end, or a loop that puts each value into the next.',
    ),

  /** It awaits something, and nothing is left that could bring it. */
  stuck: (file: string) =>
    problem(
      'The pipeline file never finishes loading.',
      { file },
      'A file only describes: look for an await of something that never comes.',
    ),

  exited: (file: string, code: number, frames: readonly string[]) =>
    problem(
      'The pipeline file ended the process that loads it.',
      [['file', file], ['exit code', String(code)], ...frames.map((frame): Fact => ['at', frame]), ...codeFrame(frames[0])],
      'Remove the call of process.exit().',
    ),

  /** `frames` are the user's own, innermost first: `file:line:column`. */
  threw: (file: string, message: string, frames: readonly string[]) =>
    problem(
      'The pipeline file threw an error while it was loading.',
      [['error', message], ...frames.map((frame): Fact => ['at', frame]), ...codeFrame(frames[0])],
      whatToDo(message, frames.length === 0 ? `Fix ${file} and run again.` : 'Fix the line and run again.'),
    ),

  /** The language refused something. */
  refused: ({ title, facts, hint }: ProblemText, frames: readonly string[], project: string) => {
    const told = facts.find(([label]) => label === 'at' || label === 'written at')?.[1]
    const at = told === undefined ? frames[0] : resolve(project, told)
    return problem(title, [...facts, ...(told === undefined && at !== undefined ? [['at', at] as const] : []), ...codeFrame(at)], hint)
  },

  notStripped: (file: string, message: string, where: string | undefined) =>
    problem(
      'The pipeline file uses TypeScript that Node cannot run.',
      [['file', where ?? file], ['Node says', message], ...codeFrame(where)],
      'Types are removed, not compiled: replace enum, namespace, parameter properties and decorators by plain code.',
    ),

  syntax: (file: string, message: string, where: string | undefined) =>
    problem(
      'The pipeline file is not valid code.',
      [['file', where ?? file], ['error', message], ...codeFrame(where)],
      whatToDo(message, 'Fix the line and run again.'),
    ),

  unresolved: (specifier: string, file: string, message: string, where: string | undefined) =>
    problem(
      'An import of the pipeline file does not resolve.',
      [['import', specifier], ['file', where ?? file], ['error', message], ...codeFrame(where)],
      /^[./]|^file:/.test(specifier)
        ? 'Check the path, with its .ts ending.'
        : `Check that the package ${packageOf(specifier)} is installed and has this part.`,
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
            function: 'Call it, and export what it gives.',
            list: 'Make a study of it: export default compare({ one: …, two: … })',
          }[first.is],
    )
  },

  setTwice: (name: string) => problem(`--set gives ${name} twice.`, {}, 'Give each parameter one value.'),

  ambiguous: (file: string, targets: readonly string[]) =>
    problem(
      'The pipeline file has several targets and no default export.',
      { targets: targets.join(', ') },
      `Name one: ${file}#${targets[0]}, or all: '${file}#*'`,
    ),

  oneTarget: (file: string, targets: readonly string[]) =>
    problem('This command takes one target of the file.', { targets: targets.join(', ') }, `Name one: ${file}#${targets[0]}`),

  unknownTarget: (file: string, target: string, targets: readonly string[]) => {
    const meant = nearest(target, targets)
    return problem(
      `The pipeline file has no target called '${target}'.`,
      { targets: targets.join(', ') },
      meant === undefined ? `Name one of them: ${file}#${targets[0]}` : `Did you mean ${file}#${meant}?`,
    )
  },
}

/** Node's words for two kinds of modules that were mixed up, or a type that was imported as a value. */
function whatToDo(message: string, otherwise: string): string {
  const [, name] = /does not provide an export named '(.+)'/.exec(message) ?? []
  if (name !== undefined)
    return `Check the name. If it is a type, write import { type ${name} }: Node takes types away and compiles nothing.`
  if (/^Cannot use import statement outside a module|^Unexpected token 'export'/.test(message))
    return 'The nearest package.json says "type": "commonjs". Make it "module", or end the file\'s name in .mts.'
  if (/^(require|module|exports) is not defined in ES module scope/.test(message))
    return 'Write import and export, or end the name of a CommonJS file in .cts.'
  return otherwise
}
