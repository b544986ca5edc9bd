/** Espalier as it is shipped, in a project of its own: what is measured is the bundle, not sources that Node strips first. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')

/** The parts of the runtime that are timed. */
export type Api = typeof import('./language-api.ts')

export async function languageProject(files: { readonly [name: string]: string }): Promise<{ readonly folder: string; readonly api: Api }> {
  const folder = join(import.meta.dirname, 'results', 'language')
  const library = join(folder, 'node_modules', 'espalier')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(library, { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints: {
      api: 'bench/language-api.ts',
      isolated: 'runtime/project/load/isolated.ts',
      check: 'runtime/project/check/thread.ts',
      index: 'stdlib/index.ts',
    },
    outdir: join(library, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    keepNames: true,
    external: ['koffi', 'ts-morph', 'sharp'],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'error',
  })
  cpSync(join(root, 'package.json'), join(library, 'package.json'))
  cpSync(join(root, 'dist', 'types'), join(library, 'dist', 'types'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    '{ "compilerOptions": { "target": "es2024", "module": "nodenext", "strict": true, "noEmit": true, "allowImportingTsExtensions": true, "skipLibCheck": true, "types": [] } }\n',
  )
  writeFileSync(join(folder, 'tsconfig.thousand.json'), '{ "extends": "./tsconfig.json", "files": ["thousand.pipeline.ts"] }\n')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return { folder, api: (await import(join(library, 'dist', 'api.js'))) as Api }
}
