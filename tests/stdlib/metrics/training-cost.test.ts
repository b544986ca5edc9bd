import { expect, test } from 'vitest'
import type { Stage } from '../../../dsl/graph/stage.ts'
import { trainingCost } from '../../../stdlib/metrics/training-cost.ts'

const stage = (id: string, kind: string, inputs: { readonly [role: string]: string } = {}): [string, Stage] => [
  id,
  { id, kind, inputs: Object.fromEntries(Object.entries(inputs).map(([role, from]) => [role, { stage: from }])) } as unknown as Stage,
]
/** A lottery ticket that learns from a teacher, which began as the ticket did. */
const stages = new Map([
  stage('init', 'init'),
  stage('dense', 'train', { model: 'init' }),
  stage('prune', 'prune', { model: 'dense' }),
  stage('rewind', 'rewind', { model: 'prune', to: 'init' }),
  stage('teacher', 'train', { model: 'init' }),
  stage('ticket', 'distill', { model: 'rewind', teacher: 'teacher', teacher2: 'dense' }),
  stage('end', 'evaluate', { model: 'ticket', teacher: 'teacher' }),
  stage('other', 'evaluate', { model: 'dense' }),
])
const macs: { readonly [stage: string]: number } = { dense: 100, teacher: 30, ticket: 7 }

test('every training on the way counts once, those of teachers apart unless they are its own', () => {
  expect(trainingCost(stages, 'end', (id) => macs[id])).toEqual({ 'training/macs': 107, 'training/teacher-macs': 30 })
  expect(trainingCost(stages, 'other', (id) => macs[id])).toEqual({ 'training/macs': 100 })
})

test('a cost that is not known whole is not told', () => {
  expect(trainingCost(stages, 'end', (id) => (id === 'dense' ? undefined : macs[id]))).toEqual({ 'training/teacher-macs': 30 })
})
