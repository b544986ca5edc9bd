import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'acorn'
import * as Effect from 'effect/Effect'
import { expect, test } from 'vitest'
import { withoutTypes } from '../../runtime/fingerprint/without-types.ts'
import { renderProblem, StageFailure, StoreProblem } from '../../runtime/problem.ts'

test('a problem prints its title, its facts with aligned values, and what to do', () => {
  const problem = {
    title: 'It broke.',
    facts: [['stage', 'dense/train'] as const, ['loss at step 3', 'NaN\nand more'] as const],
    hint: 'Lower it.',
  }
  expect(renderProblem(problem)).toBe(
    ['It broke.', '  stage           dense/train', '  loss at step 3  NaN', '                  and more', 'Lower it.'].join('\n'),
  )
  expect(renderProblem({ title: 'It broke.', facts: [], hint: '' })).toBe('It broke.')
})

test('a problem is an error with a stack, a tag to catch it by, and its text as the message', async () => {
  const failure = new StageFailure({
    kind: 'diverged',
    transient: false,
    title: 'Diverged.',
    facts: [['step', '3']],
    hint: 'Lower the learning rate.',
  })
  expect(failure).toBeInstanceOf(Error)
  expect(failure.message).toBe('Diverged.\n  step  3\nLower the learning rate.')
  expect(failure.stack).toContain('problem.test.ts')
  const caught = Effect.fail(failure).pipe(Effect.catchTag('StageFailure', ({ kind }) => Effect.succeed(kind)))
  expect(await Effect.runPromise(caught)).toBe('diverged')
  expect(failure).not.toBeInstanceOf(StoreProblem)
})

interface Node {
  readonly type: string
  readonly [member: string]: unknown
}

/** Every node of a program. */
function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if ('type' in value) yield value as Node // acorn's
  for (const inside of Object.values(value)) yield* nodesOf(inside)
}

const nameOf = (node: unknown) => (node as { readonly name?: string } | undefined)?.name

/** Whether it may be an empty text, as far as that is written there. */
function isEmpty(node: unknown): boolean {
  const { type, value, consequent, alternate, quasis } = node as Node & { readonly quasis?: readonly { readonly value: { raw: string } }[] }
  if (type === 'ConditionalExpression') return isEmpty(consequent) || isEmpty(alternate)
  if (type === 'TemplateLiteral') return quasis!.length === 1 && quasis![0]!.value.raw === ''
  return type === 'Literal' && value === ''
}

/** By name, where the hint stands among the arguments of a function that makes problems. */
function makersIn(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const made = nodes.flatMap(({ type, id, init, params }) => {
    const taken = (type === 'FunctionDeclaration' ? params : type === 'VariableDeclarator' ? (init as Node | null)?.params : undefined) as
      | readonly unknown[]
      | undefined
    const at = taken?.findIndex((one) => nameOf(one) === 'hint') ?? -1
    return at < 0 ? [] : [[nameOf(id)!, at] as const]
  })
  return new Map(made)
}

test('every problem says what to do about it', () => {
  const root = join(import.meta.dirname, '../..')
  let hints = 0
  const empty = ['dsl', 'stdlib', 'runtime'].flatMap((layer) =>
    readdirSync(join(root, layer), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(layer, name))
      .flatMap((file) => {
        const text = readFileSync(join(root, file), 'utf8')
        if (!/\bhint\b/.test(text)) return []
        const nodes = [...nodesOf(parse(withoutTypes(text), { ecmaVersion: 'latest', sourceType: 'module', locations: true }))]
        const makers = makersIn(nodes)
        const given = nodes.flatMap(({ type, key, value, callee, arguments: words }) => {
          if (type === 'Property' && nameOf(key) === 'hint') return [value]
          const at = type === 'CallExpression' ? makers.get(nameOf(callee) ?? '') : undefined
          return at === undefined ? [] : ((words as readonly unknown[])[at] ?? [])
        })
        hints += given.length
        return given.filter(isEmpty).map((node) => `${file}:${(node as { loc: { start: { line: number } } }).loc.start.line}`)
      }),
  )
  expect(hints).toBeGreaterThan(300)
  // What a compiler says of a type is told among the facts of a problem that has a hint.
  expect(empty).toEqual([expect.stringMatching(/^runtime\/project\/check\/fault\.ts:/)])
})
