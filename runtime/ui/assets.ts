/** The page's built files, read once at startup. Requests are looked up among them and never touch the disk. */
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { uiProblems } from './problems.ts'

export interface Asset {
  readonly content: Uint8Array
  readonly type: string
  /** Its name contains a content hash, so that it can be cached indefinitely. */
  readonly lasting: boolean
}

const types: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** By URL path; index.html is `/`. @throws LoadProblem if the page was not built */
export function assetsIn(folder: string): ReadonlyMap<string, Asset> {
  try {
    const files = readdirSync(folder).filter((name) => extname(name) in types)
    const assets = files.map((name): [string, Asset] => [
      name === 'index.html' ? '/' : `/${name}`,
      { content: readFileSync(join(folder, name)), type: types[extname(name)]!, lasting: /-[0-9A-Z]{8}\.js$/.test(name) },
    ])
    return new Map(assets)
  } catch {
    throw uiProblems.notBuilt(folder)
  }
}
