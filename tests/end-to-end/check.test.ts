import { expect, test } from 'vitest'
import { temporaryProject } from './command.ts'

const head = `import { adam, digits, lenet300, task } from 'espalier'
const { init, train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })
`

test('types are checked before anything runs: all that is wrong, exit code 2, nothing on stdout; --no-check leaves it to the loader', async () => {
  const project = temporaryProject({
    'wrong.pipeline.ts': `${head}export const early: string = 3\nexport default init()\n  .prune(0.9)\n  .finetune()\n`,
  })
  const { code, stdout, stderr } = await project.espalierWithTypes('plan', 'wrong.pipeline.ts#default')
  const file = `${project.folder}/wrong.pipeline.ts`
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr.split('\n')).toEqual([
    'The pipeline file has 2 type errors.',
    `  at        ${file}:3:14`,
    "  error     Type 'number' is not assignable to type 'string'.",
    '  code        2 | const { init, train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })',
    '            > 3 | export const early: string = 3',
    '                |              ^',
    '              4 | export default init()',
    `  at        ${file}:6:4`,
    '  error     finetune() continues from trained weights, but nothing has been trained yet. Use train() first.',
    '  code        5 |   .prune(0.9)',
    '            > 6 |   .finetune()',
    '                |    ^',
    '  compiler  TypeScript 6.0.2, which comes with Espalier',
    'Correct the file, or use --no-check to run it without a type check.',
    '',
  ])
  const unchecked = await project.espalier('plan', 'wrong.pipeline.ts#default')
  expect(unchecked.code).toBe(2)
  expect(unchecked.stderr).toMatch(/^finetune\(\) continues .*\n {2}.*wrong\.pipeline\.ts:6:4/s)
})
