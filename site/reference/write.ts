/** The reference: a page for each part of the language, with every export of `espalier` in an entry of its own. */
import { declarations, type Entry, type Member } from './declarations.ts'

interface Part {
  readonly page: string
  readonly title: string
  readonly has: (entry: Entry) => boolean
}

const from = (pattern: RegExp) => (entry: Entry) => pattern.test(entry.file)

/** An entry stands in the first part that has it. */
const parts: readonly Part[] = [
  { page: 'verbs', title: 'Verbs of a pipeline', has: ({ name }) => name.startsWith('Pipeline.') },
  { page: 'methods', title: 'Methods of papers', has: from(/^stdlib\/methods\//) },
  { page: 'networks', title: 'Networks and layers', has: from(/^(stdlib\/(models\/|layers\/|engine)|dsl\/parts\/arch)/) },
  { page: 'data-sets', title: 'Data sets', has: from(/^(stdlib\/data|dsl\/(parts\/data|language\/custom-data))/) },
  { page: 'pruning', title: 'Pruning', has: from(/^(stdlib\/prune\/|dsl\/parts\/(criteria|pruner|nm|regrowth|sparsity))/) },
  { page: 'distillation', title: 'Distillation', has: from(/^(stdlib\/distill\/|dsl\/parts\/(distill|linear))/) },
  {
    page: 'training',
    title: 'Optimizers, schedules, augmentations',
    has: from(/^dsl\/(parts\/(optimizer|schedule|augment)|verbs\/training)/),
  },
  { page: 'studies', title: 'Tasks, pipelines and studies', has: () => true },
]

const partOf = (entry: Entry): Part => parts.find((part) => part.has(entry))!

/** What is the same for all. */
const preamble =
  'Made from the declarations. A value out of its range, an option that does not exist and an order of verbs that makes no sense are refused before anything runs, with a `PipelineProblem`: the file and line, the option, the value, and what is allowed.'

/** @returns the text of every page, by its file's name in reference/ */
export function referencePages(all: readonly Entry[] = declarations()): ReadonlyMap<string, string> {
  const byName = new Map(all.map((entry) => [entry.name, entry]))
  const taken = optionsOf(all)
  return new Map(
    parts.map((part) => {
      const entries = all.filter((entry) => partOf(entry) === part)
      const functions = entries.filter(({ kind }) => kind !== 'type')
      const types = entries.filter(({ kind }) => kind === 'type')
      const sections = [...functions, ...types].map((entry) => section(entry, byName, taken.get(entry.name)))
      return [`${part.page}.md`, `# ${part.title}\n\n${preamble}\n\n${sections.join('\n')}`]
    }),
  )
}

/** Types of options, with the functions that take them. */
function optionsOf(all: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const takers = all.filter(({ kind, members }) => kind === 'function' && members.length > 0)
  const names = [...new Set(takers.flatMap(({ types }) => types))].filter((name) => /Options$/.test(name))
  return new Map(names.map((name) => [name, takers.filter(({ types }) => types.includes(name))]))
}

function section(entry: Entry, byName: ReadonlyMap<string, Entry>, takers: readonly Entry[] = []): string {
  const { kind, signature, says, parameters, members, types, errors } = entry
  const documented = members.some(({ says }) => says !== '') ? members.filter(({ says }) => kind === 'function' || says !== '') : []
  const shown = kind !== 'type' || documented.length === 0 || signature.split('\n').length <= 3
  const linked = types.flatMap((name) => byName.get(name) ?? []).filter(({ name }) => !/^(Because|Arch)$/.test(name))
  return [
    `## ${called(entry)} {#${anchor(entry)}}`,
    ...(shown ? [`\`\`\`ts\n${signature}\n\`\`\``] : []),
    prose(says),
    ...(takers.length > 0 ? [`Options of ${takers.map(link).join(', ')}.`] : []),
    ...parameters.map(({ name, says }) => `- \`${name}\`: ${prose(says)}`),
    ...(documented.length > 0 ? [table(documented, kind === 'function' ? 'option' : 'member')] : []),
    ...errors.map((error) => `**Error:** ${prose(error)}`),
    ...(linked.length > 0 ? [`Types: ${linked.map(link).join(', ')}.`] : []),
  ]
    .filter((text) => text !== '')
    .map((text) => `${text}\n`)
    .join('\n')
}

const called = ({ kind, name }: Entry): string => {
  const word = name.replace(/^Pipeline\./, '')
  return kind === 'function' ? `${word}()` : word
}
/** Functions and types may have one name but for its first letter. */
const anchor = ({ kind, name }: Entry): string =>
  kind === 'type' ? `type-${name.toLowerCase()}` : name.replace(/^Pipeline\./, '').toLowerCase()
const link = (entry: Entry): string => `[\`${called(entry)}\`](./${partOf(entry).page}.md#${anchor(entry)})`

const table = (members: readonly Member[], what: string): string =>
  [`| ${what} | type | meaning |`, '| --- | --- | --- |', ...members.map(row)].join('\n')

const row = ({ name, optional, type, says }: Member): string =>
  `| \`${name}\`${optional ? '' : ' (required)'} | \`${cell(type)}\` | ${cell(prose(says))} |`

const cell = (text: string): string => text.replaceAll('\n', ' ').replaceAll('|', '\\|')

/** Docstrings are Markdown, but that < begins no element and {{ nothing. */
const prose = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;').replaceAll('{{', '{ {')))
    .join('')
