import { expect, test } from 'vitest'
import { Offers } from '../../../../runtime/execution/cluster/offers.ts'

const of =
  (most: number, others = most) =>
  (queue: string) =>
    queue === 'any/1' ? most : others

test('so many of a queue are offered as there is room for, the first arm first, and another one for each that is taken or let go of', () => {
  const offers = new Offers()
  for (const arm of [4, 2, 0, 3, 1]) offers.add(`arm ${arm}`, 'any/1', { arm, depth: 1 })
  expect(offers.next(of(2))).toEqual(['arm 0', 'arm 1'])
  expect(offers.next(of(2))).toEqual([])
  offers.taken('arm 0')
  expect(offers.next(of(2))).toEqual(['arm 2'])
  offers.taken('arm 0')
  expect(offers.next(of(2))).toEqual([])
  offers.remove('arm 1')
  expect(offers.next(of(2))).toEqual(['arm 3'])
  expect(offers.next(of(3))).toEqual(['arm 4'])
})

test('a queue that nobody serves holds none of the others up', () => {
  const offers = new Offers()
  for (const i of [0, 1, 2]) offers.add(`gpu ${i}`, 'gpu/1', { arm: 0, depth: 1 })
  for (const i of [0, 1, 2]) offers.add(`any ${i}`, 'any/1', { arm: 9, depth: 1 })
  expect(offers.next(of(2, 1))).toEqual(['gpu 0', 'any 0', 'any 1'])
})

test('what goes before something that is offered is offered beside it, up to twice as many', () => {
  const offers = new Offers()
  for (const i of [0, 1, 2]) offers.add(`late ${i}`, 'any/1', { arm: 5, depth: 1 })
  expect(offers.next(of(2))).toEqual(['late 0', 'late 1'])
  // Of one arm, the stage that is furthest along goes first.
  offers.add('further', 'any/1', { arm: 5, depth: 2 })
  for (const i of [0, 1]) offers.add(`early ${i}`, 'any/1', { arm: 0, depth: 1 })
  expect(offers.next(of(2))).toEqual(['early 0', 'early 1'])
  offers.taken('early 0')
  expect(offers.next(of(2))).toEqual(['further'])
})

test('one that was let go of and is wanted again is offered once, at the end of its equals', () => {
  const offers = new Offers()
  const rank = { arm: 0, depth: 0 }
  for (const key of ['a', 'b', 'c']) offers.add(key, 'any/1', rank)
  offers.remove('a')
  offers.add('a', 'any/1', rank)
  expect(offers.next(of(9))).toEqual(['b', 'c', 'a'])
})
