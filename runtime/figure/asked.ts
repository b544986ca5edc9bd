/** What can be asked of a figure. The command line reads it, so it imports nothing. */

export const figureFormats = ['svg', 'pdf', 'png'] as const
export type FigureFormat = (typeof figureFormats)[number]

export const barKinds = ['deviation', 'interval', 'range'] as const
/** What is drawn around a mean over seeds: sample standard deviation, 95 % interval of the mean, least and most. */
export type Bars = (typeof barKinds)[number]
