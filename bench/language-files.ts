/** The pipeline files that the benchmark of the language checks, loads and plans. */

const head = `import { adam, batchEnsemble, bnConv, cosine, criterion, digits, ensemble, filterL1, kd, latentBE, lenet300, simkd, sweep, task } from 'espalier'
import { saliency } from './saliency.ts'

const setting = { data: digits(), optimizer: adam({ lr: cosine(1e-3) }), epochs: 4 }
const small = task({ ...setting, model: lenet300() })
const big = task({ ...setting, model: bnConv() })
const many = task({ ...setting, model: batchEnsemble(bnConv(), 4) })
const grid = { sparsity: [0.5, 0.8, 0.9], seed: [0, 1] } as const
`

/** Each hybrid, swept over sparsity × seed. */
export const hybrids: { readonly [name: string]: string } = {
  kdPruneRewindKd: `sweep(grid, ({ sparsity, seed }) => {
  const teacher = big.train()
  return small.init({ seed }).distill(teacher, kd({ temperature: 2 })).prune(sparsity).rewind().distill(teacher)
})`,
  pruneShrinkSimKd: `sweep(grid, ({ sparsity, seed }) =>
  big.train({ seed }).prune(filterL1(sparsity)).shrink().distill(big.train({ seed: seed + 100 }), simkd()))`,
  impWithKd: `sweep(grid, ({ sparsity, seed }) => small.train({ seed }).repeat(10, (p) => p.prune(sparsity).rewind().distill(big.train())))`,
  latentMergePruneShrink: `sweep(grid, ({ sparsity, seed }) =>
  many.init({ seed }).distill(ensemble(4, (member) => big.train({ seed: member })), latentBE()).mergeMembers().prune(filterL1(sparsity)).shrink().finetune())`,
  dsdOfStudent: `sweep(grid, ({ sparsity, seed }) =>
  small.init({ seed }).distill(big.train()).prune(sparsity).finetune().dense().finetune())`,
}

const helper = (floor: string): string => `/** Two files away from the pipelines. */
const floor = ${floor}

export const normalise = (scores: Float32Array): Float32Array => {
  const sum = scores.reduce((a, b) => a + b, 0)
  return scores.map((score) => score / (sum + floor))
}
`
const saliency = `import { normalise } from './normalise.ts'

export const saliency = (weights: Float32Array): Float32Array => normalise(weights.map(Math.abs))
`

/** A thousand stages, written out: ten in each of a hundred exports, without loops. */
const thousand = `${head}${Array.from(
  { length: 100 },
  (_, seed) =>
    `export const arm${seed} = small.train({ seed: ${seed} }).prune(criterion(0.2, saliency)).rewind().train().prune(0.2).rewind().train().finetune()\n`,
).join('')}export default sweep({ arm: { ${Array.from({ length: 100 }, (_, seed) => `arm${seed}`).join(', ')} } }, ({ arm }) => arm)\n`

export const files = {
  'empty.pipeline.ts': `${head}export default small.init()\n`,
  'hybrids.pipeline.ts': `${head}${Object.entries(hybrids)
    .map(([name, code]) => `export const ${name} = ${code}\n`)
    .join('')}`,
  'thousand.pipeline.ts': thousand,
  'edited.pipeline.ts': `${head}export default sweep({ sparsity: [0.5, 0.8, 0.9], seed: [0, 1, 2] }, ({ sparsity, seed }) =>
  small.train({ seed }).prune(criterion(sparsity, saliency)).rewind().distill(big.train()))\n`,
  'saliency.ts': saliency,
  'normalise.ts': helper('1e-8'),
}

/** The helper with another constant: same types, different keys. */
export const editedHelper = (round: number): string => helper(`${round + 1}e-9`)
