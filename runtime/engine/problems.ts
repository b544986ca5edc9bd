/** The engines' errors: where an engine is missing or unfit, and what goes wrong in a step. Each text once. */
import * as Schema from 'effect/Schema'
import type { Fact, ProblemText } from '../../dsl/problem.ts'
import { renderProblem } from '../problem.ts'

export class EngineProblem extends Schema.TaggedError<EngineProblem>()('EngineProblem', {
  kind: Schema.Literals(['not-installed', 'damaged', 'unsupported', 'install', 'bad-step', 'failed', 'out-of-memory', 'self-check']),
  title: Schema.String,
  facts: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  hint: Schema.String,
}) {
  override get message(): string {
    return renderProblem(this)
  }
}

const made = (kind: EngineProblem['kind'], title: string, facts: readonly Fact[], hint: string): EngineProblem =>
  new EngineProblem({ kind, title, facts: facts.map(([label, value]) => [label, value] as const), hint })

const installHint = 'Run: espalier engine install'
const repairHint = 'Run: espalier engine install (with ESPALIER_TENSORFLOW unset, or set to a whole library).'

export const engineProblems = {
  unsupported: (platform: string) =>
    made('unsupported', `There is no TensorFlow library for ${platform} yet.`, [['supported', 'linux-x64']], 'Run on a Linux x64 machine.'),

  processorTooOld: (processor: string) =>
    made(
      'unsupported',
      'The TensorFlow library needs a processor with AVX.',
      [['processor', processor]],
      'Use another machine, or the portable engine.',
    ),

  notInstalled: (looked: readonly string[]) =>
    made('not-installed', 'The TensorFlow library is not installed.', [['looked in', looked.join('\n')]], installHint),

  notThere: (directory: string) =>
    made(
      'not-installed',
      'The folder named in ESPALIER_TENSORFLOW does not hold the TensorFlow library.',
      [
        ['ESPALIER_TENSORFLOW', directory],
        ['wanted there', 'libtensorflow_cc.so.2, libtensorflow_framework.so.2'],
      ],
      'Name the folder that holds both, or unset it and run: espalier engine install',
    ),

  damaged: (file: string, found: string, expected: number) =>
    made(
      'damaged',
      'A file of the TensorFlow library is not whole, and loading it would end this process.',
      [
        ['file', file],
        ['size', found],
        ['expected', `${expected} bytes`],
      ],
      repairHint,
    ),

  notLoaded: (file: string, reason: string) =>
    made(
      'damaged',
      'The TensorFlow library cannot be loaded.',
      [
        ['file', file],
        ['loader says', reason],
      ],
      repairHint,
    ),

  wrongVersion: (found: string, expected: string) =>
    made(
      'unsupported',
      'This is another version of the TensorFlow library than the one Espalier was made for.',
      [
        ['found', found],
        ['expected', expected],
      ],
      installHint,
    ),

  selfCheck: (what: string, facts: readonly Fact[]) =>
    made(
      'self-check',
      `The engine failed its self-check: ${what}.`,
      facts,
      'Its results could not be trusted. Reinstall it: espalier engine install',
    ),

  /** `layer` when it is known, `ops` as TensorFlow names them, in the order it does. */
  notForXla: (step: string, layer: string | undefined, ops: readonly string[], message: string) =>
    made(
      'bad-step',
      `XLA cannot compile ${layer === undefined ? '' : `layer ${layer} of `}step ${step}.`,
      [
        ['step', step],
        ...(layer === undefined ? [] : [['layer', layer] as const]),
        ops.length > 0 ? ['operations without XLA', ops.join(', ')] : ['TensorFlow says', message],
      ],
      'Run without --xla, or build the network of other operations.',
    ),

  noXla: () =>
    made(
      'unsupported',
      'The portable engine has no XLA.',
      [],
      'Leave --xla out, or compute with the TensorFlow library: --engine tensorflow',
    ),

  oneThread: (threads: number) =>
    made(
      'unsupported',
      `The portable engine computes with one thread, not ${threads}.`,
      [['--threads', String(threads)]],
      'Leave --threads out; --slots says how many stages run at once.',
    ),

  /** A warning: one line on the terminal. */
  fellBack: ({ kind, title, facts }: EngineProblem): ProblemText => ({
    title: `${title.replace(/\.$/, '')}${kind === 'not-installed' ? ` (looked in ${facts.map(([, value]) => value.split('\n').join(', ')).join(', ')})` : ''}: computing with the portable engine, which is several times slower.`,
    facts,
    hint: kind === 'not-installed' ? installHint : 'To say so yourself: --engine portable',
  }),

  install: (title: string, facts: readonly Fact[], hint: string) => made('install', title, facts, hint),

  interrupted: () => made('install', 'The installation was interrupted; nothing was changed.', [], 'Run it again to start over.'),

  /** A step that cannot be traced or called as asked. */
  badStep: (title: string, facts: readonly Fact[], hint: string) => made('bad-step', title, facts, hint),

  /** An operation failed while it ran or was traced. */
  failed: (what: string, message: string, facts: readonly Fact[] = []) =>
    /\bOOM\b|out of memory/i.test(message)
      ? made('out-of-memory', `${what} ran out of memory.`, [...facts, ['TensorFlow says', message]], 'Use a smaller batch or network.')
      : made(
          'failed',
          `${what} failed.`,
          [...facts, ['TensorFlow says', message]],
          'No variable was changed. Check shapes and values of its inputs.',
        ),
}

/** The same problem with the step it happened in as its first fact. */
export function inStep(step: string, problem: EngineProblem): EngineProblem {
  if (problem.facts.some(([label]) => label === 'step')) return problem
  return made(problem.kind, problem.title, [['step', step], ...problem.facts], problem.hint)
}

export const isProblem = (cause: unknown): cause is ProblemText & Error =>
  cause instanceof Error && 'title' in cause && 'facts' in cause && 'hint' in cause
