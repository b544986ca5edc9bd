/** Addresses and keys: their forms. */
import { sha256 } from '../format/hash.ts'

const digestForm = /^sha256:([0-9a-f]{64})$/
const keyForm = /^[0-9a-f]{64}$/

export function digestOf(content: Uint8Array): Digest {
  return `sha256:${sha256(content)}`
}

/** The hex digits of a well-formed digest; undefined for anything else, so that no other text ever becomes a path. */
export function hexOf(digest: Digest): string | undefined {
  return digestForm.exec(digest)?.[1]
}

export function isKey(key: string): boolean {
  return keyForm.test(key)
}

/** `sha256:` and 64 hex digits: the content address of an artifact. */
export type Digest = string
