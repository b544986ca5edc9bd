/** The library's own frames: the bundle's folder, or in the source tree `dsl/` and `stdlib/`. */
const own = (() => {
  const here = new URL('.', import.meta.url).href
  return here.endsWith('/dsl/check/') ? ['../../dsl/', '../../stdlib/'].map((folder) => new URL(folder, here).href) : [here]
})()

const frame = /\(?((?:file:\/\/|\/|[A-Za-z]:[\\/]).*):(\d+):(\d+)\)?$/
/** There are few library frames between a user's call and here; V8's default of 10 is enough unless it was lowered. */
const depth = 16

const urlOf = (file: string): string =>
  file.startsWith('file://') ? file : `file://${file.startsWith('/') ? '' : '/'}${file.replaceAll('\\', '/')}`
const pathOf = (url: string): string => {
  const path = decodeURIComponent(new URL(url).pathname)
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path
}

/** Where the user called the library; undefined if the stack does not show it. */
export const here = (): SourceLocation | undefined => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = depth
  const stack = new Error().stack
  Error.stackTraceLimit = limit
  if (typeof stack !== 'string') return undefined
  for (const line of stack.split('\n').slice(1)) {
    const [, file, row, column] = frame.exec(line.replace(/^\s*at (async )?/, '')) ?? []
    if (file === undefined) continue
    const url = urlOf(file)
    if (own.some((folder) => url.startsWith(folder))) continue
    try {
      return { file: pathOf(url), line: Number(row), column: Number(column) }
    } catch {
      return undefined // the path is not a URL: no location is better than a wrong one
    }
  }
  return undefined
}

export const show = (at: SourceLocation): string => `${at.file}:${at.line}:${at.column}`

/** Where in the user's source a verb was called. Lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string
  readonly line: number
  readonly column: number
}
