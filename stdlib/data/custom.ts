/** Custom data as a data set: the arrays, or the result of a function, fully checked. */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { CustomForm } from '../../dsl/language/custom-data.ts'
import { sizeOf } from '../network.ts'
import { type Dataset, type Split, type SplitName, splitNames } from './dataset.ts'

/** Nothing is converted. @throws PipelineProblem for invalid data */
export function customDataset(given: unknown, form: CustomForm): Dataset {
  const { input, ...splits } = Object(given) as { readonly input?: unknown } & { readonly [split in SplitName]?: unknown }
  const { classes, predicts, length } = form
  const reader = length === undefined ? examplesOf(imageShape(input, form), form) : sequencesOf(length, classes)
  const read = (name: SplitName): Split => {
    const split = reader(Object(splits[name]))
    if (typeof split === 'string') throw wrong(`${split} in ${name}`, form, length === undefined ? [['input', String(input)]] : [])
    return split
  }
  const [train, validation, test] = splitNames.map(read) as [Split, Split, Split]
  const asTheyAre = (count: number) => ({ mean: Array<number>(count).fill(0), std: Array<number>(count).fill(1) })
  const all = { classes, splits: { train, validation, test } }
  if (length !== undefined) return { ...all, input: [length], normalisation: asTheyAre(0), target: { kind: 'tokens' } }
  const shape = imageShape(input, form)
  const images = { ...all, input: shape, normalisation: asTheyAre(shape.at(-1)!) }
  return predicts === 'numbers' ? { ...images, target: { kind: 'numbers', ...asTheyAre(classes) } } : images
}

function imageShape(input: unknown, form: CustomForm): readonly number[] {
  const shaped = Array.isArray(input) && input.length === 3 && input.every((size) => Number.isSafeInteger(size) && size > 0)
  if (!shaped) throw wrong('`input` is not [height, width, channels]', form, [['input', JSON.stringify(input) ?? 'nothing']])
  return [...input]
}

/** A split, or its problem. */
type ReadSplit = (given: { readonly [array in 'images' | 'labels' | 'targets' | 'tokens']?: unknown }) => Split | string

const examplesOf =
  (input: readonly number[], { classes, predicts }: CustomForm): ReadSplit =>
  ({ images, labels, targets }) => {
    const size = sizeOf(input)
    if (!(images instanceof Float32Array)) return '`images` is not a Float32Array'
    const told = predicts === 'numbers' ? targets : labels
    if (predicts === 'numbers' && !(told instanceof Float32Array)) return '`targets` is not a Float32Array'
    if (predicts !== 'numbers' && !(told instanceof Int32Array)) return '`labels` is not an Int32Array'
    const all = told as Float32Array | Int32Array // one of the two
    const count = predicts === 'numbers' ? all.length / classes : all.length
    if (!Number.isInteger(count)) return `there are ${all.length} numbers to predict, ${classes} for each example`
    if (count === 0) return 'there is no example'
    if (images.length !== count * size) return `there are ${images.length} numbers for ${count} examples of ${size}`
    const label = predicts === 'numbers' ? -1 : all.findIndex((one) => one < 0 || one >= classes)
    if (label !== -1) return `label ${all[label]} of example ${label} is not one of the classes 0 to ${classes - 1}`
    const target = all.findIndex((value) => !Number.isFinite(value))
    if (target !== -1) return `target ${target % classes} of example ${Math.floor(target / classes)} is ${all[target]}`
    const pixel = images.findIndex((value) => !Number.isFinite(value))
    if (pixel !== -1) return `number ${pixel % size} of example ${Math.floor(pixel / size)} is ${images[pixel]}`
    return { images, labels: all }
  }

const sequencesOf =
  (length: number, vocabulary: number): ReadSplit =>
  ({ tokens }) => {
    if (!(tokens instanceof Int32Array)) return '`tokens` is not an Int32Array'
    const row = length + 1
    if (tokens.length % row !== 0) return `there are ${tokens.length} tokens, which are no sequences of ${length} and the token after`
    if (tokens.length === 0) return 'there is no sequence'
    const other = tokens.findIndex((token) => token < 0 || token >= vocabulary)
    if (other !== -1)
      return `token ${tokens[other]} at place ${other % row} of sequence ${Math.floor(other / row)} is not one of 0 to ${vocabulary - 1}`
    return {
      images: Float32Array.from(tokens.filter((_, i) => i % row < length)),
      labels: tokens.filter((_, i) => i % row > 0),
    }
  }

const arraysOf = {
  classes: { what: 'images and labels', hint: 'images: Float32Array and labels: Int32Array' },
  numbers: { what: 'images and targets', hint: 'images: Float32Array and targets: Float32Array' },
  tokens: { what: 'sequences of tokens', hint: 'tokens: Int32Array, of each sequence one more than it has places' },
}

function wrong(what: string, { predicts }: CustomForm, facts: readonly (readonly [string, string])[]): PipelineProblem {
  const expected = arraysOf[predicts ?? 'classes']
  return new PipelineProblem({
    title: `data() was given something else than ${expected.what}: ${what}.`,
    facts,
    hint: `Give { ${predicts === 'tokens' ? '' : 'input: [height, width, channels], '}train, validation, test }, each with ${expected.hint}.`,
  })
}
