/** The engines' errors: where an engine is missing or unfit, and what goes wrong in a step. Each text once. */
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
  `Run: ${installCommand(build)} (with ESPALIER_TENSORFLOW unset, or set to a whole library).`
const ofBuild = (build: 'cpu' | 'cuda') => (build === 'cuda' ? 'CUDA build of the TensorFlow library' : 'TensorFlow library')

export const engineProblems = {
  unsupported: (platform: string) =>
    made('unsupported', `There is no TensorFlow library for ${platform} yet.`, { supported: 'linux-x64' }, 'Run on a Linux x64 machine.'),

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
      `The folder named in ESPALIER_TENSORFLOW does not hold the ${ofBuild(build)}.`,
      { ESPALIER_TENSORFLOW: directory, 'wanted there': 'libtensorflow_cc.so.2, libtensorflow_framework.so.2' },
      `Name the folder that holds both, or unset it and run: ${installCommand(build)}`,
    ),

  damaged: (file: string, found: string, expected: number, build: 'cpu' | 'cuda' = 'cpu') =>
    made(
      'damaged',
      'A file of the TensorFlow library is not whole, and loading it would end this process.',
      { file, size: found, expected: `${expected} bytes` },
      repairHint(build),
    ),

  notLoaded: (file: string, reason: string) =>
    made('damaged', 'The TensorFlow library cannot be loaded.', { file, 'loader says': reason }, repairHint()),

  wrongVersion: (found: string, expected: string) =>
    made(
      'unsupported',
      'This is another version of the TensorFlow library than the one Espalier was made for.',
      { found, expected },
      installHint(),
    ),

  selfCheck: (what: string, facts: Facts) =>
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
      { step, layer, ...(ops.length > 0 ? { 'operations without XLA': ops.join(', ') } : { 'TensorFlow says': message }) },
      'Run without --xla (or with xla: false in the task), or build the network of other operations.',
    ),

  noXla: () =>
    made(
      'unsupported',
      'The portable engine has no XLA.',
      {},
      'Leave --xla (in a task, xla: true) out, or compute with the TensorFlow library: --engine tensorflow',
    ),

  /** Mixed precision would only lose precision there. @param where `the portable engine` */
  noMixed: (where: string) =>
    made(
      'unsupported',
      `Mixed precision gains nothing on ${where}.`,
      { gains: 'GPUs of compute capability 8.0 or more, processors with AVX512_BF16 or AMX' },
      "Leave precision: 'mixed' out: float32 is as fast there, and exact.",
    ),

  noGpuForPortable: () =>
    made(
      'unsupported',
      'The portable engine computes on the processor only.',
      { '--device': 'gpu' },
      'Leave one of --device gpu and --engine portable out.',
    ),

  noGpu: (why: string) =>
    made(
      'unsupported',
      'There is no GPU to compute with.',
      { reason: why },
      'Install or repair the NVIDIA driver and look with nvidia-smi, or compute on the processor: --device cpu',
    ),

  /** Of a stage. @param why begins the hint, which goes on: or take the stage's wish out */
  gpuAskedFor: ({ path, at }: Pick<Stage, 'path' | 'at'>, why: Pick<ProblemText, 'title' | 'hint'>) =>
    made(
      'unsupported',
      'A stage asks for a GPU, and there is none to compute it with.',
      { stage: path, at: at && show(at), reason: why.title },
      `${why.hint} take device: 'gpu' out of its resources.`,
    ),

  tooManySlots: (slots: number, gpus: number) =>
    made(
      'unsupported',
      `There ${gpus === 1 ? 'is 1 GPU' : `are ${gpus} GPUs`}, and each stage that runs has one to itself.`,
      { '--slots': slots },
      `Leave --slots out, give at most ${gpus}, or compute on the processor: --device cpu`,
    ),

  /** At start: something that must run on the GPU ran elsewhere. */
  notOnGpu: (what: string, device: string) =>
    made(
      'self-check',
      `The TensorFlow library computes ${what} on the processor instead of the GPU.`,
      { device: device || 'unknown' },
      'Look with nvidia-smi whether the driver works, run: espalier engine install cuda, or compute on the processor: --device cpu',
    ),

  /** A warning: there is a GPU, and the library for it is not there. */
  gpuUnused: (gpu: string): ProblemText => ({
    title: `There is a GPU (${gpu}), but not the CUDA build of the TensorFlow library: computing on the processor.`,
    facts: [['GPU', gpu]],
    hint: 'Run: espalier engine install cuda. To choose the processor without this warning: --device cpu',
  }),

  /** A warning: the driver's tool is there and of no use. */
  gpuBroken: (why: string): ProblemText => ({
    title: `No GPU can be used (${why}): computing on the processor.`,
    facts: [['reason', why]],
    hint: 'To choose the processor without this warning: --device cpu',
  }),

  oneThread: (threads: number) =>
    made(
      'unsupported',
      `The portable engine computes with one thread, not ${threads}.`,
      { '--threads': threads },
      'Leave --threads out; --slots says how many stages run at once.',
    ),

  /** A warning: one line on the terminal. */
  fellBack: ({ kind, title, facts }: EngineProblem): ProblemText => ({
    title: `${title.replace(/\.$/, '')}${kind === 'not-installed' ? ` (looked in ${facts.map(([, value]) => value.split('\n').join(', ')).join(', ')})` : ''}: computing with the portable engine, which is several times slower.`,
    facts,
    hint: kind === 'not-installed' ? installHint() : 'To say so yourself: --engine portable',
  }),

  install: (title: string, facts: Facts, hint: string) => made('install', title, facts, hint),

  interrupted: () => made('install', 'The installation was interrupted; nothing was changed.', {}, 'Run it again to start over.'),

  /** A step that cannot be traced or called as asked. */
  badStep: (title: string, facts: Facts, hint: string) => made('bad-step', title, facts, hint),

  /** An operation failed while it ran or was traced. */
  failed: (what: string, message: string, facts: Facts = {}) =>
    /\bOOM\b|out of memory/i.test(message)
      ? made(
          'out-of-memory',
          `${what} ran out of memory.`,
          [...factsIn(facts), ['TensorFlow says', message]],
          'Use a smaller batch or network.',
        )
      : made(
          'failed',
          `${what} failed.`,
          [...factsIn(facts), ['TensorFlow says', message]],
          'No variable was changed. Check shapes and values of its inputs.',
        ),
}

/** The same problem with the stage that it would happen in as its first facts. */
export function inStage({ path, at }: Pick<Stage, 'path' | 'at'>, { kind, title, facts, hint }: EngineProblem): EngineProblem {
  return made(kind, title, [...factsIn({ stage: path, at: at && show(at) }), ...facts], hint)
}

/** The same problem with the step it happened in as its first fact. */
export function inStep(step: string, problem: EngineProblem): EngineProblem {
  if (problem.facts.some(([label]) => label === 'step')) return problem
  return made(problem.kind, problem.title, [['step', step], ...problem.facts], problem.hint)
}

export const isProblem = (cause: unknown): cause is ProblemText & Error =>
  cause instanceof Error && 'title' in cause && 'facts' in cause && 'hint' in cause
