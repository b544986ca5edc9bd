import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { npyArray } from '../../../../runtime/data/sources/npy-array.ts'
import { npy } from '../../../../stdlib/index.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { npyFile, npyTexts, npzFile, withHeader } from './npy-file.ts'
import { folderOf } from './sources.ts'

const form = { classes: 2, input: [1, 1, 2], validation: 1, test: 1, by: 'file' } as const
const x = npyFile([4, 2], [1, 2, 3, 4, 5, 6, 7, 8])
const y = npyFile([4], [0, 1, 0, 1], { type: '<i8' })

type Loaded = Awaited<ReturnType<Awaited<ReturnType<typeof folderOf>>['load']>>
const raw = ({ splits, normalisation: { mean, std } }: Loaded) =>
  Object.values(splits).map(({ images }) =>
    [...images].map((value, i) => Math.round((value * std[i % mean.length]! + mean[i % mean.length]!) * 1e4) / 1e4),
  )
const labels = ({ splits }: Loaded) => Object.values(splits).map((split) => [...split.labels])

describe('one array', () => {
  const numbers = (content: Uint8Array) => {
    const { count, number } = npyArray('data', 'a.npy', content)
    return Array.from({ length: count }, (_, i) => number!(i))
  }

  test('has numbers of any size and order of bytes', () => {
    expect(numbers(npyFile([2], [-5, 70_000], { type: '>i4' }))).toEqual([-5, 70_000])
    expect(numbers(npyFile([2], [-5, 2 ** 40], { type: '<i8' }))).toEqual([-5, 2 ** 40])
    expect(numbers(npyFile([2], [0.1, 1e300], { type: '<f8' }))).toEqual([0.1, 1e300])
    expect(numbers(npyFile([2], [200, 7], { type: '|u1' }))).toEqual([200, 7])
    expect(numbers(npyFile([2], [1, 0], { type: '|b1' }))).toEqual([1, 0])
    // 1 is 0x3c00; the smallest number is 2⁻²⁴.
    expect(numbers(npyFile([3], [0x3c00, 0xc000, 1], { type: '<f2' }))).toEqual([1, -2, 2 ** -24])
  })

  test('in Fortran order is read in C order', () => {
    // [[1, 2, 3], [4, 5, 6]], column by column
    expect(numbers(npyFile([2, 3], [1, 4, 2, 5, 3, 6], { fortran: true }))).toEqual([1, 2, 3, 4, 5, 6])
    // Of [2, 2, 2], where value 4a + 2b + c lies at a + 2b + 4c.
    expect(numbers(npyFile([2, 2, 2], [0, 4, 2, 6, 1, 5, 3, 7], { fortran: true }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('has texts, filled up with zeros', () => {
    const { text } = npyArray('data', 'a.npy', npyTexts(['fig', 'pears', '🍐']))
    expect([0, 1, 2].map((i) => text!(i))).toEqual(['fig', 'pears', '🍐'])
  })

  test.each([
    ['no array', Buffer.from('PK\x03\x04 and so on, for a while'), 'it does not begin as one'],
    ['of a later version', Buffer.concat([Buffer.from('\x93NUMPY\x04\x00', 'latin1'), x.subarray(8)]), 'its version is 4'],
    [
      'a header that does not end',
      Buffer.from('\x93NUMPY\x01\x00\xff\xff{ }', 'latin1').subarray(0, 12),
      'its header is said to have 65535 bytes',
    ],
    ['a header that is a program', npyFile([4], [], { header: "{'descr': __import__('os')}" }), 'no plain type'],
    [
      'objects, which are programs',
      npyFile([1], [], { header: "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }" }),
      'no plain type',
    ],
    [
      'a type of its own',
      npyFile([1], [], { header: "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }" }),
      'no plain type',
    ],
    ['complex numbers', npyFile([1], [], { header: "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }" }), 'its type is c8'],
    [
      'a shape beyond all memory',
      npyFile([1], [], { header: "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999), }" }),
      'its shape is',
    ],
    ['a shape of more than there is', npyFile([1_000_000_000], [1]), 'its header asks for 4000000128 bytes, and it has 132'],
    ['cut off', x.subarray(0, -1), 'its header asks for 160 bytes, and it has 159'],
    ['followed by more', Buffer.concat([x, x]), 'its header asks for 160 bytes, and it has 320'],
  ])('is refused when it is %s', (_, content, says) => {
    expect(() => npyArray('data', 'a.npy', content)).toThrow(says)
  })
})

describe('arrays of a data set', () => {
  test('lie in an archive, for each split or shared out', async () => {
    const { root, load, facts } = await folderOf({
      'a.npz': npzFile({ 'x.npy': x, 'y.npy': y, 'note.npy': Buffer.from('not looked at') }),
      'b.npz': npzFile({
        'x_train.npy': x,
        'y_train.npy': y,
        'x_test.npy': npyFile([1, 1, 2], [9, 9]),
        'y_test.npy': npyFile([1, 1], [1]),
      }),
    })
    const spec = npy({ from: join(root, 'a.npz'), ...form }).spec
    expect(raw(await load(spec))).toEqual([
      [1, 2, 3, 4],
      [5, 6],
      [7, 8],
    ])
    expect(labels(await load(spec))).toEqual([[0, 1], [0], [1]])
    expect(await facts(spec)).toMatchObject({ trainExamples: 2, classes: 2, input: [1, 1, 2] })
    expect(raw(await load(npy({ from: join(root, 'b.npz'), ...form }).spec))).toEqual([
      [1, 2, 3, 4, 5, 6],
      [7, 8],
      [9, 9],
    ])
  })

  test('or in files of a folder, under names of their own, with labels that are names', async () => {
    const { root, load } = await folderOf({ 'images.npy': x, 'kinds.npy': npyTexts(['pear', 'fig', 'pear', 'fig']), 'other.npy': x })
    const dataset = await load(npy({ from: root, ...form, examples: 'images', labels: 'kinds' }).spec)
    expect(labels(dataset)).toEqual([[1, 0], [1], [0]])
  })

  test.each([
    ['no array for training', { 'y.npy': y }, 'has no array x_train or x.'],
    ['no labels', { 'x.npy': x }, 'has no array y.'],
    ['another number of labels', { 'x.npy': x, 'y.npy': npyFile([3], [0, 1, 0]) }, 'y has the shape (3), where (4,) is expected.'],
    [
      'examples of another form',
      { 'x.npy': npyFile([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]), 'y.npy': y },
      'x has the shape (2, 4), where (examples, 1, 1, 2) is expected.',
    ],
    ['examples that are texts', { 'x.npy': npyTexts(['ab', 'cd']), 'y.npy': y }, 'x has the shape (2), where'],
    [
      'a value that is no number',
      { 'x.npy': npyFile([4, 2], [1, 2, Number.NaN, 4, 5, 6, 7, 8]), 'y.npy': y },
      'x[1] cannot be read as a NumPy array.',
    ],
    ['a number beyond 32 bits', { 'x.npy': npyFile([4, 2], [1, 2, 3, 4, 5, 6, 7, 1e39], { type: '<f8' }), 'y.npy': y }, 'x[3] has 1e+39'],
    ['a label out of range', { 'x.npy': x, 'y.npy': npyFile([4], [0, 1, 2, 1]) }, 'y[2] has the label 2, but labels must be 0 to 1.'],
  ])('with %s are refused with their place', async (_, members, says) => {
    const folder = await folderOf({ 'a.npz': npzFile(members) })
    expect((await folder.problem(npy({ from: join(folder.root, 'a.npz'), ...form }).spec)).message).toContain(says)
  })

  test('an archive that lies about itself is refused, and no more than its arrays say is unpacked', async () => {
    const problemOf = async (content: Uint8Array) => {
      const { root, problem } = await folderOf({ 'a.npz': content })
      return (await problem(npy({ from: join(root, 'a.npz'), ...form }).spec)).message
    }
    expect(await problemOf(Buffer.from('nothing of the kind'))).toContain('a.npz cannot be read as an archive of NumPy arrays.')
    expect(await problemOf(npzFile({ 'x.npy': x, x, 'y.npy': y }))).toContain('it has two members x')
    // A gigabyte of zeros in a megabyte, behind the header of a small array.
    const bomb = withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }", Buffer.alloc(2 ** 26))
    expect(await problemOf(npzFile({ 'x.npy': bomb, 'y.npy': y }))).toContain(`its header asks for 160 bytes, and it has ${2 ** 26 + 128}`)
    expect(await problemOf(npzFile({ 'x.npy': x, 'y.npy': y }, { announced: 2 ** 32 - 2 }))).toContain(`it takes ${2 ** 32 - 2} bytes`)
    expect(await problemOf(npzFile({ 'x.npy': x, 'y.npy': y }, { announced: 100 }))).toMatch(/too many bytes|its header asks for/)
    const damaged = Buffer.from(npzFile({ 'x.npy': x, 'y.npy': y }))
    damaged[60]! ^= 255
    expect(await problemOf(damaged)).toContain('x cannot be read as a NumPy array.')
  })

  const numpy = spawnSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0
  test.skipIf(!numpy)(`as NumPy itself saves them${numpy ? '' : ' (python3 has no numpy)'}`, async () => {
    const root = await temporaryFolder()
    const program = `
import numpy as np
x = np.arange(1, 9, dtype=np.float64).reshape(4, 2)
np.savez_compressed("a.npz", x_train=np.asfortranarray(x), y_train=np.array(["b", "a", "b", "a"]))
np.savez("b.npz", x=x.astype(">f4"), y=np.array([0, 1, 0, 1], dtype=np.uint8))
np.save("x.npy", x.astype(np.float16)); np.save("y.npy", np.array([[0], [1], [0], [1]]))
`
    execFileSync('python3', ['-c', program], { cwd: root })
    const { load } = await folderOf({})
    for (const [from, expected] of [
      [join(root, 'a.npz'), [[1, 0], [1], [0]]],
      [join(root, 'b.npz'), [[0, 1], [0], [1]]],
      [root, [[0, 1], [0], [1]]],
    ] as const) {
      const dataset = await load(npy({ from, ...form }).spec)
      expect(raw(dataset)).toEqual([
        [1, 2, 3, 4],
        [5, 6],
        [7, 8],
      ])
      expect(labels(dataset)).toEqual(expected)
    }
  })
})

test('with targets, the labels are numbers that are predicted', async () => {
  const numbers = npyFile([4, 2], [10, 1, 30, 1, 50, 2, 80, 4])
  const { root, load, problem } = await folderOf({
    'a.npz': npzFile({ 'x.npy': x, 'y.npy': numbers }),
    'b.npz': npzFile({ 'x.npy': x, 'y.npy': y }),
  })
  const asked = { targets: 2, input: [1, 1, 2], validation: 1, test: 1, by: 'file' } as const
  const dataset = await load(npy({ from: join(root, 'a.npz'), ...asked }).spec)
  expect(dataset.target).toEqual({ kind: 'numbers', mean: [20, 1], std: [10, 1] })
  expect(labels(dataset)).toEqual([
    [-1, 0, 1, 0],
    [3, 1],
    [6, 3],
  ])
  expect((await problem(npy({ from: join(root, 'b.npz'), ...asked }).spec)).title).toContain('has the shape (4), where (4, 2) is expected')
  // One number each, in one axis.
  expect(labels(await load(npy({ from: join(root, 'b.npz'), ...asked, targets: 1 }).spec))).toEqual([[-1, 1], [-1], [1]])
})
