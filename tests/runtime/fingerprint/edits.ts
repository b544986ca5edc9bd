/** A small project and edits to it, each known to keep or to change what its exported function means. */
import type { Files } from './project.ts'

export const project = {
  'package.json': '{ "type": "module" }',
  'node_modules/tiny-math/package.json': '{ "name": "tiny-math", "version": "1.2.3", "type": "module", "exports": "./index.js" }',
  'node_modules/tiny-math/index.js': 'export const clamp = (x, low, high) => Math.min(high, Math.max(low, x))\nexport default clamp\n',
  'main.ts': `import { join } from 'node:path'
import { clamp } from 'tiny-math'
import { normalise } from './lib/norm.ts'

const WEIGHT = 0.25
const table = { low: 1, high: 3 }

function spread(values: number[]): number {
  return Math.max(...values) - Math.min(...values)
}

export const score = (weights: number[], options: { power: number }) => {
  // large weights matter more
  const scaled = normalise(weights)
  let total = 0
  for (const value of scaled) {
    total += Math.abs(value) ** options.power * WEIGHT
  }
  if (total > table.high) return clamp(total, table.low, table.high)
  return total + spread(scaled) + join('a', 'b').length
}

export const other = (x: number) => x + 1
`,
  'lib/norm.ts': `import { EPSILON } from './constants.ts'

export const normalise = (values: readonly number[]): number[] => {
  const center = mean(values)
  return values.map((value) => (value - center) / (deviation(values, center) + EPSILON))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[], center: number): number {
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)))
}

export const unused = (x: number): number => x * 2
`,
  'lib/constants.ts': 'export const EPSILON = 1e-8\nexport const OTHER = 3\n',
} as const satisfies Files

export type Edit = (files: { [path: string]: string }) => void

const main = 'main.ts'
const norm = 'lib/norm.ts'
const constants = 'lib/constants.ts'

/** Replaces text that must be there. */
function replace(path: string, from: string | RegExp, to: string): Edit {
  return (files) => {
    const before = files[path]!
    files[path] = before.replace(from, to)
    if (files[path] === before) throw new Error(`${from} is not in ${path}`)
  }
}

function all(...edits: readonly Edit[]): Edit {
  return (files) => {
    for (const edit of edits) edit(files)
  }
}

const rename = (path: string, from: string, to: string): Edit => replace(path, new RegExp(`\\b${from}\\b`, 'g'), to)

export const keeping: { readonly [edit: string]: Edit } = {
  'another comment': replace(main, '// large weights matter more', '/* none at all */'),
  'a comment in a helper two files away': replace(constants, '= 1e-8', '= /* small */ 1e-8'),
  'a documentation comment': replace(norm, 'function mean', '/** The mean. */\nfunction mean'),
  'other indentation': replace(main, / {2}/g, '\t'),
  'blank lines': replace(norm, /\n/g, '\n\n'),
  semicolons: replace(norm, /(\w|\))\n(?=})/g, '$1;\n'),
  'line ends of Windows': replace(main, /\n/g, '\r\n'),
  'double quotes': replace(main, /'/g, '"'),
  'a byte-order mark': replace(norm, /^/, '\uFEFF'),
  'one line broken in three': replace(main, 'clamp(total, table.low, table.high)', 'clamp(\n    total,\n    table.low, table.high,\n  )'),
  'redundant parentheses': replace(main, 'total + spread(scaled)', '((total) + (spread(scaled)))'),
  'braces around one statement': replace(
    main,
    'return clamp(total, table.low, table.high)',
    '{ return clamp(total, table.low, table.high) }',
  ),
  'a body with return for an expression': replace(norm, '(value) => (value - center) ** 2', '(value) => { return (value - center) ** 2 }'),
  'a local renamed': rename(main, 'total', 'sum'),
  'a parameter renamed': rename(main, 'weights', 'w'),
  'a helper renamed': rename(main, 'spread', 'range'),
  'an exported helper renamed in both files': all(rename(main, 'normalise', 'standardise'), rename(norm, 'normalise', 'standardise')),
  'a constant renamed': rename(main, 'WEIGHT', 'FACTOR'),
  'an import given another name': all(replace(main, 'return clamp', 'return limit'), replace(main, '{ clamp }', '{ clamp as limit }')),
  'a namespace instead of a named import': all(
    replace(main, "import { normalise } from './lib/norm.ts'", "import * as lib from './lib/norm.ts'"),
    replace(main, 'normalise(weights)', 'lib.normalise(weights)'),
  ),
  "a package's namespace instead of a named import": all(
    replace(main, "import { clamp } from 'tiny-math'", "import * as tiny from 'tiny-math'"),
    replace(main, 'return clamp', 'return tiny.clamp'),
  ),
  "another way to import one of Node's modules": all(
    replace(main, "import { join } from 'node:path'", "import path from 'path'"),
    replace(main, "join('a'", "path.join('a'"),
  ),
  'types added': replace(main, 'let total = 0', 'let total: number = 0 as number'),
  'types removed': all(
    replace(main, ': number[]): number {', ') {'),
    replace(norm, '(values: readonly number[]): number[] =>', '(values) =>'),
  ),
  'an interface added': replace(main, 'const WEIGHT', 'export interface Options { readonly power: number }\nconst WEIGHT'),
  'a type import added': replace(main, /^/, "import type { Anything } from './nowhere.ts'\n"),
  'satisfies and non-null assertions': replace(main, 'for (const value of scaled) {', 'for (const value of scaled! satisfies number[]) {'),
  'unrelated code in the same file': replace(main, 'x + 1', 'x + 2'),
  'an unused export of a helper file changed': replace(norm, 'x * 2', 'x * 3'),
  'an unused constant changed': replace(constants, 'OTHER = 3', 'OTHER = 4'),
  'declarations in another order': (files) => {
    const [imports, ...parts] = files[norm]!.split(/\n\n/)
    files[norm] = [imports, ...parts.reverse()].join('\n\n')
  },
  'a helper moved to a file of its own': all(
    replace(main, /function spread[\s\S]*?\n}\n/, ''),
    replace(main, /^/, "import { spread } from './lib/spread.ts'\n"),
    (files) => {
      files['lib/spread.ts'] = 'export function spread(v: number[]) { return Math.max(...v) - Math.min(...v) }\n'
    },
  ),
  'a constant moved to another file': all(
    replace(main, 'const WEIGHT = 0.25\n', ''),
    replace(main, /^/, "import { OTHER as _, WEIGHT } from './lib/constants.ts'\n"),
    replace(constants, /$/, 'export const WEIGHT = 0.25\n'),
  ),
  'a helper reached through a re-export': all(replace(main, './lib/norm.ts', './lib/index.ts'), (files) => {
    files['lib/index.ts'] = "export * from './norm.ts'\nexport * from './constants.ts'\n"
  }),
  'a helper file renamed': all(replace(main, './lib/norm.ts', './lib/z.ts'), (files) => {
    files['lib/z.ts'] = files[norm]!
    delete files[norm]
  }),
  'a default export instead of a named one': all(
    replace(main, 'import { normalise }', 'import normalise'),
    replace(norm, 'export const normalise =', 'export default'),
  ),
  'a number written otherwise': replace(constants, '1e-8', '0.00000001'),
  'a constant computed to the same value': replace(main, 'WEIGHT = 0.25', 'WEIGHT = 1 / 4'),
  'a quoted key': replace(main, '{ low: 1', "{ 'low': 1"),
  'a member by its quoted name': replace(main, 'table.high)', "table['high'])"),
  'a package file changed under the same version': replace('node_modules/tiny-math/index.js', /^/, '// fixed\n'),
}

export const changing: { readonly [edit: string]: Edit } = {
  'a constant of the function': replace(main, 'let total = 0', 'let total = 1'),
  'an operator': replace(main, '**', '*'),
  'a comparison': replace(main, 'total > table.high', 'total >= table.high'),
  'the order of arguments': replace(main, 'table.low, table.high)', 'table.high, table.low)'),
  'the order of operands': replace(main, 'total + spread(scaled)', 'spread(scaled) + total'),
  'a statement removed': replace(main, /if \(total.*\n/, ''),
  'a string': replace(main, "'b'", "'c'"),
  'another member': replace(main, 'return clamp(total, table.low', 'return clamp(total, table.high'),
  'another global': replace(main, 'Math.abs', 'Math.sign'),
  'a parameter default': replace(main, 'options: { power: number }', 'options: { power: number } = { power: 2 }'),
  'parameters swapped': replace(
    main,
    /\(weights: number\[\], options: \{ power: number \}\)/,
    '(options: { power: number }, weights: number[])',
  ),
  'two locals swapped': replace(norm, '(value - center) /', '(center - value) /'),
  async: replace(main, 'score = (', 'score = async ('),
  'a captured number': replace(main, 'WEIGHT = 0.25', 'WEIGHT = 0.5'),
  'a captured member': replace(main, 'high: 3', 'high: 4'),
  'a captured member added': replace(main, 'high: 3', 'high: 3, mid: 2'),
  'a helper of the same file': replace(main, '- Math.min', '+ Math.min'),
  'a helper of another file': replace(norm, 'values.length', '(values.length - 1)'),
  'a helper of a helper': replace(norm, 'Math.sqrt(mean', 'Math.cbrt(mean'),
  'a constant two files away by its last digit': replace(constants, '1e-8', '1.0000000000000002e-8'),
  'a helper of the same name from another file': all(replace(main, './lib/norm.ts', './lib/other.ts'), (files) => {
    files['lib/other.ts'] = 'export const normalise = (values: number[]) => values\n'
  }),
  "a package's version": replace('node_modules/tiny-math/package.json', '1.2.3', '1.2.4'),
  'another export of a package': replace(main, 'import { clamp }', 'import clamp'),
  "another function of one of Node's modules": rename(main, 'join', 'basename'),
  'a local helper that shadows an import': replace(
    main,
    'const scaled = normalise(weights)',
    'const normalise = (w: number[]) => w\n  const scaled = normalise(weights)',
  ),
  'let for const': replace(main, 'const scaled', 'let scaled'),
  'a function for an arrow': replace(norm, '(value) => (value - center) ** 2', 'function (value) { return (value - center) ** 2 }'),
  'grouping of an optional chain': replace(main, 'table.low,', '(table?.low as number | undefined)!.valueOf(),'),
}
