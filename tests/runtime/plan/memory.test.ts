import { expect, test } from 'vitest'
import { memoryEstimate, memoryOfMachine } from '../../../runtime/plan/memory.ts'
import type { Parameter, Topology } from '../../../stdlib/network.ts'
import { smallNetwork } from '../store/temporary-store.ts'
import { distill, facts, init, train, trainOptions } from './stages.ts'

const idle = 350e6
const { topology: small } = smallNetwork()
const [kernel] = small.parameters as [Parameter]

test('of a training: data, weights with gradients, slots and masks, and three times what a batch becomes', () => {
  // 105 examples of 28 × 28; 15 + 5 parameters four times over; 10 examples that become 5 numbers each; all of 4 bytes.
  const stage = train('t', 'i', { ...trainOptions, batch: 10 })
  expect(memoryEstimate(stage, [small], facts)).toBe(idle + 4 * (105 * 784 + 20 * 4 + 3 * 10 * 5))
})

test('of a convolution: its maps, which halve their sides when channels double', () => {
  const conv = (name: string, shape: readonly number[]): Parameter => ({ ...kernel, name, shape })
  const network: Topology = { ...small, input: [8, 8, 3], parameters: [conv('a/kernel', [3, 3, 3, 4]), conv('b/kernel', [3, 3, 4, 8])] }
  const parameters = 3 * 3 * 3 * 4 + 3 * 3 * 4 * 8
  const maps = 4 * 64 + (8 * 64) / 4
  const stage = train('t', 'i', { ...trainOptions, batch: 10 })
  expect(memoryEstimate(stage, [network], facts)).toBe(idle + 4 * (105 * 784 + parameters * 4 + 3 * 10 * maps))
})

test('a teacher is read and asked, not trained; a stage without networks and data takes what a worker takes', () => {
  const student = train('t', 'i', { ...trainOptions, batch: 10 })
  const taught = distill('d', 'i', 't', { batch: 10 })
  expect(memoryEstimate(taught, [small, small], facts) - memoryEstimate(student, [small], facts)).toBe(4 * (20 + 10 * 5))
  expect(memoryEstimate(init('i'), [], undefined)).toBe(idle)
  expect(memoryOfMachine()).toBeGreaterThan(idle)
})
