/** Networks of your own: any tf.LayersModel, from a function that is held in the pipeline and known by its meaning. */

import { holdFunction } from '../../dsl/held.ts'
import { type Arch, type Model, modelOf } from '../../dsl/index.ts'
import { own } from '../../dsl/own.ts'
import { PipelineProblem } from '../../dsl/problem.ts'
import type { LayersModel, Tf } from '../engine.ts'

/**
 * A network of your own. Name the type of its facts (`interface MyNet extends Arch`), so that hovers stay short.
 * @param build images [batch, height, width, channels] → logits [batch, classes], without a softmax at the end
 * @param facts what verbs may ask of it; `layers` are those with weights, from input to output
 */
export const model = <const A extends Arch>(build: (tf: Tf) => LayersModel, facts: A): Model<A> => {
  const fn = holdFunction('model', 'model()', build, 'model((tf) => tf.sequential({ layers: [ … ] }), facts)')
  const wrong = wrongFact(facts)
  if (wrong === undefined) {
    const { classes, channels, norm, features, members } = facts
    const layers = { ...facts.layers } as { readonly [layer: string]: number }
    return modelOf(own(fn, { classes, layers, channels, norm, features, members }), facts)
  }
  throw new PipelineProblem({
    title: 'model() needs the facts of the network.',
    facts: [
      ['verb', 'model()'],
      ['option', wrong],
    ],
    hint: "For example { classes: 10, layers: { fc1: 300, out: 10 }, channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 }.",
  })
}

const whole = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0

/** The first fact that is not there or not what it should be. */
const wrongFact = (facts: Partial<Arch> | undefined): string | undefined => {
  const checks: { readonly [fact in keyof Arch]: boolean } = {
    classes: whole(facts?.classes),
    layers: typeof facts?.layers === 'object' && Object.values(facts.layers).length > 0 && Object.values(facts.layers).every(whole),
    channels: ['has channels', 'has no channels'].includes(facts?.channels ?? ''),
    norm: ['batch-norm', 'no batch-norm'].includes(facts?.norm ?? ''),
    features: ['feature map', 'feature vector'].includes(facts?.features ?? ''),
    members: whole(facts?.members),
  }
  return Object.entries(checks).find(([, right]) => !right)?.[0]
}
