/** Random programs as data, ways to write one down that differ in everything but meaning, and edits that change its meaning. */
import fc from 'fast-check'
import type { Files } from './project.ts'

type Expression =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'parameter' | 'local'; readonly index: number }
  | { readonly is: 'constant' | 'captured'; readonly index: number }
  | { readonly is: 'operation'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly is: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly is: 'call'; readonly helper: number; readonly given: Expression }

/** `(parameter) => { const local = …; return … }` */
interface Helper {
  readonly local: Expression
  readonly result: Expression
}

export interface Program {
  readonly constants: readonly number[]
  /** What the exported function has captured from the function that made it. */
  readonly captured: readonly number[]
  /** Each may call any, itself included. */
  readonly helpers: readonly Helper[]
  readonly score: Helper
}

const operators = ['+', '-', '*', '/', '%', '**', '<', '===', '&&', '??']

function expressions(captures: boolean): fc.Arbitrary<Expression> {
  const index = fc.nat({ max: 2 })
  const leaves: fc.Arbitrary<Expression>[] = [
    fc.integer({ min: 0, max: 9 }).map((value) => ({ is: 'number', value })),
    fc.constant<Expression>({ is: 'parameter', index: 0 }),
    index.map((index) => ({ is: 'constant', index })),
    ...(captures ? [index.map((index): Expression => ({ is: 'captured', index }))] : []),
  ]
  return fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'expression' },
      ...leaves,
      fc.record<Expression & { is: 'operation' }>({
        is: fc.constant('operation'),
        operator: fc.constantFrom(...operators),
        left: tie('expression'),
        right: tie('expression'),
      }),
      fc.record<Expression & { is: 'choice' }>({
        is: fc.constant('choice'),
        test: tie('expression'),
        yes: tie('expression'),
        no: tie('expression'),
      }),
      fc.record<Expression & { is: 'call' }>({ is: fc.constant('call'), helper: index, given: tie('expression') }),
    ),
  })).expression
}

function helpers(captures: boolean): fc.Arbitrary<Helper> {
  return fc.record({
    local: expressions(captures),
    result: expressions(captures).map((right): Expression => ({ is: 'operation', operator: '+', left: { is: 'local', index: 0 }, right })),
  })
}

const three = { minLength: 3, maxLength: 3 }

export const programs: fc.Arbitrary<Program> = fc.record({
  constants: fc.array(fc.integer({ min: 10, max: 99 }), three),
  captured: fc.array(fc.integer({ min: 100, max: 999 }), three),
  helpers: fc.array(helpers(false), three),
  score: helpers(true),
})

/** Every choice of a writer that does not change the meaning, drawn from a list of numbers. */
export function styles(): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.nat({ max: 1000 }), { minLength: 60, maxLength: 60 })
}

export function written(program: Program, style: readonly number[]): Files {
  let drawn = 0
  const draw = (below: number): number => style[drawn++ % style.length]! % below
  const pick = <T>(options: readonly T[]): T => options[draw(options.length)]!
  const used = new Set<string>()
  const name = (): string => {
    const made = `${pick(['a', 'value', 'π', '_', '$x', 'helper', 'mean'])}${used.size}`
    used.add(made)
    return made
  }
  const gap = (): string => pick(['', ' ', '  ', '\n', '/* + 1 */', ' // * 2\n', '\t'])
  const type = (): string => pick(['', ': number', ': any', ': number | undefined'])

  const constantNames = program.constants.map(name)
  const helperNames = program.helpers.map(name)
  const capturedNames = program.captured.map(name)
  const files = ['main.ts', pick(['lib.ts', 'main.ts']), pick(['deep/er/lib.ts', 'lib.ts', 'main.ts'])]
  const constantFiles = program.constants.map(() => pick(files))
  const helperFiles = program.helpers.map(() => pick(files))
  const namespaces = new Map<string, string>()

  const text = (of: Expression, parameter: string, local: string, file: string): string => {
    const inner = (part: Expression) => text(part, parameter, local, file)
    const plain = (): string => {
      switch (of.is) {
        case 'number':
          return pick([String(of.value), `${of.value}.0`, `0x${of.value.toString(16)}`])
        case 'parameter':
          return parameter
        case 'local':
          return local
        case 'constant':
          return reference(constantNames[of.index]!, constantFiles[of.index]!, file)
        case 'captured':
          return capturedNames[of.index]!
        case 'operation':
          return `(${inner(of.left)})${gap()} ${of.operator} ${gap()}(${inner(of.right)})`
        case 'choice':
          return `(${inner(of.test)})${gap()}?${gap()}(${inner(of.yes)}):${gap()}(${inner(of.no)})`
        case 'call':
          return `${reference(helperNames[of.helper]!, helperFiles[of.helper]!, file)}(${gap()}${inner(of.given)}${gap()}${pick(['', ','])})`
      }
    }
    const made = plain()
    return pick([made, `(${made})`, `((${made}) as any)`, `(${made})!`])
  }

  const reference = (name: string, home: string, file: string): string => {
    if (home === file) return name
    const namespace = namespaces.get(`${file} ${home}`)
    return namespace === undefined ? name : `${namespace}.${name}`
  }
  for (const file of files)
    for (const home of files)
      if (file !== home && draw(2) === 0 && !namespaces.has(`${file} ${home}`)) namespaces.set(`${file} ${home}`, name())

  const arrow = ({ local, result }: Helper, file: string): string => {
    const [parameter, localName] = [name(), name()]
    return `(${gap()}${parameter}${type()})${type()} =>${gap().replace(/\n|\/\/.*/g, ' ')} {${gap()}const ${localName}${type()} = ${text(local, parameter, localName, file)};${gap()}return ${text(result, parameter, localName, file)}${pick([';', '\n'])}${gap()}}`
  }

  const declarations = new Map<string, string[]>()
  const declare = (file: string, text: string): void =>
    void declarations.set(
      file,
      [...(declarations.get(file) ?? []), text].sort(() => draw(3) - 1),
    )
  for (const [i, value] of program.constants.entries()) declare(constantFiles[i]!, `export const ${constantNames[i]}${type()} = ${value}`)
  for (const [i, helper] of program.helpers.entries())
    declare(helperFiles[i]!, `export const ${helperNames[i]} = ${arrow(helper, helperFiles[i]!)}`)
  const make = name()
  const score = arrow(program.score, 'main.ts')
  const unrelated = pick(['', 'export const unrelated = () => 1\n', 'export interface Unrelated { readonly a: number }\n'])

  const imports = (file: string): string =>
    [...new Set(files)]
      .filter((home) => home !== file && declarations.has(home))
      .map((home) => {
        const from = `${file.includes('/') ? '../../' : './'}${home}`
        const namespace = namespaces.get(`${file} ${home}`)
        const names = [
          ...constantNames.filter((_, i) => constantFiles[i] === home),
          ...helperNames.filter((_, i) => helperFiles[i] === home),
        ]
        return namespace === undefined ? `import { ${names.join(', ')} } from '${from}'\n` : `import * as ${namespace} from "${from}"\n`
      })
      .join('')
  const main = `export const score = ((${capturedNames.map((one) => `${one}${type()}`).join(', ')}) => ${score})(${program.captured.join(', ')})\n${draw(2) === 0 ? `const ${make} = 1\n` : ''}`
  if (!declarations.has('main.ts')) declarations.set('main.ts', [])
  return Object.fromEntries(
    [...declarations].map(([file, parts]) => [
      file,
      `${imports(file)}${unrelated}${parts.join(pick(['\n', '\n\n', ';\n']))}\n${file === 'main.ts' ? main : ''}`,
    ]),
  )
}

/** The program with one thing about it changed, and whether the exported function reaches the place. */
export interface Edited {
  readonly program: Program
  readonly reached: boolean
}

/** `at` chooses among all constants, captured values and nodes of all expressions. */
export function edited(program: Program, at: number): Edited {
  const reached = reachedFrom(program)
  const edits: Edited[] = []
  for (const [i, value] of program.constants.entries())
    edits.push({ program: { ...program, constants: program.constants.with(i, value + 1) }, reached: reached.has(`constant ${i}`) })
  for (const [i, value] of program.captured.entries())
    edits.push({ program: { ...program, captured: program.captured.with(i, value + 1) }, reached: reached.has(`captured ${i}`) })
  program.helpers.forEach((helper, i) => {
    for (const changed of editsOf(helper))
      edits.push({ program: { ...program, helpers: program.helpers.with(i, changed) }, reached: reached.has(`call ${i}`) })
  })
  for (const changed of editsOf(program.score)) edits.push({ program: { ...program, score: changed }, reached: true })
  return edits[at % edits.length]!
}

function editsOf({ local, result }: Helper): Helper[] {
  return [...changes(local).map((local) => ({ local, result })), ...changes(result).map((result) => ({ local, result }))]
}

/** The expression with one of its nodes changed, in every place. */
function changes(of: Expression): Expression[] {
  const here: Expression[] = [{ is: 'operation', operator: '-', left: { is: 'number', value: 0 }, right: of }]
  switch (of.is) {
    case 'number':
      return [...here, { ...of, value: of.value + 1 }]
    case 'operation': {
      const other = operators[(operators.indexOf(of.operator) + 1) % operators.length]!
      return [
        ...here,
        { ...of, operator: other },
        ...changes(of.left).map((left) => ({ ...of, left })),
        ...changes(of.right).map((right) => ({ ...of, right })),
      ]
    }
    case 'choice':
      return [
        ...here,
        ...changes(of.test).map((test) => ({ ...of, test })),
        ...changes(of.yes).map((yes) => ({ ...of, yes })),
        ...changes(of.no).map((no) => ({ ...of, no })),
      ]
    case 'call':
      return [...here, ...changes(of.given).map((given) => ({ ...of, given }))]
    default:
      return here
  }
}

function reachedFrom(program: Program): ReadonlySet<string> {
  const reached = new Set<string>()
  const visit = (of: Expression): void => {
    if (of.is === 'constant' || of.is === 'captured') reached.add(`${of.is} ${of.index}`)
    if (of.is === 'operation') [of.left, of.right].forEach(visit)
    if (of.is === 'choice') [of.test, of.yes, of.no].forEach(visit)
    if (of.is !== 'call') return
    visit(of.given)
    if (reached.has(`call ${of.helper}`)) return
    reached.add(`call ${of.helper}`)
    const { local, result } = program.helpers[of.helper]!
    ;[local, result].forEach(visit)
  }
  ;[program.score.local, program.score.result].forEach(visit)
  return reached
}
