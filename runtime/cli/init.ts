/** `espalier init`: a starter project. */
import { relative, resolve } from 'node:path'
import { standardOutput } from '../format/output.ts'
import { initialise } from '../project/init/init.ts'
import { version } from './version.ts'

export async function init({ folder }: { readonly folder: string }): Promise<void> {
  const place = resolve(folder)
  const { written, kept, advice, first } = initialise(place, version)
  const from = relative(process.cwd(), place)
  const steps = [
    ...(from === '' ? [] : [`cd ${from}`]),
    ...(kept.includes('package.json') ? [] : ['npm install']),
    `npx espalier run ${first}`,
  ]
  const lines = [
    ...written.map((name) => `wrote  ${name}`),
    ...kept.map((name) => `kept   ${name}`),
    ...advice,
    '',
    `Next: ${steps.join(' && ')}`,
  ]
  standardOutput.print(lines)
}
