/**
 * A study as a Workflow Run RO-Crate (RO-Crate 1.1 with the profile Workflow Run Crate 0.5): the run, its inputs, environment and results
 * as linked data. Deterministic: the same study gives the same bytes.
 */
import type { Json } from '../../../dsl/check/canonical.ts'
import { sha256 } from '../../format/hash.ts'

export interface CrateFile {
  /** Path in the crate, with forward slashes. */
  readonly path: string
  readonly content: Uint8Array
  /** MIME type. */
  readonly type: string
  readonly description: string
}

export interface StudyCrate {
  /** `hybrid`, or `hybrid#sweep`. */
  readonly name: string
  readonly description: string
  /** An SPDX identifier, or text. */
  readonly license: string
  /** Version of Espalier. */
  readonly version: string
  /** Commands to reproduce the run. */
  readonly commands: readonly string[]
  /** Source files, that of the pipeline first. */
  readonly sources: readonly CrateFile[]
  readonly results: readonly CrateFile[]
  readonly parameters: { readonly [name: string]: string }
  readonly data: readonly { readonly name: string; readonly digest: string }[]
  /** Engine and machine as text: `tensorflow 2.21.0 on …`. */
  readonly computed: readonly string[]
  readonly key: string
  /** Start of the first stage and end of the last one, in Unix milliseconds. */
  readonly began: number
  readonly ended: number
}

export const metadataFile = 'ro-crate-metadata.json'
const profiles = [
  ['https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate', '0.5'],
  ['https://w3id.org/workflowhub/workflow-ro-crate/1.0', 'Workflow RO-Crate', '1.0'],
] as const

type Entity = { readonly '@id': string; readonly '@type': string | readonly string[]; readonly [property: string]: Json }
const ref = (id: string) => ({ '@id': id })
/** A single reference is not wrapped in a list. */
const refs = (ids: readonly string[]): Json => (ids.length === 1 ? ref(ids[0]!) : ids.map(ref))

/** The text of `ro-crate-metadata.json`. */
export function crateMetadata(crate: StudyCrate): string {
  const { name, description, license, commands, sources, results, data, computed, key } = crate
  const parameters = Object.entries(crate.parameters)
  const [workflow] = sources
  /** Package URL. */
  const espalier = `pkg:npm/espalier@${crate.version}`
  const engineId = (i: number) => `${espalier}#engine-${i + 1}`
  const files = [...sources, ...results]
  const licence = /^[A-Za-z0-9][A-Za-z0-9.+-]*$/.test(license) ? `https://spdx.org/licenses/${license}` : '#license'
  const [began, ended] = [crate.began, crate.ended].map((time) => new Date(time).toISOString().replace('Z', '+00:00'))
  const graph: Entity[] = [
    {
      '@id': metadataFile,
      '@type': 'CreativeWork',
      about: ref('./'),
      conformsTo: [ref('https://w3id.org/ro/crate/1.1'), ref('https://w3id.org/workflowhub/workflow-ro-crate/1.0')],
    },
    {
      '@id': './',
      '@type': 'Dataset',
      name: `Study ${name}`,
      description,
      datePublished: ended!,
      license: ref(licence),
      conformsTo: refs(profiles.map(([id]) => id)),
      hasPart: refs(files.map(idOf)),
      mainEntity: ref(idOf(workflow!)),
      mentions: ref('#run'),
    },
    ...profiles.map(([id, title, version]): Entity => ({ '@id': id, '@type': 'CreativeWork', name: title, version })),
    { '@id': licence, '@type': 'CreativeWork', name: license, description: `The licence of this crate: ${license}` },
    ...files.map((file, i): Entity => fileEntity(file, i === 0)),
    {
      '@id': '#run',
      '@type': 'CreateAction',
      name: `Run of ${name}`,
      description: `To run it again: ${commands.join('; ')}`,
      identifier: key,
      instrument: ref(idOf(workflow!)),
      object: refs([...parameters.map(([parameter]) => `#value-${idPart(parameter)}`), ...data.map(({ digest }) => `#${digest}`)]),
      result: refs(results.map(idOf)),
      startTime: began!,
      endTime: ended!,
      actionStatus: 'http://schema.org/CompletedActionStatus',
    },
    {
      '@id': '#typescript',
      '@type': 'ComputerLanguage',
      name: 'TypeScript, Espalier pipeline',
      alternateName: 'Espalier',
      identifier: ref(espalier),
      url: ref(espalier),
      version: crate.version,
    },
    { '@id': espalier, '@type': 'SoftwareApplication', name: 'Espalier', url: ref(espalier), softwareVersion: crate.version },
    ...computed.map(
      (words, i): Entity => ({
        '@id': engineId(i),
        '@type': 'SoftwareApplication',
        name: words,
        url: ref(espalier),
        softwareVersion: / (\S+) on /.exec(words)?.[1] ?? words,
      }),
    ),
    ...parameters.flatMap(([parameter, value]): Entity[] => [
      {
        '@id': `#parameter-${idPart(parameter)}`,
        '@type': 'FormalParameter',
        name: parameter,
        additionalType: 'Text',
        conformsTo: ref(formalParameter),
        workExample: ref(`#value-${idPart(parameter)}`),
      },
      {
        '@id': `#value-${idPart(parameter)}`,
        '@type': 'PropertyValue',
        name: parameter,
        value,
        exampleOfWork: ref(`#parameter-${idPart(parameter)}`),
      },
    ]),
    ...(parameters.length === 0 ? [] : [{ '@id': formalParameter, '@type': 'CreativeWork', name: 'FormalParameter', version: '1.0' }]),
    ...data.map(
      (each): Entity => ({
        '@id': `#${each.digest}`,
        '@type': 'CreativeWork',
        name: each.name,
        description: `The data set ${each.name}, by its content`,
        identifier: each.digest,
      }),
    ),
  ]
  const context = ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context']
  return `${JSON.stringify({ '@context': context, '@graph': graph }, null, 2)}\n`

  function fileEntity(file: CrateFile, isWorkflow: boolean): Entity {
    const described = {
      name: file.path,
      description: file.description,
      encodingFormat: file.type,
      contentSize: String(file.content.byteLength),
      sha256: sha256(file.content),
    }
    if (!isWorkflow) return { '@id': idOf(file), '@type': 'File', ...described }
    return {
      '@id': idOf(file),
      '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow'],
      ...described,
      conformsTo: ref(computationalWorkflow),
      programmingLanguage: ref('#typescript'),
      // The version is derived from the content.
      version: described.sha256.slice(0, 12),
      url: ref(idOf(file)),
      softwareRequirements: refs([espalier, ...computed.map((_, i) => engineId(i))]),
      ...(parameters.length === 0 ? {} : { input: refs(parameters.map(([parameter]) => `#parameter-${idPart(parameter)}`)) }),
    }
  }
}

const formalParameter = 'https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE'
const computationalWorkflow = 'https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE'

/** A relative URI. */
const idOf = ({ path }: CrateFile): string => path.split('/').map(encodeURIComponent).join('/')
const idPart = encodeURIComponent
