import { stripTypeScriptTypes } from 'node:module'

/** Replaces types by blanks, which keeps positions. Node warns that this function may change, so each function's text is compared with V8's. */
export function withoutTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}
