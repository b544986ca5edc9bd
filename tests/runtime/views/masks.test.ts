import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskLines } from '../../../runtime/terminal/masks-view.ts'
import { maskPictures, pictureOf } from '../../../runtime/views/masks.ts'
import { keep } from '../store/stored.ts'
import { temporaryStore } from '../store/temporary-store.ts'

test('a small mask is shown weight by weight: the last axis across, all others down', () => {
  const mask = Uint8Array.from([1, 0, 0, 1, 1, 1])
  expect(pictureOf('conv/kernel', [1, 3, 1, 2], mask)).toMatchObject({
    rows: 3,
    columns: 2,
    density: 4 / 6,
    cells: [100, 0, 0, 100, 100, 100],
  })
})

test('a picture has at most 64 × 64 cells, and no cell is empty or full that is not', () => {
  const mask = new Uint8Array(300 * 100).fill(1)
  mask[0] = 0
  const { rows, columns, cells } = pictureOf('fc/kernel', [300, 100], mask)
  expect([rows, columns, cells.length]).toEqual([64, 64, 64 * 64])
  expect([cells[0]! < 100, cells[0]! > 0, cells.slice(1).every((cell) => cell === 100)]).toEqual([true, true, true])
})

test('each weight is in one cell: the cells, weighed, have the mask’s density', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 64 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 1 })),
      (down, across, bits) => {
        const mask = Uint8Array.from(bits.take(down * across))
        const { cells, density } = pictureOf('k', [down, across], mask)
        expect(cells.reduce((sum, cell) => sum + cell, 0) / cells.length / 100).toBeCloseTo(density, 9)
      },
    ),
    { numRuns: 30 },
  )
  expect(pictureOf('b', [0], new Uint8Array())).toMatchObject({ rows: 0, columns: 0, cells: [], density: 0 })
})

test('of a stage, the layers that are asked for; what has none is told so', async () => {
  const store = await temporaryStore()
  const made = await keep(store, 'pruned/train')
  const view = await maskPictures(store, made)
  expect(view.layers.length).toBeGreaterThan(0)
  const [{ name }] = view.layers as [(typeof view.layers)[number]]
  expect((await maskPictures(store, made, name)).layers).toEqual(view.layers.filter((layer) => layer.name.includes(name)))
  await expect(maskPictures(store, made, 'nowhere')).rejects.toThrow(/No layer with 'nowhere' in its name has a mask/)
  await expect(maskPictures(store, { path: 'x', key: 'ab'.repeat(32) })).rejects.toThrow(/has given no network yet/)
})

test('in characters a picture is as wide as it may be, and darker where more is left', () => {
  const half = Uint8Array.from({ length: 64 * 64 }, (_, i) => Number(i % 64 < 32))
  const lines = maskLines({ path: 'p', key: 'k', layers: [pictureOf('fc/kernel', [64, 64], half)] }, { columns: 42 })
  expect(lines.slice(0, 5)).toEqual([
    'p',
    '',
    'fc/kernel  64 × 64  50 % left',
    `┌${'─'.repeat(40)}┐`,
    `│${'█'.repeat(20)}${' '.repeat(20)}│`,
  ])
  expect(lines).toHaveLength(5 + 24)
})
