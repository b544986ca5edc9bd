import { escaped } from './printable.ts'

/** JSON for programs. JSON has no NaN and no infinities: they are the strings "NaN", "Infinity" and "-Infinity", not null. */
export const jsonText = (value: unknown, indent?: number): string =>
  escaped(JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' && !Number.isFinite(part) ? String(part) : part), indent))
