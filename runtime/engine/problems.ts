/** Errors of the engines: a missing or unsuitable engine, and failures in a step. */
import * as Schema from 'effect/Schema'
import { show } from '../../dsl/check/at.ts'
import { type Facts, factsIn, type ProblemText } from '../../dsl/check/problem.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
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

const made = (kind: EngineProblem['kind'], title: string, facts: Facts, hint: string): EngineProblem =>
  new EngineProblem({ kind, title, facts: [...factsIn(facts)], hint })

const installCommand = (build: 'cpu' | 'cuda') => `espalier engine install${build === 'cuda' ? ' cuda' : ''}`
const installHint = (build: 'cpu' | 'cuda' = 'cpu') => `Run: ${installCommand(build)}`
const repairHint = (build: 'cpu' | 'cuda' = 'cpu') =>
  `Run: ${installCommand(build)} (with ESPALIER_TENSORFLOW unset, or set to a complete library).`
const ofBuild = (build: 'cpu' | 'cuda') => (build === 'cuda' ? 'CUDA build of the TensorFlow library' : 'TensorFlow library')

export const engineProblems = {
  unsupported: (platform: string) =>
    made('unsupported', `There is no TensorFlow library for ${platform}.`, { supported: 'linux-x64' }, 'Run on a Linux x64 machine.'),

  processorTooOld: (processor: string) =>
    made(
      'unsupported',
      'The TensorFlow library needs a processor with AVX.',
      { processor },
      'Use another machine, or the portable engine.',
    ),

  notInstalled: (looked: readonly string[], build: 'cpu' | 'cuda' = 'cpu') =>
    made('not-installed', `The ${ofBuild(build)} is not installed.`, { 'looked in': looked.join('\n') }, installHint(build)),

  notThere: (directory: string, build: 'cpu' | 'cuda' = 'cpu') =>
    made(
      'not-installed',
      `The folder named in ESPALIER_TENSORFLOW does not contain the ${ofBuild(build)}.`,
      { ESPALIER_TENSORFLOW: directory, 'required files': 'libtensorflow_cc.so.2, libtensorflow_framework.so.2' },
      `Set it to the folder with both files, or unset it and run: ${installCommand(build)}`,
    ),

  damaged: (file: string, found: string, expected: number, build: 'cpu' | 'cuda' = 'cpu') =>
    made(
      'damaged',
      'A file of the TensorFlow library is incomplete. Loading it would crash this process.',
      { file, size: found, expected: `${expected} bytes` },
      repairHint(build),
    ),

  notLoaded: (file: string, reason: string) =>
    made('damaged', 'The TensorFlow library cannot be loaded.', { file, 'loader error': reason }, repairHint()),

  wrongVersion: (found: string, expected: string) =>
    made('unsupported', 'Espalier does not support this version of the TensorFlow library.', { found, expected }, installHint()),

  selfCheck: (what: string, facts: Facts) =>
    made(
      'self-check',
      `The engine failed its self-check: ${what}.`,
      facts,
      'Its results would not be reliable. Reinstall it: espalier engine install',
    ),

  /** `layer` if known; `ops` by TensorFlow's names, in its order. */
  notForXla: (step: string, layer: string | undefined, ops: readonly string[], message: string) =>
    made(
      'bad-step',
      `XLA cannot compile ${layer === undefined ? '' : `layer ${layer} of `}step ${step}.`,
      { step, layer, ...(ops.length > 0 ? { 'operations without XLA': ops.join(', ') } : { 'TensorFlow error': message }) },
      'Run without --xla (or with xla: false in the task), or build the network from other operations.',
    ),

  noXla: () =>
    made(
      'unsupported',
      'The portable engine does not support XLA.',
      {},
      'Omit --xla (in a task, xla: true), or use the TensorFlow library: --engine tensorflow',
    ),

  /** Mixed precision would only lose precision there. @param where `the portable engine` */
  noMixed: (where: string) =>
    made(
      'unsupported',
      `Mixed precision is not faster on ${where}.`,
      { 'faster on': 'GPUs of compute capability 8.0 or more, processors with AVX512_BF16 or AMX' },
      "Omit precision: 'mixed'. float32 is as fast there and more precise.",
    ),

  noGpuForPortable: () =>
    made('unsupported', 'The portable engine runs only on the CPU.', { '--device': 'gpu' }, 'Omit --device gpu or --engine portable.'),

  noGpu: (why: string) =>
    made(
      'unsupported',
      'No GPU is available.',
      { reason: why },
      'Install or repair the NVIDIA driver and check it with nvidia-smi, or use the CPU: --device cpu',
    ),

  /** @param why its hint is completed by: remove device: 'gpu' … */
  gpuAskedFor: ({ path, at }: Pick<Stage, 'path' | 'at'>, why: Pick<ProblemText, 'title' | 'hint'>) =>
    made(
      'unsupported',
      'A stage requires a GPU, but none is available.',
      { stage: path, at: at && show(at), reason: why.title },
      `${why.hint} remove device: 'gpu' from its resources.`,
    ),

  tooManySlots: (slots: number, gpus: number) =>
    made(
      'unsupported',
      `There ${gpus === 1 ? 'is 1 GPU' : `are ${gpus} GPUs`}, and each running stage needs its own.`,
      { '--slots': slots },
      `Omit --slots, set it to at most ${gpus}, or use the CPU: --device cpu`,
    ),

  /** At start: an operation that must run on the GPU ran on the CPU. */
  notOnGpu: (what: string, device: string) =>
    made(
      'self-check',
      `The TensorFlow library computes ${what} on the CPU instead of the GPU.`,
      { device: device || 'unknown' },
      'Check the driver with nvidia-smi, run: espalier engine install cuda, or use the CPU: --device cpu',
    ),

  /** Warning: there is a GPU, but the CUDA build is not installed. */
  gpuUnused: (gpu: string): ProblemText => ({
    title: `There is a GPU (${gpu}), but the CUDA build of the TensorFlow library is not installed: using the CPU.`,
    facts: [['GPU', gpu]],
    hint: 'Run: espalier engine install cuda. To use the CPU without this warning: --device cpu',
  }),

  /** Warning: the driver is installed but does not work. */
  gpuBroken: (why: string): ProblemText => ({
    title: `No GPU can be used (${why}): using the CPU.`,
    facts: [['reason', why]],
    hint: 'To use the CPU without this warning: --device cpu',
  }),

  oneThread: (threads: number) =>
    made(
      'unsupported',
      `The portable engine uses one thread, not ${threads}.`,
      { '--threads': threads },
      'Omit --threads. To run several stages at once, use --slots.',
    ),

  /** A warning: one line on the terminal. */
  fellBack: ({ kind, title, facts }: EngineProblem): ProblemText => ({
    title: `${title.replace(/\.$/, '')}${kind === 'not-installed' ? ` (looked in ${facts.map(([, value]) => value.split('\n').join(', ')).join(', ')})` : ''}: using the portable engine, which is several times slower.`,
    facts,
    hint: kind === 'not-installed' ? installHint() : 'To use it without this warning: --engine portable',
  }),

  install: (title: string, facts: Facts, hint: string) => made('install', title, facts, hint),

  interrupted: () => made('install', 'The installation was interrupted; nothing was changed.', {}, 'Run the command again.'),

  /** A step that cannot be traced or called as requested. */
  badStep: (title: string, facts: Facts, hint: string) => made('bad-step', title, facts, hint),

  /** An operation failed while it ran or was traced. */
  failed: (what: string, message: string, facts: Facts = {}) =>
    /\bOOM\b|out of memory/i.test(message)
      ? made(
          'out-of-memory',
          `${what} ran out of memory.`,
          [...factsIn(facts), ['TensorFlow error', message]],
          'Use a smaller batch or network.',
        )
      : made('failed', `${what} failed.`, [...factsIn(facts), ['TensorFlow error', message]], 'Check the shapes and values of its inputs.'),
}

/** The same problem with its stage as the first facts. */
export function inStage({ path, at }: Pick<Stage, 'path' | 'at'>, { kind, title, facts, hint }: EngineProblem): EngineProblem {
  return made(kind, title, [...factsIn({ stage: path, at: at && show(at) }), ...facts], hint)
}

/** The same problem with its step as the first fact. */
export function inStep(step: string, problem: EngineProblem): EngineProblem {
  if (problem.facts.some(([label]) => label === 'step')) return problem
  return made(problem.kind, problem.title, [['step', step], ...problem.facts], problem.hint)
}

export const isProblem = (cause: unknown): cause is ProblemText & Error =>
  cause instanceof Error && 'title' in cause && 'facts' in cause && 'hint' in cause
