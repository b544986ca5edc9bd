/** What the names in model descriptions mean. */
import { PipelineProblem } from '../../dsl/problem.ts'
import type { Json, Spec } from '../../dsl/stage.ts'
import type { LayersModel, Tf } from '../engine.ts'
import { buildBnConv } from './bn-conv.ts'
import { buildConv2 } from './conv2.ts'
import { buildLeNet300 } from './lenet300.ts'
import { rebuilt, shrunkOf } from './shrunk.ts'

export type ModelBuilder = (tf: Tf, options: { readonly [name: string]: Json }) => LayersModel

export const modelBuilders: { readonly [name: string]: ModelBuilder } = {
  bnConv: buildBnConv,
  conv2: buildConv2,
  lenet300: buildLeNet300,
  shrunk: (tf, options) => {
    const { of, widths } = shrunkOf(options)
    return rebuilt(tf, buildModel(tf, of), widths)
  },
}

/** @throws PipelineProblem for a name that is not registered */
export function buildModel(tf: Tf, { name, options }: Spec): LayersModel {
  const builder = Object.hasOwn(modelBuilders, name) ? modelBuilders[name] : undefined
  if (builder !== undefined) return builder(tf, options)
  throw new PipelineProblem({
    title: `There is no network called ${JSON.stringify(name)}.`,
    facts: [['known', Object.keys(modelBuilders).join(', ')]],
    hint: 'Use one of the known ones.',
  })
}
