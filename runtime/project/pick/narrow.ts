/** Writes a choice into the user's source: each list of values keeps only the chosen one; everything else is unchanged. */
import { Node, Project, type SourceFile, SyntaxKind, ts } from 'ts-morph'
import type { Choice } from '../load/choices.ts'
import { pickProblems } from './problems.ts'

export interface Edited {
  readonly path: string
  readonly before: string
  readonly after: string
}

/** One entry per file. Nothing is written. @throws LoadProblem where a call does not list its values */
export function narrow(choices: readonly Choice[]): readonly Edited[] {
  const project = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true, skipLoadingLibFiles: true })
  const files = new Map<string, { readonly source: SourceFile; readonly before: string }>()
  // Finds all calls before changing one: positions refer to the file as loaded.
  const calls = choices.map((choice) => {
    const what = choice.axis === 'arm' ? `the arm ${choice.label}` : `the axis ${choice.axis}`
    const { at } = choice
    if (at === undefined) throw pickProblems.noPlace(what)
    const known = files.get(at.file)
    const source = known?.source ?? project.addSourceFileAtPath(at.file)
    if (known === undefined) files.set(at.file, { source, before: source.getFullText() })
    const place = `${at.file}:${at.line}:${at.column}`
    const start = source.compilerNode.getPositionOfLineAndCharacter(at.line - 1, at.column - 1)
    const call = source.getDescendantAtPos(start)?.getFirstAncestorByKind(SyntaxKind.CallExpression)
    const listed = call?.getArguments()[0]
    if (listed === undefined || !Node.isObjectLiteralExpression(listed)) throw pickProblems.notWrittenOut(what, place)
    return { choice, call, listed, refuse: () => pickProblems.notWrittenOut(what, place) }
  })
  for (const { choice, call, listed, refuse } of calls) {
    if (choice.axis === 'arm') {
      keepOnly(listed, choice.label, refuse)
      // The baseline may be one of the removed arms.
      for (const options of call?.getArguments().slice(1) ?? []) call?.removeArgument(options)
    } else narrowAxis(listed, choice, refuse)
  }
  return [...files]
    .map(([path, { source, before }]) => ({ path, before, after: source.getFullText() }))
    .filter(({ before, after }) => before !== after)
}

type Listed = import('ts-morph').ObjectLiteralExpression

function narrowAxis(listed: Listed, { axis, label }: Choice, refuse: () => Error): void {
  const property = listed.getProperty((one) => keyOf(one) === axis)
  if (property !== undefined && Node.isShorthandPropertyAssignment(property)) {
    // The list may be used elsewhere, so it stays.
    property.replaceWithText(`${axis}: [${literalOf(label)}]`)
    return
  }
  if (property === undefined || !Node.isPropertyAssignment(property)) throw refuse()
  const values = property.getInitializerOrThrow()
  if (Node.isObjectLiteralExpression(values)) keepOnly(values, label, refuse)
  else if (Node.isArrayLiteralExpression(values)) {
    const written = values
      .getElements()
      .find((element) => labelOf(element) === label)
      ?.getText()
    values.replaceWithText(`[${written ?? literalOf(label)}]`)
  } else values.replaceWithText(`[${literalOf(label)}]`)
}

function keepOnly(listed: Listed, label: string, refuse: () => Error): void {
  const properties = listed.getProperties()
  if (!properties.some((one) => keyOf(one) === label)) throw refuse()
  for (const one of properties) if (keyOf(one) !== label) one.remove()
}

/** Undefined where it is computed or spread. */
function keyOf(property: Node): string | undefined {
  if (Node.isShorthandPropertyAssignment(property)) return property.getName()
  if (!Node.isPropertyAssignment(property)) return undefined
  const name = property.getNameNode()
  if (Node.isComputedPropertyName(name)) return undefined
  return Node.isStringLiteral(name) || Node.isNumericLiteral(name) ? String(name.getLiteralValue()) : name.getText()
}

/** A literal's value as a label. */
function labelOf(element: Node): string | undefined {
  if (Node.isNumericLiteral(element) || Node.isStringLiteral(element) || Node.isNoSubstitutionTemplateLiteral(element))
    return String(element.getLiteralValue())
  if (Node.isPrefixUnaryExpression(element) && element.getOperatorToken() === ts.SyntaxKind.MinusToken) {
    const inner = labelOf(element.getOperand())
    return inner === undefined ? undefined : String(-Number(inner))
  }
  return Node.isTrueLiteral(element) || Node.isFalseLiteral(element) ? element.getText() : undefined
}

/** A value that is not written as a literal is a number, a boolean or a string. */
function literalOf(label: string): string {
  const plain = label === 'true' || label === 'false' || (label.trim() !== '' && String(Number(label)) === label)
  return plain ? label : `'${label.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}
