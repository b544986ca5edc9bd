/** `FILE#target` on the command line. */
export interface TargetName {
  readonly file: string
  /** Undefined: the default export, or the only one. */
  readonly target: string | undefined
}

export function parseTarget(text: string): TargetName {
  const at = text.lastIndexOf('#')
  return at === -1 ? { file: text, target: undefined } : { file: text.slice(0, at), target: text.slice(at + 1) }
}
