import { stripTypeScriptTypes } from 'node:module'

/** Blanks types out, so that positions stay. Node warns that this function may change: every function's text is compared with V8's. */
export function withoutTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}
