import { beforeAll, describe, expect, it } from 'vitest'
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { type ClassMeasures, Evaluator } from '../../../../stdlib/training/evaluator.ts'
import { upload } from '../../../../stdlib/training/examples.ts'
import { adam, builtIn, digits, digitsTraining, sgd } from './digits-training.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openPortable()
})

describe('the standard library on the portable engine', () => {
  it('trains LeNet-300-100 on the digits for an epoch', async () => {
    const { network, stepsOfEpoch: steps, run, dispose } = digitsTraining(engine, ...builtIn[0]!)
    const losses = await run(0, steps)
    const evaluator = new Evaluator(engine, 'evaluate', network, upload(engine, digits, 'validation'))
    const { accuracy, crossEntropy } = (await evaluator.measure()) as ClassMeasures
    expect(steps).toBe(124)
    expect(losses.every(Number.isFinite)).toBe(true)
    expect(accuracy).toBeGreaterThan(0.9)
    expect(crossEntropy).toBeLessThan(0.4)
    evaluator.dispose()
    dispose()
  })

  it.each(builtIn.slice(1))('trains $name', async (spec, optimizer) => {
    const { run, dispose } = digitsTraining(engine, spec, optimizer)
    const losses = await run(0, 100)
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length
    expect(mean(losses.slice(-10))).toBeLessThan(0.7 * mean(losses.slice(0, 10)))
    dispose()
  })

  it.each(builtIn)('resumes $name in another trainer to the same bits', async (spec, optimizer) => {
    const whole = digitsTraining(engine, spec, optimizer)
    const losses = await whole.run(0, 12)
    const first = digitsTraining(engine, spec, optimizer)
    const before = await first.run(0, 5)
    const second = digitsTraining(engine, spec, optimizer)
    second.trainer.resume(await first.trainer.state())
    expect([...before, ...(await second.run(5, 12))]).toEqual(losses)
    expect(await second.trainer.state()).toEqual(await whole.trainer.state())
    for (const { dispose } of [whole, first, second]) dispose()
  })

  it('keeps masked weights at exactly zero', async () => {
    const mask = Uint8Array.from({ length: 784 * 300 }, (_, i) => (i % 10 === 0 ? 1 : 0))
    const { trainer, run, dispose } = digitsTraining(engine, builtIn[0]![0], sgd, new Map([['fc1/kernel', mask]]))
    await run(0, 5)
    const kernel = (await trainer.weights()).get('fc1/kernel')!
    expect(kernel.every((weight, i) => mask[i] === 1 || Object.is(Math.abs(weight), 0))).toBe(true)
    expect(kernel.filter((weight) => weight !== 0).length).toBeGreaterThan(20_000)
    dispose()
  })

  it('gives every tensor back', async () => {
    const before = engine.memory().tensors
    const { run, dispose } = digitsTraining(engine, builtIn[0]![0], adam)
    await run(0, 3)
    dispose()
    expect(engine.memory().tensors).toBe(before)
  })
})
