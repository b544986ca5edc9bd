/** Names of checkpoints, in a folder and in S3: the step, and a prefix of the content's SHA-256. */
import { sha256 } from '../format/hash.ts'

interface NamedCheckpoint {
  readonly name: string
  readonly step: number
  /** Prefix of the content's SHA-256. */
  readonly hash: string
}

/** Checkpoints kept per stage: the newest, and the previous one in case the newest is damaged. */
const kept = 2

export const checkpointName = (step: number, content: Uint8Array): string => `${step}-${sha256(content).slice(0, 16)}.ckpt`

/** Undefined for a name that is not a checkpoint's. */
export function checkpointNamed(name: string): NamedCheckpoint | undefined {
  const [, step, hash] = /^(\d{1,15})-([0-9a-f]{16})\.ckpt$/.exec(name) ?? []
  return step === undefined || hash === undefined ? undefined : { name, step: Number(step), hash }
}

/**
 * The checkpoints to remove once `written` exists. Ordered by time of writing, not by step: after falling back from a damaged checkpoint,
 * newer ones have smaller steps than the damaged one.
 */
export function outlived<C extends NamedCheckpoint & { readonly written: number }>(all: readonly C[], written: string): C[] {
  const others = all.filter(({ name }) => name !== written)
  return others.sort((a, b) => b.written - a.written || b.step - a.step).slice(kept - 1)
}
