import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const main = join(import.meta.dirname, '../../../runtime/cli/entry.ts')
const espalier = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test.each([
  [['run'], 'FILE is missing.'],
  [['run', 'a.ts', '--slotz', '3'], 'There is no flag --slotz. Did you mean --slots?'],
  [['run', 'a.ts', '--slots', '0'], "--slots must be a whole number from 1 to 1024, not '0'."],
  [['run', 'a.ts', '--threads', '1.5'], "--threads must be a whole number, not '1.5'."],
  [['run', 'a.ts', '--slots'], '--slots needs a value: a whole number.'],
  [['run', 'a.ts', '--slots', '1', '--slots', '2'], '--slots may be given once.'],
  [['plan', 'a.ts', '--load-timeout', '-1'], "--load-timeout must be a number of seconds, more than 0 and at most 2,000,000, not '-1'."],
  [['plan', 'a.ts', '--store', ''], '--store needs a value: the path of a folder, or an address.'],
  [['plan', 'a.ts', 'b.ts'], 'Too many arguments: b.ts.'],
  [['plam', 'a.ts'], "There is no command 'plam'. Did you mean plan?"],
  [['run', 'a.ts', '--device', 'tpu'], "--device must be auto, cpu or gpu, not 'tpu'."],
  [['engine', 'install', 'rocm'], "BUILD must be cpu or cuda, not 'rocm'."],
  [['engine', 'statsu'], "There is no command 'statsu'. Did you mean status?"],
])('%j is answered with one sentence and exit code 2', (args, sentence) => {
  expect(espalier(...args)).toEqual({
    status: 2,
    stdout: '',
    stderr: `${sentence}\nespalier --help lists the commands and their flags.\n`,
  })
})

test('help is given when it is asked for, on stdout', () => {
  const { status, stdout, stderr } = espalier('run', '--help')
  expect(status).toBe(0)
  expect(stderr).toBe('')
  for (const flag of ['--store', '--slots', '--threads', '--json', '--load-timeout', '--checkpoint-every']) expect(stdout).toContain(flag)
})

test('all works where nothing can be kept from one command to the next', () => {
  const env = { ...process.env, XDG_CACHE_HOME: '/dev/null', NODE_COMPILE_CACHE: undefined }
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, '--version'], { encoding: 'utf8', env })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
