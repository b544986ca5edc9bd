/** The TensorBoard events written here (event.proto, summary.proto, plugins/hparams/plugin_data.proto). */
import { PbfReader, PbfWriter } from 'pbf'

export interface ScalarEvent {
  /** Unix seconds. */
  readonly wallTime: number
  readonly step: number
  readonly tag: string
  readonly value: number
}

/** The first event of a file. @param wallTime Unix seconds */
export function versionEvent(wallTime: number): Uint8Array {
  const pbf = new PbfWriter()
  pbf.writeDoubleField(1, wallTime)
  pbf.writeStringField(3, 'brain.Event:2')
  return pbf.finish()
}

export function scalarEvent({ wallTime, step, tag, value }: ScalarEvent): Uint8Array {
  return summaryEvent(wallTime, step, (pbf) => {
    pbf.writeStringField(1, tag)
    pbf.writeFloatField(2, value)
  })
}

/** The hyperparameters of an arm, for TensorBoard's HParams table. */
export function parametersEvent(wallTime: number, parameters: ReadonlyMap<string, string | number>): Uint8Array {
  const content = new PbfWriter()
  message(content, 3, (session) => {
    for (const [name, value] of parameters)
      message(session, 1, (entry) => {
        entry.writeStringField(1, name)
        message(entry, 2, (held) => (typeof value === 'number' ? held.writeDoubleField(2, value) : held.writeStringField(3, value)))
      })
    session.writeDoubleField(5, wallTime)
  })
  const told = content.finish()
  return summaryEvent(wallTime, 0, (value) => {
    value.writeStringField(1, '_hparams_/session_start_info')
    // An empty float tensor: TensorBoard drops summaries without a value.
    message(value, 8, (tensor) => {
      tensor.writeVarintField(1, 1)
      message(tensor, 2, (shape) => message(shape, 2, (dimension) => dimension.writeVarintField(1, 0)))
    })
    message(value, 9, (metadata) =>
      message(metadata, 1, (plugin) => {
        plugin.writeStringField(1, 'hparams')
        plugin.writeBytesField(2, told)
      }),
    )
  })
}

function summaryEvent(wallTime: number, step: number, write: (value: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter()
  pbf.writeDoubleField(1, wallTime)
  pbf.writeVarintField(2, step)
  message(pbf, 5, (summary) => message(summary, 1, write))
  return pbf.finish()
}

const message = (into: PbfWriter, field: number, write: (inside: PbfWriter) => void): void =>
  into.writeMessage(field, (_: null, inside) => write(inside), null)

/** The tags and the step of an event. @throws for an invalid event */
export function tagsIn(event: Uint8Array): { readonly step: number; readonly tags: readonly string[] } {
  const found = { step: 0, tags: [] as string[] }
  new PbfReader(event).readFields((field, to, reader) => {
    if (field === 2) to.step = reader.readVarint()
    else if (field === 5)
      reader.readMessage((inSummary, _, summary) => {
        if (inSummary === 1)
          summary.readMessage((inValue, __, value) => {
            if (inValue === 1) to.tags.push(value.readString())
          }, null)
      }, null)
  }, found)
  return found
}
