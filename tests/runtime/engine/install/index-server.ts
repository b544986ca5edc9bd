/** A package index on this machine that serves a small wheel and its companion, for pip to download from, at a pace the tests choose. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { LibraryPackage } from '../../../../runtime/engine/library.ts'

const files = { 'libone.so.2': 300_000, 'libtwo.so.2': 70_000 }

const names = { probe: 'espalier_probe-1.0-py3-none-any.whl', companion: 'espalier_companion-2.0-py3-none-any.whl' }

/** Real wheels of incompressible and repeated bytes, as Python writes them. The companion is made like NVIDIA's. */
const makeWheels = `
import os, random, sys, zipfile
random.seed(1)
with zipfile.ZipFile(os.path.join(sys.argv[1], 'espalier_probe-1.0-py3-none-any.whl'), 'w', zipfile.ZIP_DEFLATED) as wheel:
    wheel.writestr('probe/libone.so.2', random.randbytes(150000) + bytes(150000))
    wheel.writestr('probe/libtwo.so.2', random.randbytes(70000), zipfile.ZIP_STORED)
    wheel.writestr('probe/__init__.py', '')
    info = 'espalier_probe-1.0.dist-info/'
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: espalier-probe\\nVersion: 1.0\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', '')
with zipfile.ZipFile(os.path.join(sys.argv[1], 'espalier_companion-2.0-py3-none-any.whl'), 'w', zipfile.ZIP_DEFLATED) as wheel:
    wheel.writestr('nvidia/part/lib/libpart.so.9', random.randbytes(50000))
    tool = zipfile.ZipInfo('nvidia/part/bin/tool')
    tool.external_attr = 0o100755 << 16
    wheel.writestr(tool, 'a program')
    for unwanted in ('nvidia/__init__.py', 'nvidia/part/include/part.h', 'nvidia/part/lib/libpart.a', 'nvidia/../../outside', 'elsewhere/libpart.so'):
        wheel.writestr(unwanted, 'not needed')
    info = 'espalier_companion-2.0.dist-info/'
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: espalier-companion\\nVersion: 2.0\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', '')
`

export interface Index {
  readonly library: LibraryPackage
  /** The same with its companion. */
  readonly withCompanion: LibraryPackage
  /** Path of the wheel. */
  readonly wheel: string
  /** For pip: this index and no other. */
  readonly env: NodeJS.ProcessEnv
  /** `slow`: the first half at once, then a trickle without an end that a test would wait for. `cut`: the first half, then nobody is there. */
  pace: 'fast' | 'slow' | 'cut'
  /** What is served instead of the wheels' own bytes. */
  readonly content: { probe: Buffer; companion: Buffer }
  /** Puts pace and content back. */
  reset(): void
  close(): Promise<void>
}

export async function startIndex(): Promise<Index> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-index-'))
  execFileSync('python3', ['-c', makeWheels, folder])
  const wheels = { probe: readFileSync(join(folder, names.probe)), companion: readFileSync(join(folder, names.companion)) }
  const server = createServer(async (request, response) => {
    const which = request.url!.includes('companion') ? 'companion' : 'probe'
    if (!request.url!.endsWith('.whl')) {
      // Whatever is asked for, the probe's bytes are all there is.
      const name = request.url!.includes('tensorflow') ? 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl' : names[which]
      response.setHeader('content-type', 'text/html').end(`<a href="/${name}">${name}</a>`)
      return
    }
    const content = index.content[which]
    response.setHeader('content-length', content.length)
    if (index.pace === 'cut') {
      response.write(content.subarray(0, content.length / 2), () => response.destroy())
      return
    }
    if (index.pace === 'slow') {
      response.write(content.subarray(0, content.length / 2))
      for (let at = content.length / 2; at < content.length && !response.destroyed; at += 100) {
        await setTimeout(100)
        response.write(content.subarray(at, at + 100))
      }
    } else response.write(content)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  // No settings of the machine's own: they may name other places to find packages.
  const own = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(PIP_|XDG_|ESPALIER_)/.test(key)))
  const wheelOf = (requirement: string, bytes: Buffer) => ({
    requirement,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
  })
  const library: LibraryPackage = {
    build: 'cpu',
    ...wheelOf('espalier-probe==1.0', wheels.probe),
    tags: ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', 'manylinux_2_27_x86_64'],
    folder: 'probe',
    files: Object.entries(files).map(([name, bytes]) => ({ name, bytes })),
    companions: [],
    unpackedBytes: Object.values(files).reduce((sum, bytes) => sum + bytes),
  }
  const index: Index = {
    library,
    withCompanion: {
      ...library,
      companions: [wheelOf('espalier-companion==2.0', wheels.companion)],
      unpackedBytes: library.unpackedBytes + 50_009,
    },
    wheel: join(folder, names.probe),
    content: { ...wheels },
    reset: () => {
      index.pace = 'fast'
      Object.assign(index.content, wheels)
    },
    env: { ...own, PIP_CONFIG_FILE: '/dev/null', PIP_INDEX_URL: `http://127.0.0.1:${port}/simple`, PIP_RETRIES: '0' },
    pace: 'fast',
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
  return index
}
