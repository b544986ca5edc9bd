import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, type TestContext, test } from 'vitest'
import { openStore } from '../../../../runtime/store/open.ts'
import { fillStore } from '../sqlite/filled-store.ts'
import { temporaryFolder } from '../temporary-store.ts'

const umask = process.umask(0o022)
afterEach(() => void process.umask(umask))

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8)

/** Modes of all in a store, by kind. */
function modesIn(root: string): { readonly files: string[]; readonly folders: string[] } {
  const paths = (readdirSync(root, { recursive: true }) as string[]).map((name) => join(root, name))
  const of = (folders: boolean) => [...new Set(paths.filter((path) => statSync(path).isDirectory() === folders).map(modeOf))]
  return { files: of(false), folders: [...new Set([...of(true), modeOf(root)])] }
}

describe('a store in a folder that a group shares', () => {
  test.each(['2775', '0775', '2770', '0777', '2755'])(
    '%s: files and folders can be written by the group, under a umask of 022 and of 077',
    async (mode) => {
      for (const mask of [0o022, 0o077]) {
        process.umask(mask)
        const folder = await temporaryFolder()
        chmodSync(folder, Number.parseInt(mode, 8))
        const root = await fillStore(folder)
        const { files, folders } = modesIn(root)
        const shared = (Number.parseInt(mode, 8) & 0o777) | 0o060
        expect(folders).toEqual([(shared | 0o2000).toString(8)])
        expect(files).toEqual([(shared & 0o666).toString(8)])
        // While it is open there are files of SQLite's beside its index.
        const store = await openStore(root)
        await store.results.count()
        for (const suffix of ['-wal', '-shm']) expect(modeOf(join(root, `index.sqlite${suffix}`))).toBe((shared & 0o666).toString(8))
        store.close()
      }
    },
  )

  test.runIf(process.getuid?.() === 0)('belongs to the group of the folder, whatever the group of the one who makes it', async () => {
    const folder = await temporaryFolder()
    chownSync(folder, 0, 4321)
    chmodSync(folder, 0o775)
    const root = await fillStore(folder)
    const groups = (readdirSync(root, { recursive: true }) as string[]).map((name) => statSync(join(root, name)).gid)
    expect([...new Set(groups)]).toEqual([4321])
  })

  test('as anywhere else, follows the umask where no group shares the folder, and in one like /tmp', async () => {
    for (const mode of [0o755, 0o1777]) {
      process.umask(0o022)
      const folder = await temporaryFolder()
      chmodSync(folder, mode)
      expect(modesIn(await fillStore(folder))).toEqual({ files: ['644'], folders: ['755'] })
    }
  })
})

/** What another user of the group sees: whether it is read-only, of what, why nothing is kept there, and what came of a write. */
function asMember(root: string, { uid, gid, context }: { uid: number; gid: number; context: TestContext }): unknown {
  const location = JSON.stringify(join(import.meta.dirname, '../../../../runtime/store/location.ts'))
  const module = JSON.stringify(join(import.meta.dirname, '../../../../runtime/store/open.ts'))
  const code = `const { openStore } = await import(${module})
    const store = await openStore(${JSON.stringify(root)})
    const { refuseUnwritable } = await import(${location})
    let refused = null
    try { refuseUnwritable(${JSON.stringify(root)}, 'x') } catch ({ facts }) { refused = facts.slice(1) }
    const written = await store.pins.add(['${'ab'.repeat(32)}']).then(() => 'written', ({ title }) => title)
    console.log(JSON.stringify([store.readOnly, store.unwritable ?? null, refused, written]))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { uid, gid, encoding: 'utf8' })
  // A checkout in a folder that is root's alone.
  if (stdout === '') context.skip(`another user cannot read the store's code here: ${stderr.slice(0, 200)}`)
  return JSON.parse(stdout)
}

describe.runIf(process.getuid?.() === 0)('another member of the group', () => {
  const [alice, bob, lab] = [12_001, 12_002, 12_100]
  async function shared(): Promise<string> {
    const folder = await temporaryFolder()
    chownSync(folder, alice, lab)
    chmodSync(folder, 0o2775)
    const root = await fillStore(folder)
    for (const path of ['', ...(readdirSync(root, { recursive: true }) as string[])]) chownSync(join(root, path), alice, lab)
    return root
  }

  test('can use it wholly', async (context) => {
    expect(asMember(await shared(), { uid: bob, gid: lab, context })).toEqual([false, null, null, 'written'])
  })

  const parts = ['objects', 'checkpoints', 'runs', 'index.sqlite', '.', 'quarantine', 'data', 'tmp', 'logs', 'exports']
  test.for([...parts, 'objects/00', `checkpoints/${'cd'.repeat(32)}`])(
    'is told at once where %s is not the group’s to write: whose it is, its mode, and what to do',
    async (part, context) => {
      const root = await shared()
      const path = join(root, part)
      if (!existsSync(path)) mkdirSync(path, { recursive: true })
      chownSync(path, alice, lab)
      chmodSync(path, part === 'index.sqlite' ? 0o644 : 0o2755)
      const facts = [
        ['cannot be written', path.replace(/\/\.$/, '')],
        ['owner', `user ${alice}, group ${lab}`],
        ['mode', part === 'index.sqlite' ? 'rw-r--r--' : 'rwxr-sr-x'],
        ['you', `user ${bob}, group ${lab}`],
      ]
      const seen = asMember(root, { uid: bob, gid: lab, context })
      expect(seen).toEqual([true, facts, facts, expect.stringMatching(/^The store cannot be written/)])
    },
  )
})
