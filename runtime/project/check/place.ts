/** Position of an error: at the verb that is wrong, not at the whole chain before it, which may begin lines above. */
import type { Compiler, Diagnostic, Node, SourceFile } from './compiler.ts'

/** "The 'this' context of type … is not assignable to method's 'this' of type …" */
const wrongThis = 2684

/** Offset in the file. */
export function placeOf(ts: Compiler, source: SourceFile, { code, start = 0, length = 0 }: Diagnostic): number {
  if (code !== wrongThis) return start
  let place = start
  const visit = (node: Node): void => {
    if (node.end < start + length || node.pos > start) return
    const isReceiver =
      ts.isPropertyAccessExpression(node) && node.expression.getStart(source) === start && node.expression.end === start + length
    if (isReceiver) place = node.name.getStart(source)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return place
}
