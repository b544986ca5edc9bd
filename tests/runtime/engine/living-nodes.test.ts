import { expect, test } from 'vitest'
import { LivingNodes } from '../../../runtime/engine/tensorflow/living-nodes.ts'

/** Nodes are their names; `a` gives the tensor of id 0, `b` of 1, and so on. Uppercase ones have an effect and give none. */
function nodes(live: string, made: readonly (readonly [node: string, inputs: string])[]): LivingNodes {
  const id = (node: string) => node.codePointAt(0)! - 'a'.codePointAt(0)!
  const living = new LivingNodes((tensor) => [...live].map(id).includes(tensor))
  for (const [node, inputs] of made) {
    living.made(
      node,
      [...inputs].map((oper) => ({ oper, index: 0 })),
    )
    if (node === node.toLowerCase()) living.gave(node, [{ id: id(node), shape: [], dtype: 1 }])
  }
  return living
}

test('a node whose tensor is disposed lives by what was made of it, through others', () => {
  const living = nodes('d', [
    ['a', ''],
    ['b', 'a'],
    ['c', 'a'],
    ['d', 'b'],
  ])
  expect([...'abcd'].filter((node) => living.isLiving(node))).toEqual(['a', 'b', 'd'])
  expect(living.open()).toEqual(['d'])
})

test('one that only a dead node has taken is open again', () => {
  const living = nodes('ac', [
    ['a', ''],
    ['b', 'a'],
    ['c', 'p'], // of a placeholder, which is not made
  ])
  expect(living.open()).toEqual(['a', 'c'])
})

test('an effect is never dead, nor what it takes', () => {
  const living = nodes('', [
    ['a', ''],
    ['E', 'a'],
    ['b', 'a'],
  ])
  expect([...'aEb'].filter((node) => living.isLiving(node))).toEqual(['a', 'E'])
  expect(living.open()).toEqual(['E'])
})
