/** A folder as Hugging Face's hub has a model: weights in PyTorch's layout with what builds them, its configuration, and its card. */
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
    const { data } = options.normalize! // of this format the verb gives it, and the card
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
      // First: it says that the folder is one of ours, also where a killed process has left the rest out.
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
    // They are always the same four.
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

/** Undefined when there is none; what cannot be read is there. */
function read(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : ''
  }
}
