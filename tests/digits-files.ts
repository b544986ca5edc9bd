/** The digits that come with Espalier, as the build has them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { digitsSource } from '../stdlib/data/digits.ts'

/** Contents by name. */
export const digitsFiles: ReadonlyMap<string, Uint8Array> = new Map(
  digitsSource.files({}).map((name) => [name, gunzipSync(readFileSync(join(import.meta.dirname, '../dist/data', `${name}.gz`)))]),
)
