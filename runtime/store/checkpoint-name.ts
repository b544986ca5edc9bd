/** Names of checkpoints, in a folder as in S3: the step, and a part of the content's SHA-256. */
import { sha256 } from '../format/hash.ts'

interface NamedCheckpoint {
  readonly name: string
  readonly step: number
  /** The beginning of the content's SHA-256. */
  readonly hash: string
}

/** Of a stage: the newest, and the one before it in case that is damaged. */
const kept = 2

export const checkpointName = (step: number, content: Uint8Array): string => `${step}-${sha256(content).slice(0, 16)}.ckpt`

/** Undefined for what is no checkpoint. */
export function checkpointNamed(name: string): NamedCheckpoint | undefined {
  const [, step, hash] = /^(\d{1,15})-([0-9a-f]{16})\.ckpt$/.exec(name) ?? []
  return step === undefined || hash === undefined ? undefined : { name, step: Number(step), hash }
}

/**
 * Those that go once `written` is there. By time of writing, not by step: after a fall-back, newer checkpoints have smaller steps than the
 * damaged one.
 */
export function outlived<C extends NamedCheckpoint & { readonly written: number }>(all: readonly C[], written: string): C[] {
  const others = all.filter(({ name }) => name !== written)
  return others.sort((a, b) => b.written - a.written || b.step - a.step).slice(kept - 1)
}
