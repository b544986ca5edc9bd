/** Every example, and every study of the results, loads at each of its scales; the quickest ones run. That they compile is for the type check. */
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { studies } from '../../results/studies.ts'
import { loadPipelines } from '../../runtime/project/load/loader.ts'
import { runIn } from '../runtime/execution/running.ts'
import { temporaryStore } from '../runtime/store/temporary-store.ts'

const root = join(import.meta.dirname, '../..')
const examples = globSync('examples/*.pipeline.ts', { cwd: root }).sort()
const scaled = examples.filter((file) => basename(file) !== 'hybrid.pipeline.ts')

const graphOf = async (file: string, params: { readonly [name: string]: string } = {}) => {
  const { graph } = await loadPipelines({ file: join(root, file), target: undefined }, { seconds: 60 }, new Map(Object.entries(params)))
  return graph
}

describe('an example', () => {
  test('there is one for each paper, and one for hybrids', () => {
    const names = [
      'dsd',
      'text',
      'dpf',
      'lottery',
      'late-rewinding',
      'retraining',
      'rethinking',
      'gradual',
      'sparse-training',
      'budgets',
      'simkd',
      'latent-be',
      'hybrid',
      'hybrids',
      'transformer',
    ]
    expect(examples.map((file) => basename(file, '.pipeline.ts'))).toEqual(expect.arrayContaining(names))
  })

  test.each(scaled)('%s plans at every scale, and the paper takes longer than the demo', async (file) => {
    const cost = async (scale: string) => {
      const { stages, targets } = await graphOf(file, { scale })
      expect(targets[0]!.arms.length).toBeGreaterThan(1)
      return stages.reduce((sum, { options }) => sum + ('epochs' in options ? (options.epochs as number) : 0), 0)
    }
    // DSD has no setting of its paper, whose data sets are others.
    const largest = basename(file) === 'dsd.pipeline.ts' ? 'cifar' : 'paper'
    const [minimal, demo, paper] = [await cost('minimal'), await cost('demo'), await cost(largest)]
    expect(minimal).toBeLessThan(demo)
    expect(demo).toBeLessThan(paper)
  })

  test('hybrid, which no paper has, plans at its two scales', async () => {
    const arms = async (scale: string) => (await graphOf('examples/hybrid.pipeline.ts', { scale })).targets[0]!.arms.length
    expect([await arms('demo'), await arms('minimal')]).toEqual([18, 6])
  })

  test.each(['dsd', 'rethinking'])('%s runs', async (name) => {
    const graph = await graphOf(`examples/${name}.pipeline.ts`, { scale: 'minimal' })
    const { end } = await runIn(await temporaryStore(), graph)
    expect(end.ok).toBe(true)
    expect(end.results.find(({ path }) => path.endsWith('/dense'))?.metrics['test/accuracy']).toBeGreaterThan(0.3)
  })
})

test('an example runs on the portable engine too, and records it', { timeout: 180_000 }, async () => {
  const store = await temporaryStore()
  const graph = await graphOf('examples/dsd.pipeline.ts', { scale: 'minimal' })
  const { end, events } = await runIn(store, graph, { engine: { engine: 'portable', xla: false } })
  expect(end.ok).toBe(true)
  expect(end.results.find(({ path }) => path.endsWith('/dense'))?.metrics['test/accuracy']).toBeGreaterThan(0.3)
  const trained = events.find((event) => event.event === 'stage-done' && event.kind === 'train')
  const found = await store.results.find(trained?.event === 'stage-done' ? trained.key : '')
  expect(found.found === 'sound' && found.result.numerics?.engine).toBe('portable')
})

describe('a study of the results', () => {
  test('the page has them all', () => {
    const files = globSync('results/studies/*.pipeline.ts', { cwd: root }).map((file) => basename(file, '.pipeline.ts'))
    expect(studies.map(({ file }) => file).sort()).toEqual(files.sort())
  })

  test.each(studies.map((study) => [study.file, study] as const))(
    '%s has the arms that its claims name, over three seeds or more',
    async (file, { claims }) => {
      const { targets } = await graphOf(`results/studies/${file}.pipeline.ts`)
      const arms = targets[0]!.arms
      const names = new Set(
        arms.map(({ labels }) =>
          labels
            .filter(({ axis }) => axis !== 'seed')
            .map(({ value }) => value)
            .join('/'),
        ),
      )
      expect(claims.flatMap(({ of, than }) => [of, than]).filter((arm) => !names.has(arm))).toEqual([])
      const seeds = new Set(arms.flatMap(({ labels }) => labels.filter(({ axis }) => axis === 'seed').map(({ value }) => value)))
      expect(seeds.size).toBeGreaterThanOrEqual(3)
    },
  )
})
