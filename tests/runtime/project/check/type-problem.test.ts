import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openChecker } from '../../../../runtime/project/check/checker.ts'
import { typeProblem } from '../../../../runtime/project/check/type-problem.ts'
import { loadPipelines } from '../../../../runtime/project/load/loader.ts'

const library = join(import.meta.dirname, '../../../../stdlib/index.ts')
const folder = mkdtempSync(join(tmpdir(), 'espalier-test-'))
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: join(import.meta.dirname, '../../../../tsconfig.json'),
    compilerOptions: { paths: { espalier: [library] } },
    include: ['*'],
  }),
)
const checker = openChecker({ records: join(folder, 'records') })
afterAll(async () => {
  await checker.close()
  rmSync(folder, { recursive: true })
})

let files = 0
/** What a command says of a file that ends in this line, its eighth. */
async function told(line: string) {
  const file = join(folder, `${files++}.pipeline.ts`)
  const head = `import { adam, batchEnsemble, bnConv, cubic, digits, ensemble, fitnet, gradient, latentBE, lenet300, magnitude, slimming, task } from '${library}'
import type { Arch, Mask, Pipeline } from '${library}'
const fixed = { data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 3 }
const { init, train } = task({ model: lenet300(), ...fixed })
const conv = task({ model: bnConv(), ...fixed })
const many = task({ model: batchEnsemble(bnConv(), 4), ...fixed })
const again = <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K>) => p.finetune()
`
  writeFileSync(file, `${head}export default ${line}\n`)
  const { faults, judgedBy } = await checker.check(file)
  expect(faults.length).toBeGreaterThan(0)
  const { title, facts, hint } = typeProblem(
    faults,
    judgedBy,
    await loadPipelines({ file, target: undefined }, { seconds: 60 }).catch((cause: unknown) => cause),
  )
  return { title, hint, lines: facts.filter(([label]) => /^(used )?at$/.test(label)).map(([, at]) => Number(at.split(':').at(-2))) }
}

test.each([
  ['train().prune(slimming(0.5))', /slimming\(\) removes channels, and lenet300 does not fit/],
  ["conv.init().distill(conv.train(), fitnet({ teacher: 'stage9', student: 'conv1' }))", /bnConv has no layer called 'stage9'/],
  ['conv.train().distill(ensemble(4, (seed) => conv.train({ seed })), latentBE())', /each member a teacher of its own/],
  ["train().prune('0.9')", /takes a fraction, a fraction for each layer, or a pruner/],
  ["train().prune(magnitude(0.5, { exclude: ['fc7'] }))", /lenet300 has no layer called 'fc7'/],
  ['train().prune(gradient(0.5), { schedule: cubic() })', /gradient\(\) chooses once/],
  ['task({ model: lenet300(), ...fixed, data: digits }).train()', /given a function/],
  ['many.train().mergeMembers().mergeMembers()', /merges the members of a trained batchEnsemble/],
])('%s is refused in the words of the verb, not of the compiler', async (line, sentence) => {
  const { title, hint, lines } = await told(line)
  expect(title).toMatch(sentence)
  expect(hint).not.toBe('')
  expect(lines).toEqual([8])
})

test('a function that is applied too early: the verb inside it refuses, and where it was applied is said too', async () => {
  const { title, lines } = await told('init().pipe(again)')
  expect(title).toMatch(/nothing has been trained yet/)
  expect(lines).toEqual([7, 8])
})

test('a type error that no verb refuses stays the compiler’s', async () => {
  const { title, lines } = await told('((text: string) => train())(1 as number)')
  expect(title).toBe('The pipeline file has a type error.')
  expect(lines).toEqual([8])
})
