/**
 * Trains every test network for one step, and every built-in one for ten, on the named engine, and prints losses and
 * variables as JSON; run as a process by the tests.
 */
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import { openTensorFlow } from '../../../../runtime/engine/tensorflow/engine.ts'
import { builtIn, digitsTraining } from './digits-training.ts'
import { networkNames, train } from './networks.ts'

const [engineName, directory] = process.argv.slice(2)
const engine = engineName === 'portable' ? await openPortable() : await openTensorFlow({ directory: directory!, threads: 1 })
const results = []
for (const name of networkNames) results.push([name, await train(engine, name, 1)])
const curves = []
for (const [spec, optimizer] of builtIn) curves.push([spec.name, await digitsTraining(engine, spec, optimizer).run(0, 10)])
console.log(JSON.stringify({ trained: Object.fromEntries(results), curves: Object.fromEntries(curves) }))
