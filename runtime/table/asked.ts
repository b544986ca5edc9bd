/** What can be asked of a table. The command line reads it, so it imports nothing. */

/** Formats, with the ending of a file's name that stands for one. */
export const tableFormats = { markdown: '.md', latex: '.tex', html: '.html', csv: '.csv', json: '.json' } as const
export type TableFormat = keyof typeof tableFormats
export const tableFormatNames = Object.keys(tableFormats) as TableFormat[]

/** What stands beside a mean: the sample standard deviation over the seeds, or the 95 % interval of the mean. */
export const spreads = ['deviation', 'interval'] as const
export type SpreadShown = (typeof spreads)[number]
