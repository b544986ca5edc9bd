/** `espalier init`: a starter project. */
import { relative, resolve } from 'node:path'
import { locateTensorFlow } from '../engine/locate.ts'
import { EngineProblem } from '../engine/problems.ts'
import { standardOutput } from '../format/output.ts'
import { initialise } from '../project/init/init.ts'
import { dependency } from './version.ts'

export async function init({ folder }: { readonly folder: string }): Promise<void> {
  const place = resolve(folder)
  const { written, kept, advice, first } = initialise(place, dependency())
  const from = relative(process.cwd(), place)
  const lacking = await lacksLibrary()
  const steps = [
    ...(from === '' ? [] : [`cd ${from}`]),
    ...(kept.includes('package.json') ? [] : ['npm install']),
    ...(lacking ? ['npx espalier engine install'] : []),
    `npx espalier run ${first}`,
  ]
  const lines = [
    ...written.map((name) => `wrote  ${name}`),
    ...kept.map((name) => `kept   ${name}`),
    ...advice,
    ...(lacking ? [library] : []),
    '',
    `Next: ${steps.join(' && ')}`,
  ]
  standardOutput.print(lines)
}

const library =
  'The TensorFlow library (274 MB, once a machine) is several times as fast as the portable engine, which computes without it.'

/** Whether the library is available for this machine but not installed. */
const lacksLibrary = (): Promise<boolean> =>
  locateTensorFlow().then(
    () => false,
    (cause: unknown) => cause instanceof EngineProblem && cause.kind === 'not-installed',
  )
