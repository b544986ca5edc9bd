/** Addresses and keys: their forms. */
import { sha256 } from '../format/hash.ts'
import { problems } from './problems.ts'

const digestForm = /^sha256:([0-9a-f]{64})$/
const keyForm = /^[0-9a-f]{64}$/

export function digestOf(content: Uint8Array): Digest {
  return `sha256:${sha256(content)}`
}

/** The hex digits of a well-formed digest; undefined for anything else, so that no other text ever becomes a path. */
export function hexOf(digest: Digest): string | undefined {
  return digestForm.exec(digest)?.[1]
}

/** The same. @throws StoreProblem for anything else */
export function checkedHex(digest: Digest): string {
  const hex = hexOf(digest)
  if (hex === undefined) throw problems.badDigest(digest)
  return hex
}

export function isKey(key: string): boolean {
  return keyForm.test(key)
}

/** The key itself. @throws StoreProblem for what is none, so that no other text ever becomes a path */
export function checkedKey(key: string): string {
  if (!isKey(key)) throw problems.badKey(key)
  return key
}

/** `sha256:` and 64 hex digits: the content address of an artifact. */
export type Digest = string
