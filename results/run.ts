/**
 * `npm run results [-- STUDY …]`: runs what is not in the store, one study after another, and writes docs/results.md after each.
 * Interrupted, the same command goes on where it stopped. A study that the store has not whole keeps the section that another one wrote. `--write` only writes the page; `--store DIR` and `--set NAME=VALUE` as in `run`.
 * Beside it goes agreement.md, the same arms against the reference's, of which `--reference FILE` has other numbers than those that are kept.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { agreementPage, readReference } from './agreement.ts'
import { collect, fileOf } from './collect.ts'
import { page } from './page.ts'
import { studies } from './studies.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean' },
    store: { type: 'string' },
    set: { type: 'string', multiple: true },
    to: { type: 'string' },
    reference: { type: 'string' },
  },
})
const root = join(import.meta.dirname, '..')
const where = { store: values.store, set: values.set ?? [] }
const unknown = positionals.filter((name) => !studies.some(({ file }) => file === name))
if (unknown.length > 0) {
  process.stderr.write(`There is no study called ${unknown.join(', ')}. Studies: ${studies.map(({ file }) => file).join(', ')}.\n`)
  process.exit(2)
}
const referenceFile = values.reference ?? join(root, 'results/reference/numbers.json')
const reference = existsSync(referenceFile) ? readReference(readFileSync(referenceFile, 'utf8')) : undefined
if (reference === undefined) {
  process.stderr.write(`${referenceFile} has no numbers of the reference. \`python results/reference\` writes them.\n`)
  process.exit(2)
}
const chosen = studies.filter(({ file }) => positionals.length === 0 || positionals.includes(file))

if (values.write !== true) {
  for (const { file } of chosen) {
    if ((await collect(file, where)).missing === 0) continue
    const options = [...(where.store === undefined ? [] : ['--store', where.store]), ...where.set.flatMap((one) => ['--set', one])]
    const { status } = spawnSync(process.execPath, ['dist/cli.js', 'run', fileOf(file), '--no-check', ...options], {
      cwd: root,
      stdio: 'inherit',
    })
    await write()
    // Interrupted. A failed stage leaves its arms out, which the page says.
    if (status === 130 || status === null) process.exit(130)
  }
}
await write()

async function write(): Promise<void> {
  const found = []
  for (const study of studies) found.push({ ...study, found: await collect(study.file, where, study.fewTestExamples === true) })
  const [{ model = 'an unknown processor' } = {}] = cpus()
  const file = values.to ?? join(root, 'docs/results.md')
  const earlier = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const results = page(found, { processor: model, cores: cpus().length }, earlier)
  writeFileSync(file, results)
  writeFileSync(join(dirname(file), 'agreement.md'), agreementPage(studies, results, reference!))
}
