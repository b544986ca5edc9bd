import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { type InstallProgress, installTensorFlow } from '../../../../runtime/engine/install/install.ts'
import { Wheel } from '../../../../runtime/engine/install/wheel.ts'
import { tensorflowCpu } from '../../../../runtime/engine/library.ts'
import { libraryIn } from '../../../../runtime/engine/locate.ts'
import { EngineProblem } from '../../../../runtime/engine/problems.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { type Index, startIndex } from './index-server.ts'

let index: Index
let folder: string
let directory: string
beforeAll(async () => {
  index = await startIndex()
})
afterAll(() => index.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-install-'))
  directory = join(folder, 'cache', 'espalier', 'tensorflow')
})
afterEach(() => {
  index.reset()
  rmSync(folder, { recursive: true })
})

const install = (options: Parameters<typeof installTensorFlow>[0] = {}, onProgress?: (progress: InstallProgress) => void) =>
  installTensorFlow({ directory, library: index.library, env: index.env, ...options }, onProgress)

async function refusal(run: () => Promise<unknown>): Promise<EngineProblem> {
  try {
    await run()
  } catch (cause) {
    expect(cause).toBeInstanceOf(EngineProblem)
    return cause as EngineProblem
  }
  throw new Error('nothing was refused')
}

const changed = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes)
  copy[copy.length >> 1]! ^= 1
  return copy
}

/** A disk of its own for the test, or the test is skipped where none can be mounted. */
async function smallDisk(context: TestContext, options: string): Promise<string> {
  const disk = join(await temporaryFolder(), 'disk')
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk], { stdio: 'pipe' })
  } catch (cause) {
    context.skip(`no disk can be mounted here: ${cause instanceof Error ? cause.message : cause}`)
  }
  onTestFinished(() => void execFileSync('umount', [disk]))
  return disk
}

/** What lies in the cache folder. */
const left = () => (existsSync(dirname(directory)) ? readdirSync(dirname(directory)) : [])

/** Python's own unzip is the reference. */
async function expectWhole(): Promise<void> {
  expect(await libraryIn(directory, index.library)).toBe('whole')
  expect(readdirSync(directory).sort()).toEqual(index.library.files.map(({ name }) => name).sort())
  const code = 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))'
  for (const { name } of index.library.files) {
    const python = spawn('python3', ['-c', code, index.wheel, `probe/${name}`], { stdio: ['ignore', 'pipe', 'inherit'] })
    const expected = await buffer(python.stdout)
    expect(readFileSync(join(directory, name)).equals(expected)).toBe(true)
  }
}

describe('an installation', () => {
  it('brings the files of the wheel, whole, and tells how far it is', async () => {
    const told: InstallProgress[] = []
    expect(await install({}, (progress) => told.push(progress))).toEqual({ directory, already: false })
    await expectWhole()
    expect(left()).toEqual(['tensorflow'])
    expect([...new Set(told.map(({ phase }) => phase))]).toEqual(['download', 'check', 'unpack'])
    for (const phase of ['download', 'check', 'unpack']) {
      const ofPhase = told.filter((progress) => progress.phase === phase)
      expect(ofPhase.at(-1)!.bytes).toBe(ofPhase.at(-1)!.total)
      expect(ofPhase.map(({ bytes }) => bytes)).toEqual(ofPhase.map(({ bytes }) => bytes).toSorted((a, b) => a - b))
    }
  })

  it('of what is there already does nothing, not even ask for Python', async () => {
    await install()
    expect(await install({ env: { PATH: folder } })).toEqual({ directory, already: true })
  })

  it('replaces a truncated file', async () => {
    await install()
    truncateSync(join(directory, 'libone.so.2'), 1000)
    expect(await install()).toEqual({ directory, already: false })
    await expectWhole()
    expect(left()).toEqual(['tensorflow'])
  })

  it('by two processes at once ends whole', async () => {
    await Promise.all([install(), install()])
    await expectWhole()
    expect(left()).toEqual(['tensorflow'])
  })

  it('that is interrupted says so and leaves nothing', async () => {
    index.pace = 'slow'
    const controller = new AbortController()
    let arrived = 0
    const problem = await refusal(() =>
      install({ signal: controller.signal }, ({ bytes }) => {
        arrived = bytes
        if (bytes > index.library.bytes / 3) controller.abort()
      }),
    )
    expect(problem.title).toMatch(/interrupted/)
    expect(arrived).toBeLessThan(index.library.bytes)
    expect(left()).toEqual([])
  })

  it('that is killed leaves no library, and the next one clears up and finishes', async () => {
    index.pace = 'slow'
    const script = fileURLToPath(new URL('install-process.ts', import.meta.url))
    const child = spawn(process.execPath, [script, JSON.stringify(index.library), directory], {
      env: index.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout!, 'data')
    await setTimeout(500)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(left()).toEqual([expect.stringMatching(/^\.install-/)])
    expect(await libraryIn(directory, index.library)).toBe('absent')
    index.pace = 'fast'
    await install()
    await expectWhole()
    expect(left()).toEqual(['tensorflow'])
  })
})

describe('an installation is refused, leaving nothing, when', () => {
  it('there is no Python', async () => {
    const problem = await refusal(() => install({ env: { ...index.env, PATH: folder } }))
    expect(problem.title).toMatch(/no python3/)
    expect(problem.facts[0]).toEqual(['looked in', folder])
    expect(left()).toEqual([])
  })

  it('Python has no pip', async () => {
    execFileSync('python3', ['-m', 'venv', '--without-pip', join(folder, 'venv')])
    const env = { ...index.env, PATH: `${join(folder, 'venv', 'bin')}${delimiter}${index.env.PATH}` }
    const problem = await refusal(() => install({ env }))
    expect(problem.title).toMatch(/no pip/)
    expect(problem.facts.map(([, value]) => value).join()).toMatch(/No module named '?pip/)
    expect(left()).toEqual([])
  })

  it('the index does not answer', async () => {
    const env = { ...index.env, PIP_INDEX_URL: 'http://127.0.0.1:9/simple' }
    const problem = await refusal(() => install({ env }))
    expect(problem.title).toMatch(/could not download/)
    expect(problem.facts).toContainEqual(['package', 'espalier-probe==1.0'])
    expect(left()).toEqual([])
  })

  it('the connection breaks in the middle of the wheel', async () => {
    index.pace = 'cut'
    const problem = await refusal(() => install())
    expect(problem.title).toMatch(/could not download|not the one Espalier was made for/)
    expect(problem.hint).not.toBe('')
    expect(left()).toEqual([])
  })

  it('the index serves another wheel', async () => {
    index.content.probe = changed(index.content.probe)
    const problem = await refusal(() => install())
    expect(problem.title).toMatch(/not the one Espalier was made for/)
    expect(left()).toEqual([])
  })

  it('the disk has too little room', async () => {
    const library = { ...index.library, unpackedBytes: 2 ** 60 }
    const problem = await refusal(() => install({ library }))
    expect(problem.title).toMatch(/not enough room/)
    expect(problem.facts.map(([label]) => label)).toEqual(['folder', 'needed', 'free', 'missing'])
    expect(left()).toEqual([])
  })

  it('the disk has 100 MB, as the real library is asked for', async (context) => {
    const disk = await smallDisk(context, 'size=100m')
    const problem = await refusal(() => install({ library: tensorflowCpu, directory: join(disk, 'espalier', 'tensorflow') }))
    expect(problem.title).toBe('There is not enough room for the TensorFlow library.')
    expect(problem.facts).toEqual([
      ['folder', join(disk, 'espalier')],
      ['needed', '1128 MB'],
      ['free', '105 MB'],
      ['missing', '1023 MB'],
    ])
    expect(readdirSync(join(disk, 'espalier'))).toEqual([])
  })

  it.for([
    ['downloaded', 256],
    ['unpacked', 512],
  ] as const)('the disk becomes full while it is %s', async ([doing, kilobytes], context) => {
    const disk = await smallDisk(context, `size=${kilobytes}k`)
    // As it is when others write at the same time: there was room at first.
    const library = { ...index.library, unpackedBytes: 0 }
    const problem = await refusal(() => install({ library, directory: join(disk, 'espalier', 'tensorflow') }))
    expect(problem.title).toBe(`The disk became full while the TensorFlow library was ${doing}.`)
    expect(readdirSync(join(disk, 'espalier'))).toEqual([])
  })

  it('the cache folder lies on a read-only disk', async (context) => {
    const disk = await smallDisk(context, 'ro')
    const problem = await refusal(() => install({ directory: join(disk, 'espalier', 'tensorflow') }))
    expect(problem.title).toBe('The cache folder cannot be written.')
    expect(problem.hint).toMatch(/XDG_CACHE_HOME/)
  })

  it.each([
    ['is a file', () => join(index.wheel, 'espalier', 'tensorflow')],
    ['cannot be written by anybody', () => '/sys/espalier/tensorflow'],
  ])('the cache folder %s', async (_, path) => {
    const problem = await refusal(() => install({ directory: path() }))
    expect(problem.title).toMatch(/cannot be written/)
    expect(problem.hint).toMatch(/XDG_CACHE_HOME/)
  })

  it('the wheel holds a file of another size', async () => {
    const library = { ...index.library, files: [{ name: 'libone.so.2', bytes: 5 }] }
    const problem = await refusal(() => install({ library }))
    expect(problem.message).toMatch(/300000 bytes in the wheel, not 5/)
    expect(left()).toEqual([])
  })
})

describe('a wheel', () => {
  const extract = async (change: (bytes: Buffer) => Buffer) => {
    const path = join(folder, 'changed.whl')
    writeFileSync(path, change(readFileSync(index.wheel)))
    await using wheel = await Wheel.open(path)
    await wheel.extract('probe/libtwo.so.2', join(folder, 'out'), () => {})
  }

  it('with a changed byte in a member is noticed', async () => {
    const change = (bytes: Buffer) => {
      // The second member is stored as it is, behind its name.
      bytes[bytes.indexOf('probe/libtwo.so.2') + 1000]! ^= 1
      return bytes
    }
    await extract((bytes) => bytes)
    rmSync(join(folder, 'out'))
    await expect(extract(change)).rejects.toThrow('probe/libtwo.so.2 has another checksum')
  })

  it.each([0, 10, 1000, 200_000])('cut to %i bytes is noticed', async (length) => {
    await expect(extract((bytes) => bytes.subarray(0, length))).rejects.toThrow(/not a zip file/i)
  })

  it('whose member is larger than it says is not unpacked further', async () => {
    const change = (bytes: Buffer) => {
      const entry = bytes.lastIndexOf('probe/libtwo.so.2') - 46
      bytes.writeUInt32LE(10, entry + 24)
      return bytes
    }
    await expect(extract(change)).rejects.toThrow('is larger than the wheel says')
  })

  it('without the member is noticed', async () => {
    await using wheel = await Wheel.open(index.wheel)
    expect(() => wheel.bytesOf('probe/absent')).toThrow('no member probe/absent')
  })
})

it('a folder found through a link is as good', async () => {
  await install()
  symlinkSync(directory, join(folder, 'link'))
  expect(await libraryIn(join(folder, 'link'), index.library)).toBe('whole')
})
