import { readFileSync } from 'node:fs'

// In the source tree this module is two folders down, bundled it is one.
const packageFile = new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../package.json', import.meta.url)

/** Espalier's. */
export const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }
