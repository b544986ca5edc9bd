/** Parses a number of bytes: `20GB`, `1.5 TB`, `0`; units are powers of 1000. Undefined for anything else. */
export function bytesIn(text: string): number | undefined {
  const [, number, unit = ''] = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([kmgtp]?)b?\s*$/i.exec(text) ?? []
  if (number === undefined) return undefined
  return Math.round(Number(number) * 1000 ** ['', 'K', 'M', 'G', 'T', 'P'].indexOf(unit.toUpperCase()))
}
