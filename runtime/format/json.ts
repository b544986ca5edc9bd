import { escaped } from './printable.ts'

/** JSON has no NaN or infinity: they are encoded as the strings "NaN", "Infinity" and "-Infinity", not as null. */
export const jsonText = (value: unknown, indent?: number): string =>
  escaped(JSON.stringify(value, allFinite(value) ? undefined : named, indent))

/** Checked first, because JSON.stringify with a replacer takes ten times as long. */
const allFinite = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object' || value === null || Object.values(value).every(allFinite)

const named = (_: string, part: unknown): unknown => (typeof part === 'number' && !Number.isFinite(part) ? String(part) : part)
