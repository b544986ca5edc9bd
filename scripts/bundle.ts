// How Espalier is bundled. One run with code splitting: what its entries share is written once, and heavy parts stay in chunks that load on
// demand. Entries of separate runs share nothing, so that neither is cut into more chunks by the other.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname

/** @returns the paths of the files that went in */
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
    // Functions and classes keep their names, and lines stay short enough to find a place by: both appear in error messages.
    keepNames: true,
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    // Found from the bundle at run time, and large: only what needs them loads them.
    external: ['koffi', 'ts-morph', '@ts-morph/common', 'sharp'],
    // CommonJS parts of tfjs ask for require(), which an ES module has to make itself.
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

/** The page that `espalier ui` serves, for browsers. @returns the paths of the files that went in */
export async function bundlePage(outdir: string): Promise<string[]> {
  const { outputs, inputs } = await buildPage(outdir)
  // What the page needs at once is asked for at once, not when the first file has been read.
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

/** What reports have in them: one script, so that it can stand in a file. @returns the paths of the files that went in */
export async function bundleReport(outdir: string): Promise<string[]> {
  const { metafile } = await build({
    ...forBrowsers,
    entryPoints: { report: 'runtime/page/report.tsx', style: 'runtime/page/report.css' },
    outdir,
    format: 'iife',
  })
  return Object.keys(metafile.inputs)
}

/** The thread that loads pipeline files, and what they import as `espalier`: together, as each is to find the other's state. */
export const loading = { isolated: 'runtime/project/load/isolated.ts', index: 'stdlib/index.ts' }
