/** `espalier init`: a starter project. */
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { standardOutput } from '../format/output.ts'
import { initialise } from '../project/init/init.ts'

export async function init({ folder }: { readonly folder: string }): Promise<void> {
  const place = resolve(folder)
  const { written, kept, advice, first } = initialise(place, version())
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

/** In the source tree this module is two folders down, bundled it is one. */
function version(): string {
  const file = new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
