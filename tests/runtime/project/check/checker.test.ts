import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openChecker, refuseTypeErrors } from '../../../../runtime/project/check/checker.ts'
import { judgeOf } from '../../../../runtime/project/check/compiler.ts'
import { checkProblems } from '../../../../runtime/project/check/problems.ts'
import { foundRight } from '../../../../runtime/project/check/record.ts'

const root = join(import.meta.dirname, '../../../..')
const folder = mkdtempSync(join(tmpdir(), 'espalier-test-'))
const records = join(folder, 'records')
/** One compiler for all of them. */
const checker = openChecker({ records })
afterAll(async () => {
  await checker.close()
  rmSync(folder, { recursive: true })
})

let projects = 0
/** A project with these files; gives the path of one of them. */
function project(files: { readonly [name: string]: string }): (name: string) => string {
  const at = join(folder, String(projects++))
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(at, name)), { recursive: true })
    writeFileSync(join(at, name), text)
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return (name) => join(at, name)
}

const faultsOf = async (file: string) => (await checker.check(file)).faults

/** `//!` lines of a file of wrong programs: the sentence for the line under it. */
const expected = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, i) => (text.trim().startsWith('//! ') ? [{ sentence: text.trim().slice(4), line: i + 2 }] : []))
const lineOf = (at: string) => Number(/:(\d+):\d+$/.exec(at)?.[1])

describe('what is said of a wrong program', () => {
  test('of every wrong order, at once: its sentence alone, on its line', async () => {
    const file = join(root, 'tests/types/invalid/orders.pipeline.ts')
    const faults = await faultsOf(file)
    expect(faults.map(({ at, title, hint }) => ({ sentence: `${title} ${hint}`, line: lineOf(at) }))).toEqual(expected(file))
  })

  test("of what only the types refuse: the sentence, or the compiler's words", async () => {
    const file = join(root, 'tests/types/invalid/types.pipeline.ts')
    const faults = await faultsOf(file)
    for (const { sentence, line } of expected(file))
      expect(faults.filter(({ at }) => lineOf(at) === line).map(({ title, hint }) => `${title} ${hint}`)).toEqual(
        expect.arrayContaining([expect.stringContaining(sentence)]),
      )
  })

  test.each(['orders', 'methods', 'studies'])('of right programs, nothing: valid/%s', async (name) => {
    expect(await faultsOf(join(root, `tests/types/valid/${name}.pipeline.ts`))).toEqual([])
  })

  test('the mark stands under the verb that is wrong, where the chain before it takes lines', async () => {
    const at = project({
      'node_modules/espalier/package.json': '{ "name": "espalier", "version": "1.0.0", "types": "index.d.ts" }',
      'node_modules/espalier/index.d.ts': `export * from '${join(root, 'stdlib/index.ts')}'`,
      'a.pipeline.ts': `import { adam, digits, lenet300, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })
export default train()
  .prune(0.9)
  .rewind()
  .finetune()
`,
    })
    expect(await faultsOf(at('a.pipeline.ts'))).toEqual([
      {
        at: `${at('a.pipeline.ts')}:6:4`,
        title: 'finetune() continues from trained weights, but nothing has been trained yet.',
        hint: 'Use train() first.',
      },
    ])
  })

  test('the error that ends a command: one fault speaks for itself, several are listed, each under a code frame', async () => {
    const one = project({ 'a.ts': 'const a: number = 1\nexport const b: string = a\n' })('a.ts')
    expect(checkProblems.faults(await faultsOf(one), 'TypeScript')).toMatchObject({
      title: 'The pipeline file has a type error.',
      facts: [
        ['at', `${one}:2:14`],
        ['error', "Type 'number' is not assignable to type 'string'."],
        ['code', '  1 | const a: number = 1\n> 2 | export const b: string = a\n    |              ^'],
        ['compiler', 'TypeScript'],
      ],
      hint: expect.stringContaining('--no-check'),
    })
    const two = project({ 'a.ts': "import './b.ts'\nexport const b: string = 1\n", 'b.ts': 'export const c: null = 2\n' })
    const problem = checkProblems.faults(await faultsOf(two('a.ts')), 'TypeScript')
    expect(problem.title).toBe('The pipeline file has 2 type errors.')
    expect(problem.faults.map(({ at }) => at)).toEqual([`${two('b.ts')}:1:14`, `${two('a.ts')}:2:14`])
    expect(problem.facts.map(([label]) => label)).toEqual(['at', 'error', 'code', 'at', 'error', 'code', 'compiler'])
  })

  test('syntax that cannot be read is a fault as well', async () => {
    const file = project({ 'a.ts': 'export const a: number = = 3\n' })('a.ts')
    expect(await faultsOf(file)).toEqual([{ at: `${file}:1:26`, title: 'Expression expected.', hint: '' }])
  })
})

describe('what was found right is not checked again', () => {
  /** Threads started while `work` runs. */
  const threads = async (work: () => Promise<unknown>): Promise<number> => {
    let started = 0
    const count = () => {
      started++
    }
    process.on('worker', count)
    await work()
    process.off('worker', count)
    return started
  }
  const files = {
    'package.json': '{ "type": "module" }',
    'tsconfig.json': '{ "extends": "./base.json" }',
    'base.json': '{ "compilerOptions": { "strict": true, "module": "nodenext", "lib": ["es5"] } }',
    'node_modules/tiny/package.json': '{ "name": "tiny", "version": "1.0.0", "types": "index.d.ts", "exports": "./index.d.ts" }',
    'node_modules/tiny/index.d.ts': 'export declare const given: number\n',
    'helper.ts': 'export const helper = (x: number) => x + 1\n',
    'a.pipeline.ts': "import { given } from 'tiny'\nimport { helper } from './helper.ts'\nexport default helper(given)\n",
  }

  test('a second check starts nothing, and knows the files', async () => {
    const at = project(files)
    expect(await threads(() => refuseTypeErrors(at('a.pipeline.ts'), async () => {}, { records }))).toBe(1)
    expect(await threads(() => refuseTypeErrors(at('a.pipeline.ts'), async () => {}, { records }))).toBe(0)
    const again = await openChecker({ records }).check(at('a.pipeline.ts'))
    expect(again).toEqual({ faults: [], files: [at('helper.ts'), at('a.pipeline.ts')], judgedBy: '' })
  })

  test.each([
    ['the file', 'a.pipeline.ts', "import { helper } from './helper.ts'\nexport default helper('1')\n"],
    ['a file it imports', 'helper.ts', 'export const helper = (x: string) => x\n'],
    ['the configuration', 'tsconfig.json', '{ "compilerOptions": { "lib": [], "noLib": true } }'],
    [
      'what the configuration extends',
      'base.json',
      '{ "compilerOptions": { "types": ["nowhere"], "module": "commonjs", "lib": ["es5"], "noLib": true } }',
    ],
    ['a package', 'node_modules/tiny/package.json', '{ "name": "tiny", "version": "2.0.0", "exports": "./nowhere.js" }'],
  ])('a change of %s is seen', async (_, name, text) => {
    const at = project(files)
    expect(await faultsOf(at('a.pipeline.ts'))).toEqual([])
    writeFileSync(at(name), text)
    expect(
      await threads(() =>
        openChecker({ records })
          .check(at('a.pipeline.ts'))
          .then(() => {}),
      ),
    ).toBe(1)
  })

  test('wrong files are checked again: what was missing may have come', async () => {
    const at = project({ 'a.ts': "import { late } from './late.ts'\nexport default late\n" })
    expect(await faultsOf(at('a.ts'))).toHaveLength(1)
    expect(foundRight(records, at('a.ts'), judgeOf(at('a.ts')))).toBeUndefined()
    writeFileSync(at('late.ts'), 'export const late = 1\n')
    expect(await faultsOf(at('a.ts'))).toEqual([])
  })
})

test('a checker that stays alive sees each change: wrong, right, wrong in the helper', async () => {
  const at = project({
    'a.ts': "import { f } from './b.ts'\nexport const a: number = f('x')\n",
    'b.ts': 'export const f = (x: string) => x\n',
  })
  expect((await faultsOf(at('a.ts'))).map(({ at }) => at)).toEqual([`${at('a.ts')}:2:14`])
  writeFileSync(at('b.ts'), 'export const f = (x: string) => x.length\n')
  expect(await faultsOf(at('a.ts'))).toEqual([])
  writeFileSync(at('b.ts'), 'export const f = (x: string): number => x\n')
  expect((await faultsOf(at('a.ts'))).map(({ at }) => at)).toEqual([`${at('b.ts')}:1:41`])
})

describe('the configuration', () => {
  const loose = 'export const f = (x) => x\nexport const list = [1].at(0)\nexport const n: number = list\n'

  test('without a tsconfig.json types are strict', async () => {
    const file = project({ 'a.ts': loose })('a.ts')
    expect((await faultsOf(file)).map(({ title }) => title)).toEqual([
      "Parameter 'x' implicitly has an 'any' type.",
      expect.stringContaining("Type 'number | undefined' is not assignable"),
    ])
  })

  test("the project's own tsconfig.json decides, from a folder above as well; what it does not use stops nothing", async () => {
    const at = project({
      'tsconfig.json':
        '{ "compilerOptions": { "strict": false, "noUnusedLocals": true, "composite": true, "rootDir": "src" }, "include": ["src"] }',
      'lib/a.ts': `${loose}const unused = 1\n`,
    })
    expect(await faultsOf(at('lib/a.ts'))).toEqual([])
  })

  test("declarations of the project's need no import", async () => {
    const at = project({
      'tsconfig.json': '{ "compilerOptions": { "strict": true } }',
      'global.d.ts': 'declare const given: number\n',
      'a.ts': 'export default given + 1\n',
    })
    expect(await faultsOf(at('a.ts'))).toEqual([])
  })

  test('a tsconfig.json that cannot be read is told, not passed over', async () => {
    const at = project({ 'tsconfig.json': '{ "extends": "./nowhere.json" }', 'a.ts': 'export default 1\n' })
    await expect(checker.check(at('a.ts'))).rejects.toMatchObject({
      title: 'The tsconfig.json of the pipeline file cannot be used.',
      facts: [
        ['file', at('tsconfig.json')],
        ['error', expect.stringContaining('nowhere.json')],
      ],
    })
  })

  test('a package need not say that its files are modules, as Node does not ask', async () => {
    const at = project({
      'package.json': '{ "name": "plain" }',
      'tsconfig.json': '{ "compilerOptions": { "module": "nodenext", "verbatimModuleSyntax": true } }',
      'a.ts': 'export default 1\n',
    })
    expect(await faultsOf(at('a.ts'))).toEqual([])
  })
})

test('faults in packages are not the user’s, those in linked folders of the project are', async () => {
  const at = project({
    'node_modules/tiny/package.json': '{ "name": "tiny", "version": "1.0.0", "exports": "./index.ts" }',
    'node_modules/tiny/index.ts': 'export const given: string = 1\n',
    'packages/own/package.json': '{ "name": "own", "version": "1.0.0", "exports": "./index.ts" }',
    'packages/own/index.ts': 'export const given: string = 1\n',
    'a.ts': "import 'tiny'\nimport 'own'\n",
  })
  symlinkSync('../packages/own', at('node_modules/own'))
  expect((await faultsOf(at('a.ts'))).map(({ at }) => at)).toEqual([`${at('packages/own/index.ts')}:1:14`])
})

test('plain JavaScript and what is not there are left to the loader', async () => {
  const at = project({ 'a.mjs': 'export default undefinedName\n' })
  expect(await checker.check(at('a.mjs'))).toEqual({ faults: [], files: [], judgedBy: '' })
  expect(await checker.check(at('none.ts'))).toEqual({ faults: [], files: [], judgedBy: '' })
})

describe('the compiler', () => {
  const study = (end: string) => `import { adam, digits, lenet300, task } from '${root}/stdlib/index.ts'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
export default train()${end}
`
  const tsconfig = JSON.stringify({
    compilerOptions: { module: 'nodenext', target: 'es2024', strict: true, allowImportingTsExtensions: true, noEmit: true },
  })
  const withCompiler = (name: string | undefined, files: { readonly [name: string]: string }) => {
    const at = project({ 'package.json': '{ "type": "module" }', 'tsconfig.json': tsconfig, 'node_modules/.keep': '', ...files })
    if (name !== undefined) symlinkSync(join(root, 'node_modules', name), at('node_modules/typescript'))
    return at
  }

  test.each([
    ['typescript-5.9', 'TypeScript 5.9.3 of the project'],
    ['typescript', "TypeScript 6.0.2, which comes with Espalier; the project's 7.0.2 cannot be asked"],
    [undefined, 'TypeScript 6.0.2, which comes with Espalier'],
  ])('of a project that has %s is told with what it says: %s', async (name, told) => {
    const at = withCompiler(name, { 'a.ts': 'export const b: string = 1\n' })
    expect(await checker.check(at('a.ts'))).toMatchObject({ judgedBy: told, faults: [{ at: `${at('a.ts')}:1:14` }] })
    await expect(refuseTypeErrors(at('a.ts'), async () => {}, { records })).rejects.toMatchObject({
      facts: expect.arrayContaining([['compiler', told]]),
    })
  })

  test("that the project has takes what is right, and says the language's own sentences", async () => {
    const at = withCompiler('typescript-5.9', {
      'right.ts': study('.prune(0.9).finetune()'),
      'wrong.ts': study('.prune(0.9).rewind().finetune()'),
    })
    expect(await checker.check(at('right.ts'))).toMatchObject({ faults: [], judgedBy: 'TypeScript 5.9.3 of the project' })
    const [fault] = await faultsOf(at('wrong.ts'))
    expect(fault).toMatchObject({
      title: expect.stringMatching(/^finetune\(\) continues from trained weights/),
      hint: 'Use train() first.',
    })
  })

  test('what one found right another is asked about', async () => {
    const at = withCompiler(undefined, { 'a.ts': 'export const b: number = 1\n' })
    await checker.check(at('a.ts'))
    expect(foundRight(records, at('a.ts'), judgeOf(at('a.ts')))).toEqual([at('a.ts')])
    symlinkSync(join(root, 'node_modules/typescript-5.9'), at('node_modules/typescript'))
    expect(foundRight(records, at('a.ts'), judgeOf(at('a.ts')))).toBeUndefined()
    expect(await checker.check(at('a.ts'))).toMatchObject({ faults: [], judgedBy: 'TypeScript 5.9.3 of the project' })
  })
})
