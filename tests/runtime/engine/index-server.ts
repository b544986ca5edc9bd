/** A package index on this machine that serves one small wheel, for pip to download from, at a pace the tests choose. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { LibraryPackage } from '../../../runtime/engine/library.ts'

const files = { 'libone.so.2': 300_000, 'libtwo.so.2': 70_000 }

/** A real wheel of incompressible and repeated bytes, as Python writes it. */
const makeWheel = `
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
`

export interface Index {
  readonly library: LibraryPackage
  /** Path of the wheel. */
  readonly wheel: string
  /** For pip: this index and no other. */
  readonly env: NodeJS.ProcessEnv
  /** `slow`: the first half at once, then a trickle without an end that a test would wait for. */
  pace: 'fast' | 'slow'
  /** What is served instead of the wheel's own bytes. */
  content: Buffer
  close(): Promise<void>
}

export async function startIndex(): Promise<Index> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-index-'))
  execFileSync('python3', ['-c', makeWheel, folder])
  const name = readdirSync(folder)[0]!
  const wheel = join(folder, name)
  const bytes = readFileSync(wheel)
  const server = createServer(async (request, response) => {
    if (!request.url!.endsWith('.whl')) {
      response.setHeader('content-type', 'text/html').end(`<a href="/${name}">${name}</a>`)
      return
    }
    const { content } = index
    response.setHeader('content-length', content.length)
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
  const index: Index = {
    library: {
      build: 'cpu',
      requirement: 'espalier-probe==1.0',
      tags: ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', 'manylinux_2_27_x86_64'],
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: statSync(wheel).size,
      folder: 'probe',
      files: Object.entries(files).map(([name, bytes]) => ({ name, bytes })),
      companions: [],
      unpackedBytes: Object.values(files).reduce((sum, bytes) => sum + bytes),
    },
    wheel,
    env: { ...own, PIP_CONFIG_FILE: '/dev/null', PIP_INDEX_URL: `http://127.0.0.1:${port}/simple`, PIP_RETRIES: '0' },
    pace: 'fast',
    content: bytes,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
  return index
}
