/** The script for sbatch: checks that Node.js and this library are available, and otherwise writes a refusal to a file. */
import { fileURLToPath } from 'node:url'
import { nodeCheck } from '../../node-version.ts'
import type { StoreFiles } from '../../store/store.ts'
import { runFolder } from './tasks.ts'

export interface ScriptOptions {
  readonly places: StoreFiles['places']
  /** Folders of the tasks, by index in the array. */
  readonly tasks: readonly { readonly id: string; readonly folder: string }[]
}

/** Sent before the job's time limit. Not SIGUSR1, which Node.js uses for its debugger. */
export const limitSignal = 'SIGUSR2'

export function scriptFor({ places, tasks }: ScriptOptions): string {
  const [node, main] = [process.execPath, mainModule()]
  const options = process.execArgv.map(quoted).join(' ')
  const refusal = (id: string) =>
    JSON.stringify({
      format: 'espalier/slurm/1',
      task: id,
      end: {
        type: 'refused',
        title: 'A node of Slurm lacks what stages need.',
        facts: [
          ['node', '%s'],
          ['lacks', '%s'],
        ],
        hint: '%s',
      },
    })
  const cases = tasks.map(({ id, folder }, index) => `${index}) task=${quoted(folder)}; refusal=${quoted(refusal(id))} ;;`)
  return [
    '#!/bin/sh',
    'case "$SLURM_ARRAY_TASK_ID" in',
    ...cases,
    'esac',
    'restarts=$SLURM_RESTART_COUNT',
    '[ -n "$restarts" ] || restarts=0',
    `run="$task/${runFolder('$restarts')}"`,
    'refuse() {',
    '  mkdir -p "$run"',
    '  printf "$refusal" "$(uname -n)" "$1" "$2" > "$run/refused.tmp" && mv "$run/refused.tmp" "$run/ended.json"',
    '  exit 1',
    '}',
    `node=${quoted(node)}; main=${quoted(main)}`,
    `[ -x "$node" ] || refuse 'Node.js, which is not at ${jsonSafe(node)} there' 'Install Node.js where the nodes see it too, and start espalier with that one.'`,
    `[ -r "$main" ] || refuse 'this library, which is not at ${jsonSafe(main)} there' 'Install the project on a file system that the nodes see too.'`,
    `"$node" -e ${quoted(nodeCheck)} || refuse 'a Node.js that starts and is 22.18 or newer at ${jsonSafe(node)}' 'Look at the log of the job: the node may lack a library that this Node.js needs.'`,
    `exec "$node" ${options} "$main" ${quoted(places.home)} ${quoted(places.objects)} "$task" "$run"`,
    '',
  ].join('\n')
}

/** Quoted for sh. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Escaped for a JSON text inside single quotes of sh. */
const jsonSafe = (text: string): string => JSON.stringify(text.replaceAll("'", '’')).slice(1, -1)

/** Beside this module: bundled, or in the source tree. */
function mainModule(): string {
  const source = import.meta.url.endsWith('.ts')
  return fileURLToPath(source ? new URL('./main.ts', import.meta.url) : new URL('./slurm-job.js', import.meta.url))
}
