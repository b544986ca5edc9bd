// How Espalier is bundled. One build with code splitting: what its entries share is written once, and heavy parts stay in chunks that load
// on demand. Entries of separate builds share nothing, so that neither build splits the other's chunks further.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname

/** @returns the paths of the input files */
export async function bundle(entryPoints: { readonly [name: string]: string }, outdir: string, sourcemap = false): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    sourcemap,
    // Functions and classes keep their names, and lines stay short enough to locate code: both appear in error messages.
    keepNames: true,
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    // Large, and resolved from the bundle at run time: loaded only where needed.
    external: ['koffi', 'ts-morph', '@ts-morph/common', 'sharp'],
    // CommonJS parts of tfjs call require(), which an ES module has to create itself.
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    metafile: true,
    logLevel: 'warning',
  })
  return Object.keys(metafile.inputs)
}

const forBrowsers = {
  absWorkingDir: root,
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  minify: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  metafile: true,
  logLevel: 'warning',
} as const

/** The page that `espalier ui` serves, for browsers. @returns the paths of the input files */
export async function bundlePage(outdir: string): Promise<string[]> {
  const { outputs, inputs } = await buildPage(outdir)
  // The page's imports are requested at once, not after the first file has been parsed.
  const needed = outputs[`${outdir}/page.js`]!.imports.filter(({ kind }) => kind === 'import-statement')
  const links = needed.map(({ path }) => `    <link rel="modulepreload" href="/${basename(path)}" />\n`)
  const html = readFileSync(`${root}runtime/page/index.html`, 'utf8')
  writeFileSync(`${root}${outdir}/index.html`, html.replace('  </head>', `${links.join('')}  </head>`))
  return Object.keys(inputs)
}

async function buildPage(outdir: string) {
  const { metafile } = await build({
    ...forBrowsers,
    entryPoints: { page: 'runtime/page/main.tsx', style: 'runtime/page/style.css' },
    outdir,
    splitting: true,
    format: 'esm',
  })
  return metafile
}

/** Script and style of reports: one script, so that a report is a single file. @returns the paths of the input files */
export async function bundleReport(outdir: string): Promise<string[]> {
  const { metafile } = await build({
    ...forBrowsers,
    entryPoints: { report: 'runtime/page/report.tsx', style: 'runtime/page/report.css' },
    outdir,
    format: 'iife',
  })
  return Object.keys(metafile.inputs)
}

/** The thread that loads pipeline files, and what they import as `espalier`: bundled together, since they share state. */
export const loading = { isolated: 'runtime/project/load/isolated.ts', index: 'stdlib/index.ts' }
