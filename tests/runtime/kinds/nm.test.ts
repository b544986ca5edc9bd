/** A pattern of N:M through the stages that come after it. */
import { expect, test } from 'vitest'
import { nm } from '../../../stdlib/index.ts'
import { kept } from '../../../stdlib/masks.ts'
import { brokenPattern } from '../../../stdlib/pattern.ts'
import { run, taskOf } from '../training/in-process.ts'

test('holds after training, rewinding, fine-tuning and shuffling, in the artifact that each stage leaves', async () => {
  const two = taskOf().train({ epochs: 1 }).prune(nm(2, 4))
  const arms = [two.finetune({ epochs: 1 }), two.rewind().train({ epochs: 1 }), two.reinit().train({ epochs: 1 }), two.prune(0.2)]
  const shuffled = two.reinit({ shuffleMask: true, weights: 'keep' }).rewind().train({ epochs: 1 })
  for (const arm of [...arms, shuffled]) {
    const { network } = await run(arm)
    // One channel goes into the first convolution; the others have four inputs.
    expect(network.topology.parameters.filter(({ pattern }) => pattern !== undefined).map(({ name }) => name)).toEqual([
      'conv2/kernel',
      'out/kernel',
    ])
    expect(brokenPattern(network)).toBeUndefined()
    if (arm !== arms[3]) expect(kept(network.masks.get('conv2/kernel')!)).toBe(72)
    const values = network.weights.get('conv2/kernel')!
    expect([...values].filter((value) => value !== 0).length).toBeLessThanOrEqual(72)
  }
})

test('is lifted with the masks', async () => {
  const { network } = await run(taskOf().train({ epochs: 1 }).prune(nm(2, 4)).dense().train({ epochs: 1 }))
  expect(network.masks.size).toBe(0)
  expect(network.topology.parameters.some((parameter) => 'pattern' in parameter)).toBe(false)
})
