/** The parts of MLflow's REST API (2.0) used here: JSON over HTTP, and artifacts through the server if it serves them. */

export interface MlflowRun {
  readonly id: string
  readonly status: string
  /** URI of its artifacts. */
  readonly artifacts: string
  readonly tags: ReadonlyMap<string, string>
  readonly params: ReadonlySet<string>
  /** The last step of each metric. */
  readonly steps: ReadonlyMap<string, number>
}

interface KeyValue {
  readonly key: string
  readonly value: string
}
interface RunJson {
  readonly info: { readonly run_id: string; readonly status: string; readonly artifact_uri: string }
  readonly data?: {
    readonly tags?: readonly KeyValue[]
    readonly params?: readonly KeyValue[]
    /** A 64-bit step may be a string. */
    readonly metrics?: readonly { readonly key: string; readonly step?: number | string }[]
  }
}

export interface Metric {
  readonly key: string
  readonly value: number
  /** Unix milliseconds. */
  readonly timestamp: number
  readonly step: number
}

/** Maximum points per request. The API also limits parameters and tags to 100. */
const most = { metrics: 1000, others: 100 } as const
/** Timeout of a request, in milliseconds. */
const patience = 10_000

export class MlflowClient {
  readonly #base: string
  readonly #authorization: string | undefined

  /** @param environment MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, for a server with authentication */
  constructor(url: string, environment: NodeJS.ProcessEnv) {
    this.#base = url.replace(/\/+$/, '')
    const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: password } = environment
    if (token) this.#authorization = `Bearer ${token}`
    else if (user && password) this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  }

  /** The experiment's id; it is created if it does not exist. */
  async experiment(name: string): Promise<string> {
    const found = await this.#call('GET', `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`, undefined, [404])
    const { experiment } = found as { readonly experiment?: { readonly experiment_id: string; readonly lifecycle_stage?: string } }
    if (experiment?.lifecycle_stage === 'deleted') throw new Error(`the experiment ${name} was deleted there, and is not emptied yet`)
    if (experiment !== undefined) return experiment.experiment_id
    const made = await this.#call('POST', 'experiments/create', { name })
    return (made as { readonly experiment_id: string }).experiment_id
  }

  /** The newest run of an experiment with this tag. */
  async find(experiment: string, tag: string, value: string): Promise<MlflowRun | undefined> {
    const found = (await this.#call('POST', 'runs/search', {
      experiment_ids: [experiment],
      filter: `tags."${tag}" = '${value}'`,
      order_by: ['attributes.start_time DESC'],
      max_results: 1,
    })) as { readonly runs?: readonly RunJson[] }
    return found.runs?.[0] && runOf(found.runs[0])
  }

  /** @param started Unix milliseconds */
  async create(experiment: string, name: string, started: number, tags: ReadonlyMap<string, string>): Promise<MlflowRun> {
    const body = { experiment_id: experiment, run_name: name, start_time: started, tags: pairs(tags) }
    return runOf(((await this.#call('POST', 'runs/create', body)) as { readonly run: RunJson }).run)
  }

  async setStatus(run: string, status: string, ended: number | undefined): Promise<void> {
    await this.#call('POST', 'runs/update', { run_id: run, status, ...(ended === undefined ? {} : { end_time: ended }) })
  }

  async log(run: string, what: 'params' | 'tags', values: ReadonlyMap<string, string>): Promise<void> {
    for (const batch of batches(pairs(values), most.others)) await this.#call('POST', 'runs/log-batch', { run_id: run, [what]: batch })
  }

  /** @param told called after each delivered batch */
  async logMetrics(run: string, metrics: readonly Metric[], told: (batch: readonly Metric[]) => void): Promise<void> {
    for (const batch of batches(metrics, most.metrics)) {
      await this.#call('POST', 'runs/log-batch', { run_id: run, metrics: batch })
      told(batch)
    }
  }

  /** False if the server does not accept artifacts. @param at location of the run's artifacts */
  async upload(at: string, name: string, content: Uint8Array): Promise<boolean> {
    const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(at) ?? []
    if (path === undefined) return false
    const file = `${path}/${name}`.split('/').map(encodeURIComponent).join('/')
    await this.#request('PUT', `mlflow-artifacts/artifacts/${file}`, content, 'application/octet-stream')
    return true
  }

  async #call(method: string, path: string, body?: unknown, accepted: readonly number[] = []): Promise<unknown> {
    const content = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body))
    const text = await this.#request(method, `mlflow/${path}`, content, 'application/json', accepted)
    try {
      return Object(JSON.parse(text === '' ? '{}' : text))
    } catch {
      throw new Error('what answers there is no MLflow server')
    }
  }

  async #request(
    method: string,
    path: string,
    body: Uint8Array | undefined,
    type: string,
    accepted: readonly number[] = [],
  ): Promise<string> {
    const response = await fetch(`${this.#base}/api/2.0/${path}`, {
      method,
      // Never send the password to another host.
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
      headers: { 'content-type': type, ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }) },
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    }).catch((cause: unknown) => {
      const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
      throw new Error(reason instanceof Error ? reason.message : String(reason))
    })
    const text = await response.text()
    if (response.ok || (accepted.includes(response.status) && text.startsWith('{'))) return text
    throw new Error(refusal(response, text))
  }
}

function refusal({ status, statusText }: Response, text: string): string {
  const wanted =
    status === 401 || status === 403
      ? '; MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, say who asks'
      : ''
  let said = ''
  try {
    const { message } = Object(JSON.parse(text)) as { readonly message?: unknown }
    if (typeof message === 'string') said = `: ${message.slice(0, 300)}`
  } catch {
    // An HTML page contains no more information than its status.
  }
  return `it answered ${status} ${statusText}`.trim() + said + wanted
}

const pairs = (values: ReadonlyMap<string, string>): KeyValue[] => [...values].map(([key, value]) => ({ key, value }))

function* batches<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < all.length; i += size) yield all.slice(i, i + size)
}

function runOf({ info, data: { tags = [], params = [], metrics = [] } = {} }: RunJson): MlflowRun {
  return {
    id: info.run_id,
    status: info.status,
    artifacts: info.artifact_uri,
    tags: new Map(tags.map(({ key, value }) => [key, value])),
    params: new Set(params.map(({ key }) => key)),
    steps: new Map(metrics.map(({ key, step = 0 }) => [key, Number(step)])),
  }
}
