import { describe, expect, it } from 'vitest'
import { growthOf, type Sample, withinLimits } from '../../bench/growth.ts'

const limits = { warmUp: 0.4, growth: 16 }
const run = (megabytes: (done: number) => number, tensors: (done: number) => number = () => 30): Sample[] =>
  Array.from({ length: 41 }, (_, i) => ({ done: i * 500, megabytes: megabytes(i * 500), tensors: tensors(i * 500) }))

describe('growth of memory', () => {
  it('is what comes after warm-up', () => {
    const warming = growthOf(
      run((done) => Math.min(161, 119 + done / 190)),
      limits,
    )
    expect(warming).toMatchObject({ start: 119, warm: 161, end: 161, megabytes: 0, tensors: 0 })
    expect(withinLimits(warming, limits)).toBe(true)
  })

  it('beyond the limit is found: 4 KB a step', () => {
    const leak = growthOf(
      run((done) => 120 + done * 0.004),
      limits,
    )
    expect(leak.megabytes).toBeCloseTo(36, 0)
    expect(withinLimits(leak, limits)).toBe(false)
  })

  it('is not a single peak', () => {
    expect(
      withinLimits(
        growthOf(
          run((done) => (done === 20_000 ? 900 : 150)),
          limits,
        ),
        limits,
      ),
    ).toBe(true)
  })

  it('of tensors is never allowed', () => {
    const one = growthOf(
      run(
        () => 150,
        (done) => 30 + Math.floor(done / 20_000),
      ),
      limits,
    )
    expect(one.tensors).toBe(1)
    expect(withinLimits(one, limits)).toBe(false)
  })
})
