/** A model folder for the Hugging Face Hub: weights in PyTorch's layout, the loader, the configuration, and the model card. */
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { ExportFormat } from '../export-format.ts'
import { refuseUnknown, torchFile } from '../pytorch/file.ts'
import { loader } from '../pytorch/loader.ts'
import { cardOf } from './card.ts'
import { cardData } from './data-set.ts'

const kind = 'espalier'

export const huggingface: ExportFormat = {
  refuse(_, model, asked) {
    refuseUnknown(model, asked)
  },
  measured: true,
  async files(exported, services) {
    const { network, options, metrics, artifact, key } = exported
    const { topology } = network
    const { data } = options.normalize! // the verb always sets it for this format
    const { license, dataLicense, recipe } = options.card!
    const { model } = await services.network(topology.model)
    const { normalisation, target } = await services.dataset(data)
    const card = {
      name: posix.basename(options.path),
      topology,
      data: cardData(data, dataLicense),
      target,
      license,
      metrics,
      recipe,
      artifact,
      key,
    }
    const text = (content: string) => new TextEncoder().encode(content)
    return new Map([
      // First, because it marks the folder as written by Espalier even if the process is killed before the other files.
      ['config.json', text(`${JSON.stringify(configOf(), null, 2)}\n`)],
      ['model.safetensors', torchFile(model, exported, normalisation).content],
      ['load.py', text(loader)],
      ['README.md', text(cardOf(card))],
    ])

    function configOf() {
      const [first, width, channels] = topology.input
      const { name, options: described } = topology.model
      const counted = target?.kind === 'tokens' ? { vocab_size: topology.classes } : { num_labels: topology.classes }
      const read =
        target?.kind === 'tokens'
          ? { input: { length: first } }
          : { input: { height: first, width, channels }, pixel_mean: normalisation.mean, pixel_std: normalisation.std }
      const predicted = target?.kind === 'numbers' ? { problem_type: 'regression', target_mean: target.mean, target_std: target.std } : {}
      return {
        ...{ model_type: kind, architectures: [name], network: described, ...counted },
        ...{ ...read, ...predicted, torch_dtype: 'float32', artifact, key },
      }
    }
  },
  folder: {
    foreign(folder) {
      const found = (['config.json', 'README.md', 'model.safetensors', 'load.py'] as const).filter(
        (name) => read(folder, name) !== undefined,
      )
      if (found.length === 0 || isOurs(read(folder, 'config.json'))) return undefined
      return `it holds a ${found[0]} that is not from here`
    },
    // The four file names are fixed.
    earlier: () => false,
  },
}

function isOurs(config: string | undefined): boolean {
  try {
    return (Object(JSON.parse(config ?? 'null')) as { readonly model_type?: unknown }).model_type === kind
  } catch {
    return false
  }
}

/** Undefined if the file does not exist; an unreadable file counts as existing. */
function read(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : ''
  }
}
