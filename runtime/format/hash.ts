/** Every hash of structured data begins with a domain tag, so that hashes for different purposes cannot collide. */
import { createHash } from 'node:crypto'
import { canonical, type Json } from '../../dsl/check/canonical.ts'

/** SHA-256 of bytes, or of a string in UTF-8; 64 hex digits. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** SHA-256 of `tag`, a newline and the canonical JSON of `value`; 64 hex digits. */
export function taggedHash(tag: string, value: Json): string {
  return sha256(`${tag}\n${canonical(value)}`)
}
