import { expect, test } from 'vitest'
import { fileOf } from '../../results/collect.ts'
import { studies } from '../../results/studies.ts'
import { loadPipelines } from '../../runtime/project/load/loader.ts'
import { armGroups } from '../../runtime/views/arms.ts'

const arms = async (study: string) => {
  const { graph } = await loadPipelines({ file: fileOf(study), target: undefined }, { seconds: 60 }, new Map())
  return armGroups(graph.targets[0]!.arms.map(({ path, labels }) => ({ path, labels, artifact: null, metrics: {} })))
}

test.each(studies.map((study) => [study.file, study] as const))(
  '%s: claims are of arms that its pipeline has, n is what it runs, and equality has a margin',
  async (_, { file, claims, seeds, margins }) => {
    const groups = await arms(file)
    const names = groups.map(({ name }) => name)
    expect(claims.flatMap(({ of, than }) => [of, than]).filter((name) => !names.includes(name))).toEqual([])
    for (const { bySeed } of groups) expect(new Set([...bySeed.keys()].map((seed) => seed.split('/')[0])).size).toBe(seeds)
    for (const { expect: expected, metric = 'test/accuracy' } of claims)
      if (expected !== 'better') expect(Object.keys(margins ?? {})).toContain(metric)
  },
)
