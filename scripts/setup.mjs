// Prepares a clone so that its commands work, then runs one. Plain JavaScript, because a fresh machine starts it with its own, older Node.
//
//   node scripts/setup.mjs LEVEL [COMMAND ARGS...]
//
// LEVEL  packages   node_modules match package-lock.json
//        build      … and dist/ is newer than the sources
//        engine     … and the TensorFlow library is in the user's cache folder, if available: there is a portable engine too
//        library    … and the TensorFlow library is required
//
// Each step checks first and does nothing when nothing has to be done. COMMAND runs under the Node of the packages.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const levels = ['packages', 'build', 'engine', 'library']
const [level, ...command] = process.argv.slice(2)
if (!levels.includes(level)) fail(`setup: the first argument is one of ${levels.join(', ')}.`)

const bin = join(root, 'node_modules', '.bin')
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }

installPackages()
const node = findNode()
if (level !== 'packages') buildIfOlder()
const install = ['dist/cli.js', 'engine', 'install', '--if-missing']
if (level === 'library') runOrFail(node, install)
if (level === 'engine') installLibraryIfPossible()
if (command.length > 0) exec(command)

function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.espalier-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  say('Installing packages (half a minute, in which npm is silent) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // Only this clone's .npmrc applies: install scripts stay off.
  runOrFail(npm, ['ci', '--loglevel=error', '--no-audit', '--no-fund'])
  writeFileSync(stamp, lock)
}

/** The Node in the packages (24), or this one when there is none for the platform. */
function findNode() {
  const packaged = join(bin, 'node')
  if (existsSync(packaged)) return packaged
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail(
    `Espalier needs Node 24 or newer, this is ${process.versions.node}, and no package carries one for ${process.platform}-${process.arch}. Install Node 24.`,
  )
}

function buildIfOlder() {
  const built = join(root, 'dist', 'cli.js')
  const sources = ['dsl', 'stdlib', 'runtime', 'scripts', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']
  if (existsSync(built) && statSync(built).mtimeMs >= Math.max(...sources.map((path) => newest(join(root, path))))) return
  say('Building (about 20 seconds) …')
  runOrFail(node, ['scripts/build.mjs'])
}

/** The latest modification time at or below a path, in milliseconds. A folder's own time counts: it changes when a file is removed. */
function newest(path) {
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

/** Without it the command uses the portable engine, and says so. After an interruption this script does not continue. */
function installLibraryIfPossible() {
  const { status } = spawnSync(node, install, { cwd: root, env, stdio: 'inherit' })
  if (status === 0) return
  if (status !== 2) process.exit(status ?? 1)
  say('Going on without it.')
}

function runOrFail(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: 'inherit' })
  if (error) fail(`setup: could not start ${program}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** Runs the command in place of this one: same input and output, same exit code; Ctrl-C is handled by the command. */
function exec([program, ...args]) {
  const child = spawn(program === 'node' ? node : program, args, { cwd: root, env, stdio: 'inherit' })
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', (error) => fail(`setup: could not start ${program}: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function fail(text) {
  say(text)
  process.exit(2)
}
