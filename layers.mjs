/** @import { IConfiguration } from 'dependency-cruiser' */

/**
 * What may import what, from low to high. A folder imports from the groups above it, never from its own group's other lines
 * and never from below. Types count as everything else does. `npm run check` holds all imports against this list.
 */
export const layers = [
  // dsl/ is what a user writes: plain values, no tensors, files, processes or packages.
  { 'dsl/check': 'what options may be, and sentences for what is wrong in a pipeline, as types and as errors' },
  { 'dsl/parts': 'what verbs take: criteria, optimizers, schedules, distillation, data' },
  { 'dsl/graph': 'stages and expressions: what a pipeline becomes' },
  { 'dsl/verbs': 'train, prune, finetune, …: a file each' },
  { 'dsl/language': 'pipelines, studies, tasks, parameters and their compilation to stages' },
  { 'dsl/index.ts': 'the language as the layers above import it' },

  // stdlib/ is what the verbs compute, written for any engine: no files, processes or packages.
  {
    'stdlib/engine.ts': 'the interface of an engine',
    'stdlib/registry.ts': 'kinds of parts by name, complete by type',
    'stdlib/random': 'random streams that are the same everywhere',
  },
  {
    'stdlib/network.ts': 'weights and masks as plain arrays',
    'stdlib/user-functions.ts': 'functions that a user wrote',
  },
  { 'stdlib/pattern.ts': 'masks that leave some of every few inputs' },
  {
    'stdlib/masks.ts': 'masks applied, compared and counted',
    'stdlib/custom-stage.ts': 'stages that a user wrote',
    'stdlib/optim': 'optimizers and learning-rate schedules',
    'stdlib/methods': "papers' methods as pipelines",
  },
  {
    'stdlib/data': 'data sets: examples from bytes, and their splits',
    'stdlib/invariants.ts': 'what holds of every pruned network',
  },
  {
    'stdlib/augment': 'random changes to training pictures',
    'stdlib/models/structure': 'built networks read and rebuilt: parameters, channels, costs, first weights',
  },
  { 'stdlib/models/blocks': 'what several networks are made of' },
  {
    'stdlib/models/networks': 'networks: a file each',
    'stdlib/metrics': 'what predictions and networks are measured by',
    'stdlib/layers': 'layers that a user wrote',
  },
  { 'stdlib/training': 'networks on an engine, examples, objectives, the training step' },
  {
    'stdlib/prune': 'criteria, and the masks that follow from their scores',
    'stdlib/distill': 'what students learn from teachers',
  },
  { 'stdlib/network-registry.ts': 'descriptions of networks, built' },
  { 'stdlib/index.ts': '`espalier`, as a pipeline file imports it' },

  // runtime/ runs what they describe: the only layer with files, processes and packages.
  {
    'runtime/problem.ts': 'errors with a title, facts and a hint',
    'runtime/cache-folder.ts': "the user's cache folder",
    'runtime/node-version.ts': 'which Node this runs on',
    'runtime/plain-file.ts': 'files that are neither links nor devices',
    'runtime/shared-folder.ts': 'modes of files where a group shares a folder',
    'runtime/work-folder.ts': 'folders that last as long as a piece of work',
    'runtime/run-event.ts': 'what a run says as it goes',
  },
  { 'runtime/json-cache.ts': 'what can be worked out again, kept as JSON' },
  {
    'runtime/format': 'words, numbers, sizes; all output, made printable',
    'runtime/fingerprint': 'the meaning of a function',
  },
  {
    'runtime/engine': 'TensorFlow and the portable engine, devices, installation',
    'runtime/store': 'results, objects, checkpoints, leases and the journal on disk',
  },
  {
    'runtime/data': 'files as data sets, fetched and converted',
    'runtime/user-code': "the user's functions, loaded and fingerprinted",
  },
  { 'runtime/worker': 'what a worker process keeps and what a stage sees' },
  {
    'runtime/training': 'the training loop, its checkpoints and progress',
    'runtime/interop': "other tools' formats",
    'runtime/measure': 'latency and file sizes',
  },
  { 'runtime/kinds': 'stage kinds: how each one runs' },
  { 'runtime/plan': 'what is to be computed, what is there, and why' },
  { 'runtime/views': 'what people look at, as plain data' },
  {
    'runtime/execution': 'scheduler, worker processes, attempts',
    'runtime/project': 'pipeline files: checked, loaded, compiled, changed; what they and stages have to show',
    'runtime/terminal': 'views, drawn in a terminal',
    'runtime/json': 'views, as JSON',
    'runtime/figure': 'views, as figures and graphs for papers and other programs',
    'runtime/table': 'the table of a study, as papers and other programs take it',
    'runtime/page': 'views, in a browser',
  },
  {
    'runtime/doctor': 'checks of the installation',
    'runtime/watch': 'planning and running at every save',
    'runtime/report': 'plans and studies as files to send: HTML that asks for nothing else, crates',
  },
  { 'runtime/ui': "the page's server: stores and a pipeline file, asked over the loopback interface" },
  { 'runtime/cli': 'the command' },
]

/** As one regular expression; `{a,b}` is one of them. */
const anyOf = (names) => `^(${names.join('|').replaceAll('.', '\\.').replaceAll('{', '(').replaceAll('}', ')').replaceAll(',', '|')})(/|$)`
const folders = layers.map((group) => Object.keys(group))
const rule = (name, from, to, more) => ({ name, severity: 'error', from, to, ...more })

/** @type {IConfiguration} */
export default {
  forbidden: [
    ...folders.flatMap((group, rank) =>
      group.map((name) =>
        rule(
          `${name} stands above it in layers.mjs or beside it`,
          { path: anyOf([name]) },
          { path: anyOf([...group, ...folders.slice(rank + 1).flat()]), pathNot: anyOf([name]) },
        ),
      ),
    ),
    rule('not listed in layers.mjs', { path: '^(dsl|stdlib|runtime)/', pathNot: anyOf(folders.flat()) }, {}),
    rule('dsl/ imports dsl/ alone', { path: '^dsl/' }, { pathNot: '^dsl/' }),
    rule('stdlib/ imports dsl/, stdlib/ and types of tfjs', { path: '^stdlib/' }, { pathNot: '^(dsl|stdlib)/|@tensorflow/tfjs(/|$)' }),
    rule('examples import what a user can: espalier', { path: '^examples/' }, { path: '^(dsl|stdlib|runtime)/' }),
    rule(
      'tables and paths of the store are its own',
      { path: '^(runtime|bench|results)/', pathNot: '^runtime/store/' },
      { path: '^runtime/store/(sqlite|folder|memory|postgres|s3)/' },
    ),
    rule('no cycle of files', {}, { circular: true }),
    rule('no cycle of folders', { path: '^(dsl|stdlib|runtime)' }, { circular: true }, { scope: 'folder' }),
  ],
  options: {
    tsPreCompilationDeps: true,
    // What was built.
    exclude: { path: '^(bench/results|site/(dist|\\.pages))/' },
    doNotFollow: { path: '^(node_modules|dist)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
