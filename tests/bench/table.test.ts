import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { networks } from '../../bench/networks.ts'
import { markdown, noise, printed, type Row, ratio, withTable } from '../../bench/table.ts'

const row: Row = {
  network: 'resnet20',
  title: 'ResNet-20',
  batch: 128,
  threads: 2,
  products: 220,
  target: 0.8,
  times: { espalier: [300, 297, 330], xla: [], pytorch: [356, 360, 400], channelsLast: [276, 290], compiled: [330] },
}

const page = readFileSync(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8')

describe("the documentation's table", () => {
  it('takes the place of the one before, and nothing else', () => {
    const [first, second] = [withTable(page, ['one']), withTable(withTable(page, ['one']), ['two', 'three'])]
    expect(second).toBe(first.replace('\none\n', '\ntwo\nthree\n'))
    expect(first.startsWith('# Benchmarks')).toBe(true)
  })
  it('needs its place', () => expect(() => withTable('# Benchmarks', [])).toThrow(/no place for the table/))
  it('names every network that is measured', () => {
    for (const name of Object.keys(networks)) expect(page).toContain(`| \`${name}\` |`)
  })
})

describe('what timings come to', () => {
  it('is the least of each side and their ratio', () => {
    expect(ratio(row, 'pytorch')).toBe(297 / 356)
    expect(ratio(row, 'channelsLast')).toBe(297 / 276)
    expect(ratio(row, 'compiled')).toBe(297 / 330)
    expect(ratio({ ...row, times: { ...row.times, pytorch: [] } }, 'pytorch')).toBeUndefined()
  })

  it('says how noisy the timings were: the median over the least', () => expect(noise([330, 297, 300])).toBeCloseTo(1.0101, 3))

  it('as a page has a line for each, with by how much a target is missed', () => {
    expect(markdown([row])).toEqual([
      '| network | batch | threads | Espalier | with XLA | PyTorch | channels_last | torch.compile | products alone | ratio | to channels_last | to torch.compile | target | noise |',
      '| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |',
      '| ResNet-20 | 128 | 2 | 297 | – | 356 | 276 | 330 | 220 | 0.83 | 1.08 | 0.90 | 0.8 missed by 4 % | 1 % |',
    ])
    const met = { ...row, target: 0.85 }
    expect(markdown([met])[2]).toContain('| 0.85 met |')
    expect(printed([met])).toHaveLength(2)
  })
})
