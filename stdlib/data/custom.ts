/** Data of the user's own as a data set: what a function or arrays gave, checked to the last label. */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { CustomData, CustomSplit } from '../../dsl/language/custom.ts'
import { sizeOf } from '../network.ts'
import { type Dataset, splitNames } from './dataset.ts'

/** Pixels are taken as they are. @throws PipelineProblem for what is not images and labels of `classes` classes */
export function customDataset(given: unknown, classes: number): Dataset {
  const { input, ...splits } = Object(given) as Partial<CustomData>
  const shaped = Array.isArray(input) && input.length === 3 && input.every((size) => Number.isSafeInteger(size) && size > 0)
  if (!shaped) throw wrong('`input` is not [height, width, channels]', [['input', JSON.stringify(input) ?? 'nothing']])
  for (const name of splitNames) {
    const what = wrongSplit(splits[name], sizeOf(input), classes)
    if (what !== undefined) throw wrong(`${what} in ${name}`, [['input', input.join(' × ')]])
  }
  const channels = Array.from({ length: input[2]! })
  return {
    input: [...input],
    classes,
    normalisation: { mean: channels.map(() => 0), std: channels.map(() => 1) },
    splits: splits as Dataset['splits'], // each was looked at
  }
}

function wrongSplit(split: Partial<CustomSplit> | undefined, size: number, classes: number): string | undefined {
  const { images, labels } = split ?? {}
  if (!(images instanceof Float32Array)) return '`images` is not a Float32Array'
  if (!(labels instanceof Int32Array)) return '`labels` is not an Int32Array'
  if (labels.length === 0) return 'there is no example'
  if (images.length !== labels.length * size) return `there are ${images.length} numbers for ${labels.length} examples of ${size}`
  const label = labels.findIndex((one) => one < 0 || one >= classes)
  if (label !== -1) return `label ${labels[label]} of example ${label} is not one of the classes 0 to ${classes - 1}`
  const pixel = images.findIndex((value) => !Number.isFinite(value))
  return pixel === -1 ? undefined : `number ${pixel % size} of example ${Math.floor(pixel / size)} is ${images[pixel]}`
}

const wrong = (what: string, facts: readonly (readonly [string, string])[]): PipelineProblem =>
  new PipelineProblem({
    title: `data() was given something else than images and labels: ${what}.`,
    facts,
    hint: 'Give { input: [height, width, channels], train, validation, test }, each with images: Float32Array and labels: Int32Array.',
  })
