/** The part of MLflow's REST API that is used, kept in memory, as strict as the real one where that matters. */
import { createServer } from 'node:http'
import { listening } from '../../../test-server.ts'

export interface Run {
  readonly id: string
  readonly name: string
  status: string
  readonly started: number
  ended: number | undefined
  readonly tags: Map<string, string>
  readonly params: Map<string, string>
  readonly metrics: { readonly key: string; readonly value: number; readonly timestamp: number; readonly step: number }[]
  readonly files: Map<string, Buffer>
}

export interface Server {
  readonly url: string
  /** By the experiment's name. */
  readonly experiments: Map<string, Run[]>
  readonly authorizations: Set<string | undefined>
  /** Points in each batch. */
  readonly batches: number[]
  readonly requests: string[]
}

interface Body {
  readonly [field: string]: unknown
  readonly name: string
  readonly experiment_id: string
  readonly run_id: string
  readonly run_name: string
  readonly filter: string
  readonly status: string
  readonly start_time: number
  readonly end_time?: number
  readonly tags?: readonly { readonly key: string; readonly value: string }[]
  readonly params?: readonly { readonly key: string; readonly value: string }[]
  readonly metrics?: Run['metrics']
}

class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** @param answers whether it does, request by request; where it does not it is in trouble */
export async function mlflowServer(answers: (path: string) => boolean = () => true): Promise<Server> {
  const got: Server & { url: string } = { url: '', experiments: new Map(), authorizations: new Set(), batches: [], requests: [] }
  const runs = () => [...got.experiments.values()].flat()
  const runCalled = (id: string): Run => {
    const run = runs().find((each) => each.id === id)
    if (run === undefined) throw new Refusal(404, `no run ${id}`)
    return run
  }
  const described = ({ id, status, tags, params, metrics }: Run) => {
    const last = new Map(metrics.map((metric) => [metric.key, metric]))
    return {
      info: { run_id: id, status, artifact_uri: `mlflow-artifacts:/0/${id}/artifacts` },
      data: { tags: pairs(tags), params: pairs(params), metrics: [...last.values()].map((one) => ({ ...one, step: String(one.step) })) },
    }
  }
  const calls: { readonly [path: string]: (body: Body, url: URL) => unknown } = {
    'experiments/get-by-name': (_, url) => {
      const name = url.searchParams.get('experiment_name')!
      if (!got.experiments.has(name)) throw new Refusal(404, 'there is no such experiment')
      return { experiment: { experiment_id: name, name, lifecycle_stage: 'active' } }
    },
    'experiments/create': ({ name }) => {
      got.experiments.set(name, [])
      return { experiment_id: name }
    },
    'runs/search': ({ filter, experiment_ids }) => {
      const [, tag, value] = /^tags\."([^"]*)" = '([^']*)'$/.exec(filter)!
      const all = (experiment_ids as string[]).flatMap((name) => got.experiments.get(name)!)
      return { runs: all.filter((run) => run.tags.get(tag!) === value).map(described) }
    },
    'runs/create': ({ experiment_id, run_name, start_time, tags = [] }) => {
      const run: Run = {
        ...{ id: `run${runs().length}`, name: run_name, status: 'RUNNING', started: start_time, ended: undefined },
        ...{ tags: new Map(tags.map(({ key, value }) => [key, value])), params: new Map(), metrics: [], files: new Map() },
      }
      got.experiments.get(experiment_id)!.push(run)
      return { run: described(run) }
    },
    'runs/update': ({ run_id, status, end_time }) => {
      Object.assign(runCalled(run_id), { status, ended: end_time })
      return {}
    },
    'runs/log-batch': ({ run_id, metrics = [], params = [], tags = [] }) => {
      const run = runCalled(run_id)
      if (metrics.length > 1000 || params.length > 100 || tags.length > 100) throw new Refusal(400, 'the batch is too large')
      for (const { key } of [...metrics, ...params, ...tags])
        if (!/^[\p{L}\p{N}_\-. /]{1,250}$/u.test(key)) throw new Refusal(400, `a name is not allowed: ${key}`)
      for (const { key, value } of params) {
        if ((run.params.get(key) ?? value) !== value) throw new Refusal(400, `the parameter ${key} cannot be changed`)
        run.params.set(key, value)
      }
      for (const { key, value } of tags) run.tags.set(key, value)
      run.metrics.push(...metrics)
      if (metrics.length > 0) got.batches.push(metrics.length)
      return {}
    },
  }
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const url = new URL(request.url!, 'http://server')
    got.requests.push(`${request.method} ${url.pathname}`)
    got.authorizations.add(request.headers.authorization)
    try {
      if (!answers(url.pathname)) throw new Refusal(503, 'it is in trouble')
      const [, id, name] = /^\/api\/2\.0\/mlflow-artifacts\/artifacts\/0\/(\w+)\/artifacts\/(.*)$/.exec(url.pathname) ?? []
      const call = calls[url.pathname.replace('/api/2.0/mlflow/', '')]
      if (id !== undefined) runCalled(id).files.set(name!, body)
      else if (call === undefined) throw new Refusal(404, `nothing at ${url.pathname}`)
      const json = id === undefined ? call!(JSON.parse(body.toString() || '{}') as Body, url) : {}
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    } catch (cause) {
      const status = cause instanceof Refusal ? cause.status : 500
      response.writeHead(status).end(JSON.stringify({ error_code: 'X', message: (cause as Error).message }))
    }
  })
  got.url = await listening(server)
  return got
}

const pairs = (values: ReadonlyMap<string, string>) => [...values].map(([key, value]) => ({ key, value }))
