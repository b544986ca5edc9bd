import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { crateMetadata, metadataFile, type StudyCrate } from '../../../../runtime/interop/ro-crate/crate.ts'
import { pythonWith } from '../../../python-packages.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

const { python, missing } = await pythonWith('roc-validator-0.13.0', ['roc-validator==0.13.0', 'rocrate==0.16.0'])

const file = (path: string, type = 'text/plain') => ({ path, type, description: `The file ${path}`, content: Buffer.from(path) })
const crate: StudyCrate = {
  ...{ name: 'hybrid#sweep', description: 'A study.', license: 'Apache-2.0', version: '0.1.0', commands: ['npx espalier run a.ts'] },
  sources: [file('studies/my study.pipeline.ts'), file('studies/parts.ts')],
  results: [file('results.csv', 'text/csv'), file('stages.json', 'application/json')],
  parameters: { epochs: '20', 'a/b': 'x' },
  data: [{ name: 'digits', digest: `sha256:${'d'.repeat(64)}` }],
  computed: ['tensorflow 2.21.0 on a processor, 1 thread, float32'],
  ...{ key: 'a'.repeat(64), began: 1_700_000_000_000, ended: 1_700_000_100_000 },
}

interface Entity {
  readonly '@id': string
  readonly [property: string]: unknown
}
const entities = (of: StudyCrate) => {
  const { '@graph': graph } = JSON.parse(crateMetadata(of)) as { readonly '@graph': readonly Entity[] }
  return (id: string) => graph.find((entity) => entity['@id'] === id)
}

test('the run is an action of the workflow, with what it read, what it made, when, and how it is done again', () => {
  const at = entities(crate)
  expect(at('./')).toMatchObject({
    mainEntity: { '@id': 'studies/my%20study.pipeline.ts' },
    license: { '@id': 'https://spdx.org/licenses/Apache-2.0' },
  })
  expect(at('#run')).toMatchObject({
    instrument: { '@id': 'studies/my%20study.pipeline.ts' },
    object: [{ '@id': '#value-epochs' }, { '@id': '#value-a%2Fb' }, { '@id': `#sha256:${'d'.repeat(64)}` }],
    result: [{ '@id': 'results.csv' }, { '@id': 'stages.json' }],
    startTime: '2023-11-14T22:13:20.000+00:00',
    endTime: '2023-11-14T22:15:00.000+00:00',
    description: 'To run it again: npx espalier run a.ts',
    identifier: 'a'.repeat(64),
  })
  expect(at('#value-epochs')).toMatchObject({ value: '20', exampleOfWork: { '@id': '#parameter-epochs' } })
  // sha256 of "results.csv", as sha256sum says
  expect(at('results.csv')).toMatchObject({ contentSize: '11', sha256: 'fb6ea6b34482e0dfd54057f70eb173a0bafac6e74b49c4b33d253c52340d957e' })
  expect(at('pkg:npm/espalier@0.1.0#engine-1')).toMatchObject({ softwareVersion: '2.21.0' })
  expect(entities({ ...crate, license: 'No licence was stated.' })('./')).toMatchObject({ license: { '@id': '#license' } })
})

test('the same facts are the same bytes', () => {
  expect(crateMetadata({ ...crate })).toBe(crateMetadata(crate))
})

test.skipIf(missing !== undefined)(`it is valid by a validator of the profile${missing === undefined ? '' : `: ${missing}`}`, async () => {
  for (const each of [crate, { ...crate, parameters: {}, computed: [], license: 'No licence was stated.' }]) {
    const folder = await temporaryFolder()
    for (const { path, content } of [...each.sources, ...each.results, { path: metadataFile, content: crateMetadata(each) }]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    const printed = execFileSync(python, [join(import.meta.dirname, 'validate.py'), folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const { required, recommended } = JSON.parse(printed) as {
      readonly required: readonly string[]
      readonly recommended: readonly string[]
    }
    expect(required).toEqual([])
    // Nobody's name is put into a crate, and no README; of absolute URIs it knows those of the web alone, and software is named by package URLs.
    const left = recommended.filter(
      (issue) => !/agent|author|publisher|README|SoftwareApplication id SHOULD be an absolute URI/.test(issue),
    )
    expect(left).toEqual([])
  }
})
