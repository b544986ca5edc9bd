import { escaped } from './printable.ts'

/** JSON for programs. JSON has no NaN and no infinities: they are the strings "NaN", "Infinity" and "-Infinity", not null. */
export const jsonText = (value: unknown, indent?: number): string =>
  escaped(JSON.stringify(value, allFinite(value) ? undefined : named, indent))

/** Every number in it. A replacer is called for each member, which takes ten times as long as writing it. */
const allFinite = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object' || value === null || Object.values(value).every(allFinite)

const named = (_: string, part: unknown): unknown => (typeof part === 'number' && !Number.isFinite(part) ? String(part) : part)
