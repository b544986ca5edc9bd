/** What a pipeline file declares: names of its exports and its parameters. Parsed, never run, so that shell completion is fast. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { CallExpression, Declaration, ExportSpecifier, Expression, ObjectExpression, Pattern, Program } from 'acorn'
import { withoutTypes } from '../fingerprint/without-types.ts'

export interface Written {
  /** Exports that may be pipelines or studies; `default` for the default export. */
  readonly targets: readonly string[]
  /** Parameters of `params()`, each with the values that it lists; none for a number. */
  readonly params: ReadonlyMap<string, readonly string[]>
}

/** Empty for a missing or invalid file. */
export function writtenIn(path: string): Written {
  const { parse } = createRequire(import.meta.url)('acorn') as typeof import('acorn')
  const params = new Map<string, readonly string[]>()
  let program: Program
  try {
    program = parse(withoutTypes(readFileSync(path, 'utf8')), { ecmaVersion: 'latest', sourceType: 'module' })
  } catch {
    return { targets: [], params }
  }
  const targets = program.body.flatMap((statement): string[] => {
    if (statement.type === 'ExportDefaultDeclaration') return ['default']
    if (statement.type !== 'ExportNamedDeclaration') return []
    return [...declared(statement.declaration ?? undefined), ...statement.specifiers.map(exportedAs)]
  })
  for (const call of callsIn(program, 'params')) for (const [name, values] of membersOf(call.arguments[0])) params.set(name, values)
  return { targets, params }
}

function declared(declaration: Declaration | undefined): string[] {
  if (declaration?.type !== 'VariableDeclaration') return []
  return declaration.declarations.flatMap(({ id, init }) => (isNoPipeline(init ?? undefined) ? [] : namesIn(id)))
}

const isNoPipeline = (value: Expression | undefined): boolean =>
  value?.type === 'ArrowFunctionExpression' || value?.type === 'FunctionExpression' || value?.type === 'Literal'

function namesIn(pattern: Pattern): string[] {
  if (pattern.type === 'Identifier') return [pattern.name]
  if (pattern.type !== 'ObjectPattern') return []
  return pattern.properties.flatMap((property) => (property.type === 'Property' ? namesIn(property.value) : []))
}

const exportedAs = ({ exported }: ExportSpecifier): string => (exported.type === 'Identifier' ? exported.name : String(exported.value))

function membersOf(given: CallExpression['arguments'][number] | undefined): [string, string[]][] {
  if (given?.type !== 'ObjectExpression') return []
  return (given as ObjectExpression).properties.flatMap((property): [string, string[]][] => {
    if (property.type !== 'Property' || property.key.type !== 'Identifier') return []
    const { value } = property
    const listed = value.type === 'ArrayExpression' ? value.elements : []
    return [[property.key.name, listed.flatMap((element) => (element?.type === 'Literal' ? [String(element.value)] : []))]]
  })
}

/** At any depth. */
function callsIn(node: unknown, name: string): CallExpression[] {
  if (typeof node !== 'object' || node === null) return []
  const inside = Object.values(node).flatMap((member) => callsIn(member, name))
  const call = node as CallExpression
  return call.type === 'CallExpression' && call.callee.type === 'Identifier' && call.callee.name === name ? [call, ...inside] : inside
}
