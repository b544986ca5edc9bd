// Type declarations of the package: the compiler's for what a pipeline file imports, and beside them TensorFlow.js's own, which declare the
// tensors that user functions receive. The package is bundled, and its declarations are too.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Writes `dist/types`; resolves when done. */
export async function writeDeclarations(root) {
  const types = join(root, 'dist', 'types')
  const tensorflow = join(types, 'tensorflow')
  await compile(root)
  const index = join(tensorflow, 'tfjs/dist/index.js')
  for (const file of declarationsIn(types)) {
    // Sources import files with the extension .ts; declarations import with that of the JavaScript they describe.
    const text = readFileSync(file, 'utf8').replaceAll(/(from |import\()(['"]\.[^'"]+)\.ts(['"])/g, '$1$2.js$3')
    writeFileSync(file, text.replaceAll("'@tensorflow/tfjs'", `'${relative(dirname(file), index).replaceAll('\\', '/')}'`))
  }
  const packages = join(root, 'node_modules/@tensorflow')
  copy(packages, tensorflow, join(packages, 'tfjs', typesOf(packages, 'tfjs')), new Set())
}

function compile(root) {
  return new Promise((done, fail) => {
    const compiler = spawn(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.build.json'], {
      cwd: root,
      stdio: 'inherit',
    })
    compiler.on('error', fail)
    compiler.on('exit', (code) => (code === 0 ? done() : fail(new Error(`The compiler of declarations ended with code ${code}.`))))
  })
}

function declarationsIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

const typesOf = (packages, part) => JSON.parse(readFileSync(join(packages, part, 'package.json'), 'utf8')).types

/** Copies a declaration file and everything that it imports, with imports of its sister packages made relative. */
function copy(packages, target, file, copied) {
  if (copied.has(file)) return
  copied.add(file)
  const text = withoutBrowsers(readFileSync(file, 'utf8')).replaceAll(
    /((?:from|import|declare module)\s*\(?\s*)(['"])([^'"\n]+)\2/g,
    (written, before, quote, specifier) => {
      const found = resolve(packages, file, specifier)
      if (found === undefined) return written
      copy(packages, target, found, copied)
      const path = relative(dirname(file), found)
        .replaceAll('\\', '/')
        .replace(/\.d\.ts$/, '.js')
      return `${before}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`
    },
  )
  const place = join(target, relative(packages, file))
  mkdirSync(dirname(place), { recursive: true })
  writeFileSync(place, text)
}

function resolve(packages, from, specifier) {
  const [, part, rest] = /^@tensorflow\/([^/]+)(?:\/(.*))?$/.exec(specifier) ?? []
  if (part === undefined && !specifier.startsWith('.')) return undefined
  if (part !== undefined && rest === undefined) return join(packages, part, typesOf(packages, part))
  const path = part === undefined ? join(dirname(from), specifier) : join(packages, part, rest)
  return [`${path}.d.ts`, join(path, 'index.d.ts')].find(existsSync)
}

/** Removes references to the browser backends, which are not bundled, and to WebGPU's types, so that nobody has to install them. */
function withoutBrowsers(text) {
  const reference = /^\/\/\/ <reference types="@webgpu\/types\/dist" +\/>\n/m
  const local = reference.test(text) ? `${text.replace(reference, '')}type GPUBuffer = unknown;\n` : text
  // These declarations are not strict everywhere, which a user's compiler should not report.
  return `// @ts-nocheck\n${local.replaceAll(/^export \* from '@tensorflow\/tfjs-backend-\w+';\n/gm, '')}`
}
