/**
 * `npm run slurm-trial [FAULTS]`: a study of 60 stages over two nodes of a Slurm of its own, disturbed by everything in turn, so often
 * (default 16), and one training that reaches its time limit in earnest. Ends with 1 when anything came out otherwise than on one machine.
 */
import { prepareSlurm, SlurmCluster } from '../runtime/execution/slurm/cluster.ts'
import { type FaultName, faultNames, trial } from './trial.ts'

const study = (seeds: number, epochs: number) => `
import { adam, compare, digits, lenet300, seeds, task } from 'espalier'
export default seeds(${seeds}, (seed) => {
  const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: ${epochs}, seed })
  return compare({ dense: train(), pruned: train().prune(0.9).finetune(), rewound: train().prune(0.9).rewind().train(), once: train().prune(0.8).finetune() })
})
`
const wanted = Number(process.argv[2] ?? 16)
const missing = await prepareSlurm()
if (missing !== undefined) throw new Error(missing)
const cluster = await SlurmCluster.start()
try {
  const faults = Array.from({ length: wanted }, (_, i): FaultName => faultNames[i % faultNames.length]!)
  const disturbed = await trial({ cluster, study: study(5, 8 + 3 * wanted), faults, say: console.log })
  console.log(JSON.stringify(disturbed, null, 2))
  // Two minutes of training in jobs of one: the first are ended by Slurm's own clock.
  const long = `
import { adam, digits, lenet300, task } from 'espalier'
export default task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: 300 }).train()
`
  const limited = await trial({ cluster, study: long, faults: [], flags: ['--time', '1', '--grace', '20'], say: console.log })
  console.log(JSON.stringify(limited, null, 2))
  if (limited.wrong.length > 0 || limited.resumed === 0) process.exitCode = 1
  process.exitCode ||= disturbed.wrong.length > 0 || disturbed.happened.length < wanted ? 1 : 0
} finally {
  await cluster.stop()
}
