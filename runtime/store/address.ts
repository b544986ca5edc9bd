/** Content addresses and cache keys: their formats. */
import { sha256 } from '../format/hash.ts'
import { problems } from './problems.ts'

const digestForm = /^sha256:([0-9a-f]{64})$/
const keyForm = /^[0-9a-f]{64}$/

export function digestOf(content: Uint8Array): Digest {
  return `sha256:${sha256(content)}`
}

/** The hex digits of a well-formed digest; undefined for anything else, so that untrusted text is never used as a path. */
export function hexOf(digest: Digest): string | undefined {
  return digestForm.exec(digest)?.[1]
}

/** As `hexOf`. @throws StoreProblem for a malformed digest */
export function checkedHex(digest: Digest): string {
  const hex = hexOf(digest)
  if (hex === undefined) throw problems.badDigest(digest)
  return hex
}

export function isKey(key: string): boolean {
  return keyForm.test(key)
}

/** The key, unchanged. @throws StoreProblem for a malformed key, so that untrusted text is never used as a path */
export function checkedKey(key: string): string {
  if (!isKey(key)) throw problems.badKey(key)
  return key
}

/** `sha256:` and 64 hex digits: the content address of an object. */
export type Digest = string
