/** What an editor shows while a pipeline is written, asked of the compiler's language service. */
import { join } from 'node:path'
import ts from 'typescript-5.9'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
/** A file that is not there; `«»` marks the cursor. */
const file = join(import.meta.dirname, 'editor.pipeline.ts')
const head = `import { bnConv, cubic, digits, ensemble, filterL1, latentBE, params, resnet, sgd, sweep, task, wrn } from 'espalier'
import { big, many, small } from './networks.ts'
const { init, train } = small
const settings = { data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1 }
`

const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
let text = ''
let version = 0
const service = ts.createLanguageService({
  getCompilationSettings: () => options,
  getScriptFileNames: () => [file],
  getScriptVersion: (name) => (name === file ? String(version) : '1'),
  getScriptSnapshot: (name) => {
    const content = name === file ? text : ts.sys.readFile(name)
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
  },
  getCurrentDirectory: () => root,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (name) => name === file || ts.sys.fileExists(name),
  readFile: ts.sys.readFile,
  readDirectory: ts.sys.readDirectory,
})

/** The cursor's place once the file has this code. */
const at = (code: string): number => {
  const place = head.length + code.indexOf('«»')
  text = head + code.replace('«»', '')
  version++
  return place
}

const hover = (code: string): string => ts.displayPartsToString(service.getQuickInfoAtPosition(file, at(code))?.displayParts)
const offered = (code: string): readonly string[] =>
  service.getCompletionsAtPosition(file, at(code), undefined)?.entries.map(({ name }) => name) ?? []

describe('hovers are one line', () => {
  test.each([
    [
      "const «»ticket = train({ keep: { early: 2 } }).prune(0.9).rewind('early').train()",
      'const ticket: Pipeline<Mlp, "trained", "unstructured", "early" | "init">',
    ],
    ['const «»slim = big.train().prune(filterL1(0.5)).shrink()', 'const slim: Pipeline<Conv<10>, "trained", never, never>'],
    ['const «»gmp = init().prune(0.9, { schedule: cubic() })', 'const gmp: Pipeline<Mlp, "trained", "unstructured", "init">'],
    ['const «»taught = init().distill(big.train())', 'const taught: Pipeline<Mlp, "trained", never, "init">'],
    ['const «»merged = many.train().mergeMembers()', 'const merged: Pipeline<Conv<10>, "trained", never, never>'],
    ['const «»inside = many.train()', 'const inside: Pipeline<BatchEnsemble<Conv<10>, 4>, "trained", never, "init">'],
    ['const «»teachers = ensemble(4, (seed) => train({ seed }))', 'const teachers: Ensemble<Mlp, 4>'],
    ['const «»deep = task({ model: resnet(20), ...settings }).train()', 'const deep: Pipeline<ResNet<20, 10>, "trained", never, "init">'],
    ['const «»wide = task({ model: wrn(16, 4), ...settings }).train()', 'const wide: Pipeline<Wrn<16, 4, 10>, "trained", never, "init">'],
    ['const «»plain = bnConv([16, 32])', 'const plain: Model<BnConv<readonly [16, 32], 10>>'],
    ['const «»grid = sweep({ sparsity: [0.5, 0.9] }, ({ sparsity }) => train().prune(sparsity))', 'const grid: Study'],
    ['const «»written = train().export({ format: "onnx", path: "a.onnx" })', 'const written: Artifact'],
  ])('%s', (code, shown) => {
    expect(hover(code)).toBe(shown)
  })
})

describe('completion offers', () => {
  test.each([
    ['names of snapshots where rewind() goes', "train({ keep: { early: 2 } }).snapshot('late').rewind('«»')", ['early', 'init', 'late']],
    ['names of layers', 'train().prune({ «» })', ['fc1', 'fc2', 'out']],
    [
      'names of a residual network’s layers',
      'task({ model: resnet(20), ...settings }).train().prune({ «» })',
      ['conv1', 'out', 'stage2_block1_shortcut', 'stage3_block3_conv2'],
    ],
    [
      'names of as many convolutions as there are',
      'task({ model: bnConv([4, 8]), ...settings }).train().prune({ «» })',
      ['conv1', 'conv2', 'out'],
    ],
    ['axes of a sweep', 'sweep({ sparsity: [0.5], seed: [0, 1] }, ({ «» }) => train())', ['seed', 'sparsity']],
    ['parameters of the file', 'params({ lr: 0.1, rounds: 3 }).«»', ['lr', 'rounds']],
    ['modes', "train().prune(0.5, { schedule: cubic(), mode: '«»' })", ['freeze', 'soft']],
    ['perturbations', "latentBE({ perturbation: '«»' })", ['confOds', 'gaussian', 'none', 'ods', 'tdivSdiv']],
  ])('%s', (_, code, names) => {
    expect([...offered(code)].sort()).toEqual(expect.arrayContaining(names))
  })

  test('no names of layers that the network lacks', () => {
    expect(offered('train().prune({ «» })')).not.toContain('conv1')
    expect(offered('task({ model: bnConv([4, 8]), ...settings }).train().prune({ «» })')).not.toContain('conv3')
  })
})

test('an option is told in words, wherever it is declared', () => {
  const words = (code: string, option: string): string =>
    ts.displayPartsToString(service.getCompletionEntryDetails(file, at(code), option, {}, undefined, undefined, undefined)?.documentation)
  expect(words('latentBE({ «» })', 'alpha')).toMatch(/^Weight of the teachers' term/)
  expect(words('latentBE({ «» })', 'perturbation')).not.toBe('')
  expect(words('cubic({ «» })', 'begin')).not.toBe('')
  expect(words('sgd({ «» })', 'momentum')).not.toBe('')
})
