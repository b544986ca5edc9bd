/**
 * Finds NVIDIA GPUs with the driver's own tool, and selects those to compute with. The tool's output is not trusted: a driver that is
 * broken or too old, or other output, is a reason to compute elsewhere, not a crash.
 */
import { execFile } from 'node:child_process'

export interface Gpu {
  readonly index: number
  /** As CUDA_VISIBLE_DEVICES takes it. */
  readonly uuid: string
  readonly name: string
  /** Undefined where it shares the processor's memory. */
  readonly memoryMiB: number | undefined
  readonly driver: string
  /** CUDA compute capability, e.g. 8.9. */
  readonly capability: number
}

export interface GpusFound {
  /** Those to compute with, all of one model, so that it does not matter which of them a stage gets. */
  readonly gpus: readonly Gpu[]
  /** The others, each with the reason. */
  readonly idle: readonly { readonly gpu: Gpu; readonly why: string }[]
  /** Why there are none; `absent` where nothing suggests that there should be any. */
  readonly none: { readonly why: string; readonly absent: boolean } | undefined
}

/** The oldest driver that CUDA 12 works with. */
const oldestDriver = '525.60.13'
/** The library contains code for Pascal and later. */
const oldestCapability = 6

const query = ['index', 'uuid', 'name', 'memory.total', 'driver_version', 'compute_cap']
const longestAnswer = 64 * 1024
const patience = 10_000
const most = 64

/** Runs `nvidia-smi`. Never throws. */
export async function findGpus(env: NodeJS.ProcessEnv = process.env): Promise<GpusFound> {
  const answer = await ask(env)
  if ('none' in answer) return { gpus: [], idle: [], none: answer.none }
  const listed = parseGpus(answer.text)
  if (listed === undefined) return broken(`nvidia-smi gave something else than a list of GPUs: ${excerpt(answer.text) || 'nothing'}`)
  return choose(listed, env.CUDA_VISIBLE_DEVICES)
}

/** One GPU per line; undefined for anything else. */
export function parseGpus(text: string): readonly Gpu[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const gpus = lines.map(gpuOf).filter((gpu) => gpu !== undefined)
  return gpus.length === lines.length && gpus.length > 0 && gpus.length <= most ? gpus : undefined
}

function gpuOf(line: string): Gpu | undefined {
  const [index = '', uuid = '', name = '', memory = '', driver = '', capability = '', ...more] = line.split(',').map((part) => part.trim())
  const sound =
    more.length === 0 &&
    /^\d{1,3}$/.test(index) &&
    /^GPU-[0-9a-f-]{8,40}$/i.test(uuid) &&
    /^[\x20-\x7e]{1,100}$/.test(name) &&
    /^(\d{1,8}|\[N\/A\]|\[Not Supported\])$/.test(memory) &&
    /^\d{1,5}(\.\d{1,5}){1,3}$/.test(driver) &&
    /^\d{1,2}\.\d{1,2}$/.test(capability)
  if (!sound) return undefined
  const memoryMiB = memory.startsWith('[') ? undefined : Number(memory)
  return { index: Number(index), uuid, name, memoryMiB, driver, capability: Number(capability) }
}

/**
 * Of the GPUs that CUDA_VISIBLE_DEVICES leaves visible and the library supports, the most frequent model; among equals, the first.
 * Results record the GPU's name: with several models they would depend on which slot was free.
 */
export function choose(listed: readonly Gpu[], visible: string | undefined): GpusFound {
  const shown = visible === undefined ? listed : visibleOf(listed, visible)
  const usable = shown.filter((gpu) => unfit(gpu) === undefined)
  const countOf = ({ name }: Gpu) => usable.filter((other) => other.name === name).length
  const kind = usable.toSorted((a, b) => countOf(b) - countOf(a) || usable.indexOf(a) - usable.indexOf(b))[0]?.name
  const gpus = usable.filter(({ name }) => name === kind)
  const idle = listed
    .filter((gpu) => !gpus.includes(gpu))
    .map((gpu) => ({
      gpu,
      why: shown.includes(gpu) ? (unfit(gpu) ?? `another kind than ${kind}`) : `CUDA_VISIBLE_DEVICES is '${excerpt(visible ?? '')}'`,
    }))
  const none =
    gpus.length > 0 ? undefined : { why: idle.map(({ gpu, why }) => `${gpu.name}: ${why}`).join('; '), absent: visible?.trim() === '' }
  return { gpus, idle, none }
}

/** Indices, or prefixes of UUIDs; as in CUDA, entries after an invalid one are not visible either. */
function visibleOf(listed: readonly Gpu[], visible: string): readonly Gpu[] {
  const shown: Gpu[] = []
  for (const word of visible.split(',').map((part) => part.trim())) {
    const gpu = listed.find(({ index, uuid }) => (/^\d+$/.test(word) ? index === Number(word) : word.length > 4 && uuid.startsWith(word)))
    if (gpu === undefined || shown.includes(gpu)) break
    shown.push(gpu)
  }
  return shown
}

function unfit({ driver, capability }: Gpu): string | undefined {
  if (olderThan(driver, oldestDriver)) return `its driver ${driver} is older than ${oldestDriver}, which CUDA 12 needs`
  if (capability < oldestCapability) return `its compute capability ${capability} is below ${oldestCapability.toFixed(1)}`
  return undefined
}

function olderThan(version: string, other: string): boolean {
  const [ours, theirs] = [version, other].map((text) => text.split('.').map(Number)) as [number[], number[]]
  const at = theirs.findIndex((part, i) => part !== (ours[i] ?? 0))
  return at !== -1 && (ours[at] ?? 0) < theirs[at]!
}

type Answer = { readonly text: string } | { readonly none: NonNullable<GpusFound['none']> }

function ask(env: NodeJS.ProcessEnv): Promise<Answer> {
  return new Promise((resolve) => {
    const none = (why: string, absent = false) => resolve({ none: { why, absent } })
    const args = [`--query-gpu=${query.join(',')}`, '--format=csv,noheader,nounits']
    const settings = { env, timeout: patience, maxBuffer: longestAnswer, killSignal: 'SIGKILL' as const, encoding: 'utf8' as const }
    try {
      execFile('nvidia-smi', args, settings, (cause, stdout, stderr) => {
        if (cause === null) resolve({ text: stdout })
        else if (cause.code === 'ENOENT') none('there is no nvidia-smi on the PATH', true)
        else if (cause.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') none(`nvidia-smi said more than ${longestAnswer} bytes`)
        else if (cause.killed) none(`nvidia-smi did not answer within ${patience / 1000} seconds`)
        else none(`nvidia-smi failed: ${excerpt(stdout) || excerpt(stderr) || excerpt(cause.message)}`)
      })
    } catch (cause) {
      none(`nvidia-smi could not be started: ${excerpt(String(cause))}`)
    }
  })
}

const broken = (why: string): GpusFound => ({ gpus: [], idle: [], none: { why, absent: false } })

/** The first line, printable and short. */
function excerpt(text: string): string {
  const line = text.trim().split('\n')[0] ?? ''
  const printable = line.replace(/[^\x20-\x7e]/g, '?')
  return printable.length > 120 ? `${printable.slice(0, 120)}…` : printable
}

/**
 * Environment of a process that computes with this GPU: it sees no other GPU, allocates memory as needed, and computes the same bits
 * each time. Selection of algorithms by timing and TF32's shorter mantissa are disabled.
 */
export function environmentOf({ uuid }: Pick<Gpu, 'uuid'>, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const xla = ['--xla_gpu_deterministic_ops=true', '--xla_gpu_autotune_level=0']
  return {
    CUDA_VISIBLE_DEVICES: uuid,
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    TF_DETERMINISTIC_OPS: '1',
    TF_CUDNN_USE_AUTOTUNE: '0',
    NVIDIA_TF32_OVERRIDE: '0',
    CUBLAS_WORKSPACE_CONFIG: ':4096:8',
    XLA_FLAGS: [env.XLA_FLAGS, ...xla].filter((flag) => flag).join(' '),
  }
}

/** Makes this process compute with the first of these GPUs, if any. Call it before the library loads, which reads the environment then. */
export function computeHereOn([gpu]: readonly Gpu[]): void {
  if (gpu !== undefined) Object.assign(process.env, environmentOf(gpu))
}
