/** Every hash of structured data begins with a domain tag, so that two kinds of hash can never be mistaken for each other. */
import { createHash } from 'node:crypto'
import { canonical, type Json } from '../../dsl/check/canonical.ts'

/** 64 hex digits of the SHA-256 of bytes or of a text's UTF-8. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** 64 hex digits over `tag`, a newline and the canonical text of `value`. */
export function taggedHash(tag: string, value: Json): string {
  return sha256(`${tag}\n${canonical(value)}`)
}
