/** Espalier as shipped, in a project of its own: the bundle is measured, not sources that Node strips first. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, loading } from '../scripts/bundle.ts'

const root = join(import.meta.dirname, '..')

/** The parts of the runtime that are timed. */
export type Api = typeof import('./language-api.ts')

export async function languageProject(files: { readonly [name: string]: string }): Promise<{ readonly folder: string; readonly api: Api }> {
  const folder = join(import.meta.dirname, 'results', 'language')
  const library = join(folder, 'node_modules', 'espalier')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(library, { recursive: true })
  const dist = join(library, 'dist')
  await bundle({ api: 'bench/language-api.ts', check: 'runtime/project/check/thread.ts' }, dist)
  await bundle(loading, dist)
  cpSync(join(root, 'package.json'), join(library, 'package.json'))
  cpSync(join(root, 'dist', 'types'), join(dist, 'types'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    '{ "compilerOptions": { "target": "es2024", "module": "nodenext", "strict": true, "noEmit": true, "allowImportingTsExtensions": true, "skipLibCheck": true, "types": [] } }\n',
  )
  writeFileSync(join(folder, 'tsconfig.thousand.json'), '{ "extends": "./tsconfig.json", "files": ["thousand.pipeline.ts"] }\n')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return { folder, api: (await import(join(dist, 'api.js'))) as Api }
}
