/** Loads tfjs on its WebAssembly backend: SIMD, one thread; failures that upstream ignores become errors. */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import tfjs from '@tensorflow/tfjs'
import wasm from '@tensorflow/tfjs-backend-wasm'
import type { Tf } from '../../../stdlib/engine.ts'
import { checkedMemory, onWarnings, type WasmBackend } from './memory.ts'
import { problem } from './problem.ts'

const binary = 'tfjs-backend-wasm-simd.wasm'
// The compiler's library for Node declares WebAssembly's types only.
const { validate } = (globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } }).WebAssembly

export interface LoadedBackend {
  readonly tf: Tf
  readonly backend: WasmBackend
  /** Throws the pending error of a kernel that could not throw it itself. */
  raiseFailure(): void
}

/** Loads the backend from `folder` (default: beside the bundle, else the installed package). */
export async function loadWasmBackend(folder: string | undefined): Promise<LoadedBackend> {
  const path = findBinary(folder)
  wasm.setWasmPaths(`${path}/`)
  await onWarnings(() => withoutNewListeners(() => withModuleFolder(path, startBackend)))
  // tfjs types its backends without their own members.
  const backend = tfjs.backend() as unknown as WasmBackend
  // The type of the namespace has a default export that the CommonJS module itself does not.
  return { tf: tfjs as Tf, backend, raiseFailure: checkedMemory(backend) }
}

async function startBackend(): Promise<void> {
  if (!(await tfjs.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    throw problem('unsupported', {
      title: 'the portable engine needs WebAssembly SIMD, which this processor or Node does not have',
      facts: [
        ['Node', process.version],
        ['processor', process.arch],
      ],
      hint: 'Run on a processor of 2010 or later, or install the native engine.',
    })
  }
  // setBackend returns false instead of throwing when the backend cannot start.
  if (!(await tfjs.setBackend('wasm'))) {
    throw problem('damaged', {
      title: 'the portable engine did not start',
      facts: [['version', wasm.version_wasm]],
      hint: 'Reinstall the package: its WebAssembly file does not fit its JavaScript.',
    })
  }
  await tfjs.ready()
}

function findBinary(folder: string | undefined): string {
  const places = folder === undefined ? [dirname(fileURLToPath(import.meta.url)), ...installedFolder()] : [folder]
  const found = places.find((place) => existsSync(join(place, binary)))
  if (found === undefined) {
    throw problem('not-installed', {
      title: 'the portable engine has no WebAssembly file',
      facts: [
        ['file', binary],
        ['looked in', places.join('\n')],
      ],
      hint: 'Reinstall the package, or name the folder that holds the file.',
    })
  }
  if (!validate(readFileSync(join(found, binary)))) {
    throw problem('damaged', {
      title: "the portable engine's WebAssembly file is damaged",
      facts: [['file', join(found, binary)]],
      hint: 'Reinstall the package.',
    })
  }
  return found
}

function installedFolder(): string[] {
  try {
    return [dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))]
  } catch {
    return []
  }
}

/** Removes the listeners with which Emscripten rethrows every uncaught error of the process. */
async function withoutNewListeners(start: () => Promise<void>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const before = new Map(events.map((event) => [event, process.rawListeners(event)]))
  try {
    await start()
  } finally {
    for (const event of events) {
      for (const listener of process.rawListeners(event)) {
        if (!before.get(event)?.includes(listener)) process.removeListener(event, listener as (...args: unknown[]) => void)
      }
    }
  }
}

/** Sets `__dirname` for Emscripten's loader, which reads it; a bundle of ES modules has none. */
async function withModuleFolder(folder: string, start: () => Promise<void>): Promise<void> {
  const scope = globalThis as { __dirname?: string }
  const before = Object.getOwnPropertyDescriptor(scope, '__dirname')
  scope.__dirname = folder
  try {
    await start()
  } finally {
    if (before === undefined) delete scope.__dirname
    else Object.defineProperty(scope, '__dirname', before)
  }
}
