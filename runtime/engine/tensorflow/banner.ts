/**
 * While it loads, the library prints to standard error that oneDNN is on; no setting prevents that. The output meanwhile is captured, and
 * everything else in it is forwarded.
 */
import { closeSync, fstatSync, readSync, writeSync } from 'node:fs'
import type { LibraryHandle } from 'koffi'

const stderr = 2
const banner = /^(WARNING: All log messages before absl::InitializeLog|I\d{4} .* oneDNN custom operations are on\.)/

/** Runs `load`, which must return failures: output before an abort would be lost. `locate.ts` has checked the processor. */
export function withoutBanner<T>(libc: LibraryHandle, load: () => T): T {
  const dup = libc.func('int dup(int)')
  const dup2 = libc.func('int dup2(int, int)')
  const held: number = libc.func('int memfd_create(const char*, unsigned int)')('espalier-stderr', 0)
  const own: number = dup(stderr)
  // A process may have been started without standard error.
  if (held < 0 || own < 0) return load()
  dup2(held, stderr)
  try {
    return load()
  } finally {
    dup2(own, stderr)
    closeSync(own)
    const said = Buffer.alloc(fstatSync(held).size)
    readSync(held, said, 0, said.length, 0)
    closeSync(held)
    const rest = said
      .toString()
      .split('\n')
      .filter((line) => !banner.test(line))
      .join('\n')
    if (rest !== '') writeSync(stderr, rest)
  }
}
