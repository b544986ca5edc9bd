/** Command lines: every command and flag with right, wrong and hostile words, too many and too few; each ends in its exit code and, if refused, a sentence. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { commandLine } from '../../runtime/cli/command-line.ts'
import type { Fuzzer } from './fuzzer.ts'

const library = pathToFileURL(join(import.meta.dirname, '../../stdlib/index.ts')).href
const files = {
  'package.json': '{ "type": "module" }',
  'a.pipeline.ts': `import { adam, compare, digits, lenet300, params, task } from '${library}'
const { epochs } = params({ epochs: 1, 'b c': 'x' })
const { init, train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs })
export const one = init()
export default compare({ a: init(), 'b/c': train().prune(0.5) })
`,
  'throws.pipeline.ts': "throw new Error('x')\n",
  'empty.pipeline.ts': '',
  'text.txt': 'text',
  'folder/x': '',
}

const hostile = [
  '',
  ' ',
  '-',
  '--',
  '---',
  '-1',
  '0',
  '1e3',
  'NaN',
  '-Infinity',
  '99999999999999999999',
  '0x10',
  '١',
  'null',
  '__proto__',
  'constructor',
  'toString',
  '..',
  '/',
  '/dev/null',
  '/proc/self/mem',
  '~',
  'a\nb',
  '\u001b[2J',
  '\u202e',
  '\ud800',
  '%s%d',
  '$(id)',
  '*',
  '#',
  '#a',
  'a#b#c',
  ':',
  '1:2:3',
  'last:',
  '=',
  'a=',
  '=a',
  'a=b=c',
  'x'.repeat(5000),
  'é',
  'cafe\u0301',
  '{}',
]
const word = fc.constantFrom(...hostile)
const mostly = (...right: readonly string[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: word })

const file = mostly('a.pipeline.ts', 'a.pipeline.ts#one', 'a.pipeline.ts#none', './a.pipeline.ts', 'none.pipeline.ts')
/** Of which nothing can be computed, so that nothing is. */
const broken = fc.constantFrom('throws.pipeline.ts', 'empty.pipeline.ts', 'none.pipeline.ts', 'text.txt', 'folder', ...hostile)
const store = mostly(
  'store',
  'text.txt',
  'folder',
  '/proc/none',
  '/dev/null',
  'postgres://nobody@127.0.0.1:1/none',
  's3://none',
  'file:///tmp',
)
const metric = mostly('validation/accuracy', 'test/accuracy', 'sparsity', 'compressionRatio')
const stage = mostly('train', 'a/init', 'last', '1', 'abcdef', '1:train')

/** Flags that several commands have. */
const planned = ['--store', '--slots', '--threads', '--set', '--engine', '--device', '--xla', '--load-timeout']
const kept = ['--store', '--json']

/** Commands with what follows them. Not here: `engine install` and `data fetch`, which go to a network, and `watch`, which waits for a save. */
const commands: readonly (readonly [command: string, flags: readonly string[], ...given: fc.Arbitrary<string>[]])[] = [
  ['plan', [...planned, '--json', '--mermaid', '--dot'], file],
  ['why', [...planned, '--json'], file, stage],
  ['pick', [...planned, '--json', '--best', '--select-on-test', '--write'], file],
  ['summary', [...kept, '--set', '--latency', '--threads', '--device', '--engine'], mostly('a.pipeline.ts', 'train', 'a.pipeline.ts#one')],
  ['plot', [...planned, '--x', '--y', '--by', '--curve', '--stage', '--layers', '--out', '--format', '--width'], file],
  ['store copy', kept, store, store],
  ['ls', ['--json', '--set', '--load-timeout'], file],
  ['run', [...planned, '--json', '--csv', '--quiet', '--fail-fast', '--retries', '--checkpoint-every', '--otlp'], broken],
  ['runs', [...kept, '--status', '--file', '--last']],
  ['show', kept, stage],
  ['diff', kept, stage, stage],
  ['logs', [...kept, '--follow'], stage],
  ['gc', [...kept, '--dry-run', '--budget', '--keep-runs']],
  ['store stat', kept],
  ['store verify', kept],
  ['store repair', kept],
  ['store pin', kept, stage],
  ['store unpin', kept, stage],
  ['store', kept],
  ['data list', ['--json']],
  ['data', ['--json']],
  ['engine', ['--json']],
  ['init', [], mostly('new', 'folder', 'text.txt')],
  ['', [], word],
  ['help', [], word],
]

const flags: { readonly [flag: string]: fc.Arbitrary<string> | undefined } = {
  '--store': store,
  '--objects': store,
  '--x': metric,
  '--y': metric,
  '--by': mostly('arm', 'arm,sparsity', ','),
  '--curve': mostly('train/loss'),
  '--stage': stage,
  '--layers': undefined,
  '--out': mostly('a.svg', 'folder', 'text.txt', 'none/a.pdf', 'a.gif'),
  '--format': mostly('svg', 'pdf', 'png', 'gif'),
  '--width': mostly('85', '0', '1e9'),
  '--slots': mostly('1', '2', '1025'),
  '--threads': mostly('1', '2'),
  '--set': mostly('epochs=2', 'epochs=x', 'none=1', 'b c=y'),
  '--engine': mostly('portable', 'auto', 'tensorflow', 'gpu'),
  '--device': mostly('cpu', 'auto', 'gpu'),
  '--load-timeout': mostly('20', '0', '-1', '1e9'),
  '--checkpoint-every': mostly('30', '0'),
  '--retries': mostly('3', '1001'),
  '--best': metric,
  '--status': mostly('finished', 'failed'),
  '--file': mostly('a'),
  '--last': mostly('3', '0'),
  '--budget': mostly('1GB', '1.5e3 MB', '-1'),
  '--keep-runs': mostly('3', '-1'),
  '--otlp': mostly('http://127.0.0.1:1', 'ftp://x', 'http://'),
  '--revision': word,
  '--json': undefined,
  '--no-check': undefined,
  '--csv': undefined,
  '--quiet': undefined,
  '--dry-run': undefined,
  '--write': undefined,
  '--latency': undefined,
  '--select-on-test': undefined,
  '--follow': undefined,
  '--fail-fast': undefined,
  '--mermaid': undefined,
  '--dot': undefined,
  '--xla': undefined,
  '--no-xla': undefined,
  '--help': undefined,
  '-h': undefined,
  '--version': undefined,
  '--nonsense': word,
}

function withValue(name: string): fc.Arbitrary<readonly string[]> {
  const given = flags[name]
  if (given === undefined) return fc.constantFrom<readonly string[]>([name], [name], [`${name}=true`], [`${name}=x`])
  return fc.tuple(given, fc.constantFrom('apart', 'apart', 'joined', 'without')).map(([text, how]) => {
    if (how === 'joined') return [`${name}=${text}`]
    return how === 'apart' ? [name, text] : [name]
  })
}

const command: fc.Arbitrary<readonly string[]> = fc.constantFrom(...commands).chain(([name, own, ...given]) => {
  const any = fc.constantFrom(...Object.keys(flags))
  const flag = own.length === 0 ? any : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...own) }, { weight: 1, arbitrary: any })
  // Without a check of types, which takes seconds, in most.
  const unchecked = fc.oneof({ weight: 30, arbitrary: fc.constant(['--no-check']) }, { weight: 1, arbitrary: fc.constant<string[]>([]) })
  return fc
    .tuple(fc.tuple(...given), fc.array(flag.chain(withValue), { maxLength: 4 }), unchecked)
    .map(([words, more, no]) => [...name.split(' '), ...words, ...more.flat(), ...(/^(plan|why|pick|run)$/.test(name) ? no : [])])
})

export const commandLines: Fuzzer<readonly string[]> = {
  name: 'arguments',
  input: fc
    .tuple(
      command,
      fc.oneof({ weight: 6, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: fc.array(word, { maxLength: 3 }) }),
    )
    .map(([words, more]) => [...words, ...more]),
  async run(given, folder) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    process.chdir(folder)
    process.exitCode = undefined
    const { code, text } = await said(() => commandLine(given))
    process.chdir('/')
    const wrong = /\n\s+at .*(node|file):|itself failed|\bundefined\b|\[object |Maximum call stack|[^\P{C}\n]/u.exec(
      text.replaceAll(/'[^'\n]*'/g, "''"),
    )
    if (wrong !== null) throw new Error(`${JSON.stringify(wrong[0])} in: ${text}`)
    if (![0, 1, 2].includes(code)) throw new Error(`the exit code ${code}: ${text}`)
    if (text.trim() === '') throw new Error(`nothing said, with the exit code ${code}`)
    return code === 0 ? undefined : text.split('\n')[0]!
  },
}

/** What a command writes, and the code it ends with. */
async function said(command: () => Promise<void>): Promise<{ readonly code: number; readonly text: string }> {
  const texts: string[] = []
  const streams = [process.stdout, process.stderr]
  const own = streams.map((stream) => stream.write)
  for (const stream of streams)
    stream.write = (text: string | Uint8Array, ...then: unknown[]) => {
      texts.push(String(text))
      for (const each of then) if (typeof each === 'function') each()
      return true
    }
  try {
    await command()
  } finally {
    for (const [i, stream] of streams.entries()) stream.write = own[i]!
  }
  const code = Number(process.exitCode ?? 0)
  process.exitCode = undefined
  return { code, text: texts.join('') }
}
